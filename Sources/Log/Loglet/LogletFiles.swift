internal import Resources

/// Which loglet of which log, and where its first entry continues the chain.
struct LogletIdentity: Equatable {
    let cluster: Identifier
    let log: Identifier
    /// Unique among the loglets of this directory.
    let number: UInt64
    /// The epoch of its entries: the version of the chain that installed it.
    let epoch: UInt64
}

/// The names of a loglet's files.
struct LogletFiles: Equatable {
    /// The loglet's own directory.
    let directory: String
    /// Where bytes that were cut off are kept.
    let quarantine: String

    var watermark: String { directory + "/watermark" }
    var seal: String { directory + "/sealed" }
    var next: String { directory + "/next.spare" }
    var reserve: String { directory + "/reserve.spare" }
    static let fillingSuffix = ".filling"
    static let segmentSuffix = ".segment"

    func segment(_ first: Position) -> String {
        directory + "/" + Self.padded(first.rawValue) + Self.segmentSuffix
    }

    /// The first position of the segment of that name; nil when it is no segment.
    static func first(ofSegment name: String) -> Position? {
        guard name.hasSuffix(segmentSuffix) else { return nil }
        let digits = name.dropLast(segmentSuffix.count)
        guard digits.utf8.count == 20 else { return nil }
        return UInt64(digits).map(Position.init)
    }

    /// Twenty decimal digits, so that the order of names is that of numbers.
    static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }
}

/// A segment of a loglet.
struct Segment: Equatable {
    let first: Position
    let path: String
    let bytes: Int
}
