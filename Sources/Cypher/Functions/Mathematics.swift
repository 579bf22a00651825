internal import Glibc

/// Functions of floats that the standard library leaves to the C library.
enum Mathematics {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

    /// The value of a function of one number; nil for what is none.
    static func apply(_ function: Function, _ x: Double) -> Double? {
        switch function {
        case .sqrt: x.squareRoot()
        case .ceil: x.rounded(.up)
        case .floor: x.rounded(.down)
        case .exp: exp(x)
        case .log: log(x)
        case .log10: log10(x)
        case .sin: sin(x)
        case .cos: cos(x)
        case .tan: tan(x)
        case .cot: 1 / tan(x)
        case .asin: asin(x)
        case .acos: acos(x)
        case .atan: atan(x)
        case .sinh: sinh(x)
        case .cosh: cosh(x)
        case .tanh: tanh(x)
        case .degrees: x * 180 / .pi
        case .radians: x * .pi / 180
        case .haversin: (1 - cos(x)) / 2
        default: nil
        }
    }

    static func arcTangent(_ y: Double, _ x: Double) -> Double { atan2(y, x) }

    /// Half away from zero towards the greater, as Cypher rounds: -1.5 becomes -1.
    static func round(_ x: Double) -> Double { (x + 0.5).rounded(.down) }

    /// Rounded to some digits after the point.
    static func round(_ x: Double, digits: Int64) -> Double {
        let scale = pow(10, Double(min(digits, 300)))
        let scaled = x * scale
        if scale == 0 { return 0 }
        guard scaled.isFinite else { return x }
        return scaled.rounded(.toNearestOrAwayFromZero) / scale
    }
}
