/// What a resource costs while it exists.
public struct Cost: Hashable, Sendable {
    /// Cores.
    public var cpu = 0.0
    /// Bytes of memory.
    public var memory = 0.0
    /// Bytes of disk.
    public var storage = 0.0
    /// Bytes of network a second.
    public var network = 0.0
    /// Bytes written to flash a day.
    public var flash = 0.0
    /// Money an hour, in the unit of the price list.
    public var money = 0.0

    /// No cost.
    public static let zero = Cost()

    /// No cost in any dimension.
    public init() {}

    /// The dimensions by name, in the order of display.
    public static var dimensions: [(name: String, path: WritableKeyPath<Cost, Double>)] {
        [
            ("cpu", \.cpu), ("memory", \.memory), ("storage", \.storage), ("network", \.network),
            ("flash", \.flash), ("money", \.money),
        ]
    }

    /// The dimensions that are not zero, as a map of floats.
    public var map: ValueMap {
        // Most resources cost nothing, and key paths are slow.
        if self == .zero { return [:] }
        return SortedMap(
            Self.dimensions.compactMap { name, path in
                self[keyPath: path] == 0 ? nil : (name, .float(self[keyPath: path]))
            })
    }

    /// Reads a map of numbers; gives the name of the first key that is no dimension or no number.
    public static func read(_ map: ValueMap) -> Result<Cost, UnknownDimension> {
        var cost = Cost()
        if map.isEmpty { return .success(cost) }
        for (key, value) in map.entries {
            guard let path = dimensions.first(where: { $0.name == key })?.path,
                let number = value.number, number.isFinite, number >= 0
            else { return .failure(UnknownDimension(name: key)) }
            cost[keyPath: path] = number
        }
        return .success(cost)
    }

    /// A key of a cost map that is no dimension, or whose value is no finite number from 0 up.
    public struct UnknownDimension: Error, Sendable {
        /// The key.
        public let name: String
    }
}
