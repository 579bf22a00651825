/// The first 20 bytes of a connection: four that say Bolt, and four versions the client speaks,
/// the best first. Each is a zero, how many minors below it will do as well, minor, major.
struct Handshake {
    static let length = 20
    private static let magic: [UInt8] = [0x60, 0x60, 0xB0, 0x17]
    private static let http: [[UInt8]] = [Array("GET ".utf8), Array("HEAD".utf8)]

    /// What to do with a connection after its first bytes.
    enum Verdict: Equatable {
        /// More bytes are needed.
        case incomplete
        /// Answer with the version and go on in it.
        case agreed(BoltVersion)
        /// Answer with four zeros and close.
        case nothingInCommon
        /// A browser or a probe: say in HTTP what this port is, and close.
        case http
        /// Something else: close without a word.
        case foreign
    }

    /// Judges the bytes that have come so far.
    static func judge(_ bytes: some Collection<UInt8>) -> Verdict {
        let first = Array(bytes.prefix(4))
        if first.elementsEqual(magic.prefix(first.count)) {
            guard bytes.count >= length else { return .incomplete }
            return agree(Array(bytes.dropFirst(4).prefix(16)))
        }
        for method in http where first.elementsEqual(method.prefix(first.count)) {
            return first.count == 4 ? .http : .incomplete
        }
        return .foreign
    }

    /// The first version of the client's that we speak. The manifest form (00 00 01 FF) names no
    /// version and falls through.
    private static func agree(_ slots: [UInt8]) -> Verdict {
        for slot in stride(from: 0, to: 16, by: 4) {
            let (range, minor, major) = (slots[slot + 1], slots[slot + 2], slots[slot + 3])
            for version in BoltVersion.allCases where version.numbers.major == major {
                let lowest = minor - min(range, minor)
                if lowest...minor ~= version.numbers.minor { return .agreed(version) }
            }
        }
        return .nothingInCommon
    }
}
