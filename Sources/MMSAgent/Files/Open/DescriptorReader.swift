internal import Host
internal import Resources

/// Reads what the descriptors of all processes point to.
struct DescriptorReader {
    /// A process that holds descriptors.
    struct Process {
        var pid: Int32
        var subject: Observation.Subject
        var identity: String
    }

    /// A descriptor.
    struct Descriptor: Hashable {
        var number: Int32
        var target: Target
    }

    /// What a descriptor points to.
    enum Target: Hashable {
        case socket(UInt64)
        case pipe(UInt64)
        /// Anything with a path: files, folders, devices.
        case path(String)
        /// An event counter, a timer, a poll set …
        case other
    }

    private let kernel: any Kernel
    private let setting: ProcessTable.Setting
    private var buffer = [UInt8](repeating: 0, count: 4096)
    /// Processes that this reader may not look into, in the last reading.
    private(set) var refused = 0

    init(_ kernel: any Kernel) {
        self.kernel = kernel
        setting = bootSetting(kernel)
    }

    /// Calls `take` for each process that has descriptors; those that end meanwhile are left out.
    mutating func eachProcess(_ take: (Process, [Descriptor]) -> Void) {
        refused = 0
        for pid in kernel.processes() {
            var descriptors: [Descriptor] = []
            let outcome = kernel.descriptors(of: pid) { number, target in
                descriptors.append(Descriptor(number: number, target: Target(target)))
            }
            if outcome == .refused { refused += 1 }
            guard !descriptors.isEmpty, let process = process(pid) else { continue }
            take(process, descriptors)
        }
    }

    private mutating func process(_ pid: Int32) -> Process? {
        guard case .bytes(let count) = kernel.read(.stat, of: pid, into: &buffer),
            let stat = ProcessStat(buffer[..<count])
        else { return nil }
        let record = ProcessRecord(pid: pid, parent: stat.parent, start: .ticks(stat.start))
        return Process(pid: pid, subject: record.subject, identity: record.identity(setting))
    }
}

extension DescriptorReader.Target {
    /// Reads the text of a link: `socket:[7]`, `pipe:[7]`, `/a/path`, `anon_inode:[eventfd]`.
    init(_ text: RawSpan) {
        guard let first = text.load(0, as: UInt8.self) else {
            self = .other
            return
        }
        switch first {
        case UInt8(ascii: "/"): self = .path(lossyText(text.copy(0..<text.byteCount)))
        case UInt8(ascii: "s"):
            self = Self.inode(text, after: "socket:[").map { .socket($0) } ?? .other
        case UInt8(ascii: "p"): self = Self.inode(text, after: "pipe:[").map { .pipe($0) } ?? .other
        default: self = .other
        }
    }

    private static func inode(_ text: RawSpan, after prefix: StaticString) -> UInt64? {
        let length = prefix.utf8CodeUnitCount
        guard text.byteCount > length + 1 else { return nil }
        return decimal(text.copy(length..<text.byteCount - 1))
    }
}
