internal import Resources
public import Trust

/// What must not be in what a machine builds, and how it is called in reports.
public struct KnownSecret: Sendable {
    /// What it is, for people: "the signing key", "secret /prod/api-key". Not the secret itself.
    public let label: String
    /// Its bytes.
    public let content: SecretBytes
    /// True for a name of the machine: it may occur by chance in a package that others made.
    public let isName: Bool

    /// A secret of that label.
    public init(_ label: String, _ content: SecretBytes, isName: Bool = false) {
        self.label = label
        self.content = content
        self.isName = isName
    }
}

/// Where a secret was found. It does not say what the secret is.
public struct SecretFinding: Hashable, Sendable, CustomStringConvertible {
    /// What was found, by its label.
    public let label: String
    /// How it was written there.
    public let encoding: SecretEncoding
    /// What it was found in: a path, or a part of the description.
    public let place: String
    /// The byte behind it.
    public let offset: Int64
    /// True when it is a name of the machine.
    public let isName: Bool

    public var description: String {
        "\(label) (\(encoding.rawValue)) ends at byte \(offset) of \(place)"
    }
}

/// The forms in which a secret is looked for.
public enum SecretEncoding: String, Hashable, Sendable, CaseIterable {
    case raw
    case hex = "hexadecimal"
    case base64 = "base 64"
    case utf16 = "UTF-16"
}

/// Looks for many secrets in many forms at once, in streams of any size (`SecretPatterns`).
///
/// A long secret is looked for in pieces of 32 bytes, so that a part of it is found too.
public struct SecretScanner: Sendable {
    private let patterns: SecretPatterns
    /// Secrets that are too short to be looked for, by their labels.
    public let tooShort: [String]

    /// A scanner for `secrets`; refused when they are too many.
    public init(_ secrets: [KnownSecret]) throws(ReproductionError) {
        var builder = SecretPatterns.Builder()
        var tooShort: [String] = []
        for secret in secrets {
            guard secret.content.count >= Limits.scannedLeast.value else {
                tooShort.append(secret.label)
                continue
            }
            secret.content.withBytes { bytes in
                for (pattern, encoding) in SecretForms.all(of: bytes) {
                    builder.add(
                        pattern,
                        .init(label: secret.label, encoding: encoding, isName: secret.isName))
                }
            }
            guard builder.states <= Limits.scannedBytes.value else {
                throw ReproductionError(
                    .tooLarge, operation: "scan for", subject: "\(secrets.count) secrets",
                    cause: "their forms have more than \(Limits.scannedBytes.value) bytes",
                    remedy: "remove secrets that are not used any more")
            }
        }
        patterns = builder.finish()
        self.tooShort = tooShort
    }

    /// Begins a stream.
    public func stream(_ place: String) -> Stream { Stream(patterns: patterns, place: place) }

    /// Looks through bytes at hand.
    public func scan(_ bytes: [UInt8], of place: String) -> [SecretFinding] {
        var stream = stream(place)
        stream.scan(bytes[...])
        return stream.findings
    }

    /// Looks through the text of a name or path.
    public func scan(_ text: String, of place: String) -> [SecretFinding] {
        scan(Array(text.utf8), of: place)
    }

    /// A stream that is looked through piece by piece.
    public struct Stream: Sendable {
        let patterns: SecretPatterns
        let place: String
        /// What was seen last: a secret may begin there and end in the next piece.
        private var tail: [UInt8] = []
        private var offset: Int64 = 0
        /// What was found so far: each secret and form once.
        public private(set) var findings: [SecretFinding] = []

        init(patterns: SecretPatterns, place: String) {
            self.patterns = patterns
            self.place = place
        }

        /// Takes the next piece.
        public mutating func scan(_ piece: ArraySlice<UInt8>) {
            let overlap = max(0, patterns.longest - 1)
            let seen = tail.count
            if seen > 0 {
                let bridge = tail + piece.prefix(overlap)
                patterns.search(bridge.span, startingBefore: seen) { mark, end in
                    // What ends before the piece was found before.
                    if end > seen { note(mark, offset + Int64(end - seen)) }
                }
            }
            patterns.search(piece.span, startingBefore: piece.count) { mark, end in
                note(mark, offset + Int64(end))
            }
            offset += Int64(piece.count)
            tail = Array((tail.suffix(max(0, overlap - piece.count)) + piece.suffix(overlap)))
        }

        private mutating func note(_ hit: SecretPatterns.Mark, _ end: Int64) {
            guard findings.count < Limits.scanFindings.value,
                !findings.contains(where: {
                    $0.label == hit.label && $0.encoding == hit.encoding
                })
            else { return }
            findings.append(
                SecretFinding(
                    label: hit.label, encoding: hit.encoding, place: place, offset: end,
                    isName: hit.isName))
        }
    }
}
