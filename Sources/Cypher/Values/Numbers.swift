/// Integers and floats together, compared exactly: 2^53 + 1 is not 2^53 as a float.
package enum Numbers {
    /// -1, 0 or 1 as the integer is below, equal to or above the float; nil for NaN.
    package static func compare(_ integer: Int64, _ float: Double) -> Int? {
        if float.isNaN { return nil }
        if float >= 0x1p63 { return -1 }
        if float < -0x1p63 { return 1 }
        let whole = Int64(float)
        if integer != whole { return integer < whole ? -1 : 1 }
        let fraction = float - Double(whole)
        return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
    }

    /// The order of two numbers with NaN above all others and equal to itself.
    static func order(_ left: CypherValue, _ right: CypherValue) -> Int {
        switch (left, right) {
        case (.integer(let left), .integer(let right)):
            return left == right ? 0 : left < right ? -1 : 1
        case (.integer(let left), .float(let right)): return compare(left, right) ?? -1
        case (.float(let left), .integer(let right)): return compare(right, left).map { -$0 } ?? 1
        case (.float(let left), .float(let right)):
            if left.isNaN || right.isNaN {
                return left.isNaN == right.isNaN ? 0 : left.isNaN ? 1 : -1
            }
            return left == right ? 0 : left < right ? -1 : 1
        default: return 0
        }
    }

    /// Equal numbers hash alike whatever their type.
    static func hash(_ value: Double, into hasher: inout Hasher) {
        if value.isNaN {
            hasher.combine(1 as UInt8)
        } else if let whole = Int64(exactly: value) {
            hasher.combine(whole)
        } else {
            hasher.combine(value)
        }
    }

    /// The integer that a float is cut to; nil when it is outside the integers or no number.
    static func whole(_ value: Double) -> Int64? {
        guard value > -0x1p63 - 1, value < 0x1p63 else { return nil }
        return Int64(value)
    }
}
