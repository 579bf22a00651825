internal import Host
internal import Resources

/// The mounts of its mount namespace.
final class MountSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "mounts", kinds: [Kind.mount], mechanism: "poll of /proc/self/mountinfo",
        why: "the kernel wakes its readers at every change, on all kernels",
        privilege: "none", fallback: "reads it every 5 s",
        mayMiss: "a mount that comes and goes before it is read; changes of options of the "
            + "file system that remount nothing are seen at the next sweep")
    let sampled: [TypeName: SampledFields] = [Kind.mount: .some(["superOptions"])]
    let settle: UInt64 = 0
    private(set) var interval: UInt64?
    private let path = "/proc/self/mountinfo"
    private var table = MountTable()

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            return [try kernel.watch(path, trigger: nil)]
        } catch {
            contract.mechanism = "reads /proc/self/mountinfo every 5 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 5000
            return []
        }
    }

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
            return .whole(table.seen(records, on: kernel.blockDevices(of: records)))
        }
        return .torn(cause: "\(path) was not whole")
    }
}
