/// Reads the status line of an answer to a probe, in pieces of any size.
struct ProbeAnswer: Equatable {
    private var bytes: [UInt8] = []

    /// More has come; the result once the status is known.
    mutating func take(_ more: Span<UInt8>) -> HealthCheck.Result? {
        for index in 0..<min(more.count, 13 - bytes.count) { bytes.append(more[index]) }
        let start = Array("HTTP/1.".utf8)
        guard bytes.starts(with: start.prefix(bytes.count)) else {
            return .failed(reason: "the answer is not HTTP")
        }
        guard bytes.count == 13 else { return nil }
        let digits = bytes[9...11]
        guard digits.allSatisfy(\.isDigit), bytes[8] == 0x20 else {
            return .failed(reason: "the answer is not HTTP")
        }
        let status = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return (200...399).contains(status)
            ? .passed : .failed(reason: "answered with status \(status)")
    }

    /// What it means that no more comes.
    var ended: HealthCheck.Result {
        .failed(
            reason: bytes.isEmpty ? "closed without an answer" : "closed within the status line")
    }
}
