/// Why a description of an app is refused: which part, what is wrong, what to do.
public struct AppError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The keys that lead to the part.
    public var path: [String]
    /// The file it was written in, when that is another than the one that was read.
    public var file: String?
    /// Where it was written, when it came from a file: line and column from 1.
    public var line: Int?
    /// The column.
    public var column: Int?
    /// What was found.
    public var found: String
    /// What was expected, or what to do.
    public var expected: String

    /// An error of the part at `path`.
    public init(_ path: [String], found: String, expected: String) {
        self.path = path
        self.found = found
        self.expected = expected
    }

    public var description: String {
        let place = line.map { "\($0):\(column ?? 1): " } ?? ""
        let part = path.isEmpty ? "" : path.joined(separator: ".") + ": "
        return (file.map { $0 + ":" } ?? "") + place + part + found + "; " + expected
    }
}
