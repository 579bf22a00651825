public import Resources

/// One document of a YAML stream: its value, and where each part of it was written.
public struct YAMLDocument: Sendable {
    /// A place in the text, both numbers from 1.
    public struct Location: Hashable, Sendable, CustomStringConvertible {
        /// The line.
        public let line: Int
        /// The column, in characters.
        public let column: Int

        /// A place.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }

        public var description: String { "\(line):\(column)" }
    }

    /// What the document says.
    public let value: Value
    private let locations: [[String]: Location]

    init(value: Value, locations: [[String]: Location]) {
        self.value = value
        self.locations = locations
    }

    /// Where a part was written: at its key, or for an element of a list, whose step is its index
    /// in decimal, at the element. A path that is not there gives the place of its nearest parent.
    public func location(of path: [String]) -> Location {
        var path = path
        while true {
            if let location = locations[path] { return location }
            if path.isEmpty { return Location(line: 1, column: 1) }
            path.removeLast()
        }
    }
}

/// Why a text is not YAML of the strict subset, and where.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where.
    public let location: YAMLDocument.Location
    /// What was found.
    public let found: String
    /// What was expected, or what to do.
    public let expected: String

    /// An error at `location`.
    public init(_ location: YAMLDocument.Location, found: String, expected: String) {
        self.location = location
        self.found = found
        self.expected = expected
    }

    public var description: String { "\(location): \(found); \(expected)" }
}
