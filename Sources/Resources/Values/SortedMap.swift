/// A map with text keys kept in canonical order: shorter keys first, then bytewise
/// (RFC 8949 section 4.2.1 for text keys). Iteration order is the order of the encoding.
public struct SortedMap<Element: Sendable>: Sendable {
    /// The pairs in canonical order.
    public private(set) var entries: [(key: String, value: Element)] = []

    /// An empty map.
    public init() {}

    /// A map of the given pairs; of equal keys the last one stays.
    public init(_ pairs: some Sequence<(String, Element)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// Takes pairs that are in canonical order already; nil when they are not.
    public init?(sorted pairs: [(key: String, value: Element)]) {
        for index in pairs.indices.dropFirst()
        where !canonicallyPrecedes(pairs[index - 1].key, pairs[index].key) {
            return nil
        }
        entries = pairs
    }

    /// The number of pairs.
    public var count: Int { entries.count }

    /// True when there is no pair.
    public var isEmpty: Bool { entries.isEmpty }

    /// The keys in canonical order.
    public var keys: [String] { entries.map(\.key) }

    /// The value of a key; assigning nil removes the pair.
    public subscript(key: String) -> Element? {
        get {
            let index = insertionIndex(of: key)
            return index < entries.count && entries[index].key == key ? entries[index].value : nil
        }
        set {
            let index = insertionIndex(of: key)
            let found = index < entries.count && entries[index].key == key
            switch (found, newValue) {
            case (true, .some(let value)): entries[index].value = value
            case (true, .none): entries.remove(at: index)
            case (false, .some(let value)): entries.insert((key, value), at: index)
            case (false, .none): break
            }
        }
    }

    private func insertionIndex(of key: String) -> Int {
        if let last = entries.last, canonicallyPrecedes(last.key, key) { return entries.count }
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if canonicallyPrecedes(entries[middle].key, key) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

extension SortedMap: Equatable where Element: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.entries.elementsEqual(right.entries) { $0.key == $1.key && $0.value == $1.value }
    }
}

extension SortedMap: Hashable where Element: Hashable {
    public func hash(into hasher: inout Hasher) {
        for (key, value) in entries {
            hasher.combine(key)
            hasher.combine(value)
        }
    }
}

extension SortedMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Element)...) { self.init(elements) }
}

/// Canonical order of text keys: fewer UTF-8 bytes first, then bytewise.
@inline(__always)
func canonicallyPrecedes(_ left: String, _ right: String) -> Bool {
    let (leftCount, rightCount) = (left.utf8.count, right.utf8.count)
    if leftCount != rightCount { return leftCount < rightCount }
    return left.utf8.lexicographicallyPrecedes(right.utf8)
}
