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

/// Looks for many secrets in many forms at once, in streams of any size, by one automaton (Aho and
/// Corasick 1975): each byte is read once.
///
/// A long secret is looked for in pieces of 32 bytes, so that a part of it is found too.
public struct SecretScanner: Sendable {
    private let automaton: SecretAutomaton
    /// Secrets that are too short to be looked for, by their labels.
    public let tooShort: [String]

    /// A scanner for `secrets`; refused when they are too many.
    public init(_ secrets: [KnownSecret]) throws(ReproductionError) {
        var builder = SecretAutomaton.Builder()
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
        automaton = builder.finish()
        self.tooShort = tooShort
    }

    /// Begins a stream.
    public func stream(_ place: String) -> Stream { Stream(automaton: automaton, place: place) }

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
        let automaton: SecretAutomaton
        let place: String
        private var state: Int32 = 0
        private var offset: Int64 = 0
        /// What was found so far: each secret and form once.
        public private(set) var findings: [SecretFinding] = []

        init(automaton: SecretAutomaton, place: String) {
            self.automaton = automaton
            self.place = place
        }

        /// Takes the next piece.
        public mutating func scan(_ piece: ArraySlice<UInt8>) {
            var from = piece.startIndex
            while from < piece.endIndex {
                let hit = automaton.run(piece, from: &from, state: &state)
                guard let hit else { break }
                note(hit, offset + Int64(from - piece.startIndex))
            }
            offset += Int64(piece.count)
        }

        private mutating func note(_ hit: SecretAutomaton.Mark, _ end: Int64) {
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
