/// Cuts a stream into lines, of at most `limit` bytes each.
struct JSONLines {
    private let limit: Int
    private var rest: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// Whether the stream stands inside a line.
    var isCut: Bool { !rest.isEmpty }

    /// The lines that `bytes` complete, without their ends; nil when one exceeds the limit.
    mutating func take(_ bytes: some Collection<UInt8>) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard rest.count + bytes.distance(from: start, to: end) <= limit else { return nil }
            rest.append(contentsOf: bytes[start..<end])
            if !rest.isEmpty { lines.append(rest) }
            rest = []
            start = bytes.index(after: end)
        }
        guard rest.count + bytes.distance(from: start, to: bytes.endIndex) <= limit else {
            return nil
        }
        rest.append(contentsOf: bytes[start...])
        return lines
    }
}
