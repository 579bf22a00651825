internal import Host
internal import Resources

/// The mounts of its mount namespace.
final class MountSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "mounts", kinds: [Kind.mount],
        mechanism: "fanotify on the mount namespace; poll of /proc/self/mountinfo for options",
        why: "the kernel tells of each mount that comes and goes by a number it never uses again",
        privilege: "CAP_SYS_ADMIN",
        fallback: "poll of /proc/self/mountinfo; where that is refused, reads it every 5 s",
        mayMiss: "what a mount was that went before it was read, not that there was one; changes "
            + "of options of the file system that remount nothing are seen at the next sweep")
    let sampled: [TypeName: SampledFields] = [Kind.mount: .some(["superOptions"])]
    let settle: UInt64 = 0
    private(set) var interval: UInt64?
    private let path = "/proc/self/mountinfo"
    private var table = MountTable()
    private var passages = MountPassages()
    /// True when the first feed is that of events.
    private var hasEvents = false

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        var feeds: [any KernelFeed] = []
        do throws(KernelError) {
            feeds.append(try kernel.mountEvents())
            hasEvents = true
        } catch {
            contract.mechanism = "poll of /proc/self/mountinfo"
            contract.why =
                "the kernel wakes its readers at every change; \(error.operation): "
                + "\(error.cause), to do better: \(error.remedy)"
            contract.mayMiss =
                "a mount that comes and goes before it is read; changes of options of the file "
                + "system that remount nothing are seen at the next sweep"
        }
        do throws(KernelError) {
            feeds.append(try kernel.watch(path, trigger: nil))
        } catch {
            interval = 5000
            contract.why = "\(error.operation): \(error.cause)"
            contract.mechanism =
                (hasEvents ? "fanotify on the mount namespace; " : "") + "reads \(path) every 5 s"
        }
        return feeds
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        guard hasEvents, feed == 0 else { return .changed }
        guard let event = MountEvent(datagram) else { return .nothing }
        return passages.take(event)
            ? .changed
            : .lost(cause: "more mounts came and went than can be told of one by one")
    }

    func takePassed() -> [Seen] { passages.takePassed().map(MountTable.passed) }

    /// The table with unique identifiers.
    ///
    /// The identifiers come by another call. A mount made between the two has none yet, and one
    /// whose number was used again between them would get a wrong one: the table is read until
    /// it is the same before and after.
    func read(_ kernel: any Kernel) -> Reading {
        for _ in 0..<Limits.dumpAttempts.value {
            guard let before = kernel.read(path) else { break }
            let unique = kernel.mountIdentifiers()
            guard kernel.read(path) == before else { continue }
            var (records, unread) = unsafe MountRecord.table(before.span.bytes)
            guard unread == 0, before.last == 10, before.count < Limits.kernelTextBytes.value else {
                break
            }
            for index in records.indices { records[index].unique = unique[records[index].reused] }
            passages.take(read: Set(records.compactMap(\.unique)))
            return .whole(table.seen(records, on: kernel.blockDevices(of: records)))
        }
        return .torn(cause: "\(path) was not whole")
    }
}
