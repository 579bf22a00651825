internal import Resources
public import Trust

/// Why a system gave itself up, as it leaves it for the one that the machine falls back to: a line
/// with its generation, and the reason. It is kept beside the log, for the log may be what failed.
public struct LastWords: Hashable, Sendable {
    /// Which system speaks.
    public let generation: ContentDigest
    /// Why it gave up.
    public let reason: String

    /// What a system says last; more than the limit is cut.
    public init(_ generation: ContentDigest, _ reason: String) {
        self.generation = generation
        let most = Limits.lastWords.value
        var text = reason.unicodeScalars
        // At most four bytes each.
        if reason.utf8.count > most { text = .init(text.prefix(most / 4)) }
        self.reason = String(text)
    }

    /// Reads the file; nil when it is damaged.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Limits.lastWords.value + 128 else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard lines.count == 2, let generation = ContentDigest(String(lines[0])) else {
            return nil
        }
        let reason = lines[1].last == "\n" ? lines[1].dropLast() : lines[1]
        self.init(generation, String(reason))
    }

    /// The content of the file.
    public var file: [UInt8] { Array("\(generation.hex)\n\(reason)\n".utf8) }
}
