public import Resources
public import Trust

/// Which configs and secrets a task was given, by name, identity and version: that a rotation is
/// noticed. Nothing in it comes from content, so no secret can be guessed by it.
public struct Edition: Hashable, Sendable {
    /// What was given, in order of the places.
    public private(set) var items: [Item] = []

    /// One config or secret at one place.
    public struct Item: Hashable, Sendable {
        /// The path, or the variable.
        public var place: String
        /// The name of the resource.
        public var name: String
        /// The resource.
        public var id: Identifier
        /// The version of its content.
        public var version: Int64
        /// True for a secret.
        public var isSecret: Bool

        /// True for a file, false for a variable.
        public var isFile: Bool { place.hasPrefix("/") }
    }

    /// Nothing was given.
    public init() {}

    mutating func note(
        _ material: Provision.Material, named name: String, at place: String, isSecret: Bool
    ) {
        items.append(
            Item(
                place: place, name: name, id: material.id, version: material.version,
                isSecret: isSecret))
        items.sort { $0.place < $1.place }
    }

    /// The digest of all of it.
    public var digest: ContentDigest {
        var writer = CBORWriter()
        writer.beginList(items.count)
        for item in items {
            writer.beginList(4)
            writer.write(item.place)
            writer.write(item.isSecret)
            writer.write(item.id)
            writer.write(item.version)
        }
        return ContentDigest(of: writer.bytes)
    }

    /// What differs between what a task has and what it should have.
    public struct Change: Hashable, Sendable {
        /// Files with another content: they can be replaced while it runs.
        public var files: [String] = []
        /// Variables with another content: only a restart changes them.
        public var variables: [String] = []
        /// Files and variables that came or went: only a restart changes them.
        public var places: [String] = []

        /// True when nothing differs.
        public var isEmpty: Bool { files.isEmpty && variables.isEmpty && places.isEmpty }

        /// True when replacing files is not all.
        public var needsRestart: Bool { !variables.isEmpty || !places.isEmpty }
    }

    /// What differs from this edition in `newer`.
    public func change(to newer: Edition) -> Change {
        var change = Change()
        let known = Dictionary(items.map { ($0.place, $0) }) { first, _ in first }
        for item in newer.items {
            guard let old = known[item.place], old.isSecret == item.isSecret else {
                change.places.append(item.place)
                continue
            }
            if (old.id, old.version) == (item.id, item.version) { continue }
            if item.isFile {
                change.files.append(item.place)
            } else {
                change.variables.append(item.place)
            }
        }
        let wanted = Set(newer.items.map(\.place))
        change.places += items.map(\.place).filter { !wanted.contains($0) }
        return change
    }
}
