/// A map with text keys that keeps the order in which keys were first put.
public struct CypherMap: Sendable {
    /// The pairs in the order of their keys' arrival.
    package private(set) var entries: [(key: String, value: CypherValue)] = []
    /// Places by key, only kept once searching the pairs would be slower.
    private var places: [String: Int] = [:]
    private static let searched = 12

    public init() {}

    /// A map of the given pairs; of equal keys the last value stays.
    package init(_ pairs: some Sequence<(String, CypherValue)>) {
        for (key, value) in pairs { self[key] = value }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }
    package var keys: [String] { entries.map(\.key) }

    /// The value of a key; nil when there is none. Assigning nil removes the pair.
    package subscript(key: String) -> CypherValue? {
        get { place(of: key).map { entries[$0].value } }
        set {
            let found = place(of: key)
            switch (found, newValue) {
            case (.some(let index), .some(let value)): entries[index].value = value
            case (.some(let index), .none): remove(at: index)
            case (.none, .some(let value)): append(key, value)
            case (.none, .none): break
            }
        }
    }

    private func place(of key: String) -> Int? {
        if entries.count > Self.searched { return places[key] }
        return entries.firstIndex { $0.key == key }
    }

    private mutating func append(_ key: String, _ value: CypherValue) {
        entries.append((key, value))
        if entries.count > Self.searched + 1 {
            places[key] = entries.count - 1
        } else if entries.count == Self.searched + 1 {
            reindex()
        }
    }

    private mutating func remove(at index: Int) {
        entries.remove(at: index)
        if entries.count > Self.searched { reindex() } else { places = [:] }
    }

    private mutating func reindex() {
        places = [:]
        for (index, entry) in entries.enumerated() { places[entry.key] = index }
    }
}
