/// The aggregating functions.
package enum Aggregate: String, Sendable, CaseIterable {
    case count
    case sum
    case avg
    case min
    case max
    case collect
    case percentileDisc = "percentiledisc"
    case percentileCont = "percentilecont"
    case stDev = "stdev"
    case stDevP = "stdevp"

    /// The aggregating function of a name in small letters.
    package init?(key: String) { self.init(rawValue: key) }

    /// How many arguments it takes.
    package var arity: Int {
        switch self {
        case .percentileDisc, .percentileCont: 2
        case .count, .sum, .avg, .min, .max, .collect, .stDev, .stDevP: 1
        }
    }
}
