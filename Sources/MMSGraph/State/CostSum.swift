internal import Resources

/// The cost of many resources in millionths, so that adding and removing never drifts.
struct CostSum: Sendable {
    private var parts: [Int128]

    init() { parts = Array(repeating: 0, count: Cost.dimensions.count) }

    /// Reads one text of digits a dimension.
    init?(stored bytes: [UInt8]) {
        var reader = CBORReader(bytes)
        guard
            let texts = try? reader.readList({ (reader) throws(CBORError) in
                try reader.readText()
            }), texts.count == Cost.dimensions.count
        else { return nil }
        parts = texts.compactMap { Int128($0) }
        if parts.count != texts.count { return nil }
    }

    var bytes: [UInt8] {
        var writer = CBORWriter()
        writer.beginList(parts.count)
        for part in parts { writer.write(String(part)) }
        return writer.bytes
    }

    var isZero: Bool { parts.allSatisfy { $0 == 0 } }

    /// The sums as a cost.
    var cost: Cost {
        var cost = Cost.zero
        for (index, dimension) in Cost.dimensions.enumerated() {
            cost[keyPath: dimension.path] = Double(parts[index]) / 1_000_000
        }
        return cost
    }

    mutating func add(_ cost: Cost, times step: Int64) {
        for (index, dimension) in Cost.dimensions.enumerated() {
            let millionths = (cost[keyPath: dimension.path] * 1_000_000).rounded()
            // No sum of 2^32 resources of at most 2^90 millionths leaves 128 bits.
            parts[index] += Int128(min(millionths, 0x1p90)) * Int128(step)
        }
    }

    mutating func add(_ other: CostSum) {
        for index in parts.indices { parts[index] += other.parts[index] }
    }
}
