/// One line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct MountRecord: Hashable, Sendable {
    /// The kernel's identifier, used again after an unmount.
    var reused: UInt64
    var parent: UInt64
    var device: String
    var root: String
    var point: String
    var options: String
    var propagation: [String]
    var fileSystem: String
    var source: String
    var superOptions: String
    /// The identifier that is never used again, where the kernel has one (Linux 6.8).
    var unique: UInt64?

    /// Reads a line; nil when it is cut short or malformed.
    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: 32, omittingEmptySubsequences: false)
        guard fields.count >= 10, let reused = decimal(fields[0]), let parent = decimal(fields[1]),
            let dash = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
            fields.count >= dash + 4
        else { return nil }
        self.reused = reused
        self.parent = parent
        device = lossyText(fields[2])
        root = unescaped(fields[3])
        point = unescaped(fields[4])
        options = lossyText(fields[5])
        propagation = fields[6..<dash].map { lossyText($0) }
        fileSystem = unescaped(fields[dash + 1])
        source = unescaped(fields[dash + 2])
        superOptions = unescaped(fields[dash + 3])
    }

    /// Reads a whole table; gives the lines and how many of them could not be read.
    static func table(_ text: RawSpan) -> (records: [MountRecord], unread: Int) {
        let lines = text.copy(0..<text.byteCount).split(separator: 10)
        let records = lines.compactMap { MountRecord($0) }
        return (records, lines.count - records.count)
    }
}

/// Text in which space, tab, newline and backslash are written as `\ooo`.
func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(0x5C) else { return lossyText(bytes) }
    var result: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == 0x5C, digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
            let value = digits.reduce(0) { $0 << 3 | Int($1 - 48) }
            result.append(UInt8(truncatingIfNeeded: value))
            rest = rest.dropFirst(3)
        } else {
            result.append(byte)
        }
    }
    return lossyText(result)
}
