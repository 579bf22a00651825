internal import Host
internal import Resources

/// Swap areas in use.
final class SwapSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "swap", kinds: [Kind.swap], mechanism: "poll of /proc/swaps",
        why: "the kernel wakes its readers at every swapon and swapoff",
        privilege: "none", fallback: "reads it every 10 s",
        mayMiss: "an area used and left before it is read")
    let settle: UInt64 = 0
    private(set) var interval: UInt64?
    private let path = "/proc/swaps"

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            return [try kernel.watch(path, trigger: nil)]
        } catch {
            contract.mechanism = "reads /proc/swaps every 10 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 10_000
            return []
        }
    }

    func read(_ kernel: any Kernel) -> Reading {
        let lines = (kernel.read(path) ?? []).split(separator: 10).dropFirst()
        let records = lines.compactMap { SwapRecord($0) }
        guard records.count == lines.count else { return .torn(cause: "\(path) was cut") }
        return .whole(records.map { seen($0, kernel) })
    }

    private func seen(_ record: SwapRecord, _ kernel: any Kernel) -> Seen {
        let node = kernel.status(record.path, following: true)
        var one = Seen(
            subject: Observation.Subject(type: Kind.swap, name: subjectName(record.path)),
            identity: "swap:\(record.path):\(node?.device ?? 0):\(node?.inode ?? 0)",
            data: [
                "path": .text(record.path), "kind": .text(record.kind),
                "size": .int(record.size), "priority": .int(record.priority),
            ])
        if record.kind == "partition", let name = deviceName(record.path) {
            one.links["ON"] = [BlockSource.subject(name)]
        } else if record.kind == "file" {
            one.links["ON"] = [
                Observation.Subject(type: Kind.backingFile, name: subjectName(record.path))
            ]
        }
        return one
    }

    private func deviceName(_ path: String) -> String? {
        path.hasPrefix("/dev/") ? String(path.dropFirst(5)) : nil
    }
}

/// A line of `/proc/swaps`: path, kind, kibibytes, kibibytes used, priority.
struct SwapRecord: Hashable, Sendable {
    var path: String
    var kind: String
    /// Bytes.
    var size: Int64
    var priority: Int64

    /// Reads a line; nil when it is cut short or malformed.
    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split { $0 == 32 || $0 == 9 }
        guard fields.count == 5,
            let size = decimal(fields[2]).flatMap({ Int64(exactly: $0) }), size < 1 << 52,
            let priority = Int64(lossyText(fields[4]))
        else { return nil }
        path = unescaped(fields[0])
        kind = lossyText(fields[1])
        self.size = size << 10
        self.priority = priority
    }
}
