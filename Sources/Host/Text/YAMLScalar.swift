internal import Resources

/// What a plain scalar means. What readers of YAML 1.1, YAML 1.2 and JSON would take differently
/// is refused with the advice to quote it.
enum YAMLScalar {
    static func value(
        of text: String, at location: YAMLDocument.Location
    ) throws(YAMLError) -> Value {
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case "", "~":
            throw YAMLError(
                location, found: "there is no value",
                expected: "write a value, \"\" for an empty text, or null")
        default: break
        }
        try refuseAmbiguous(text, location)
        return try number(text, location) ?? .text(text)
    }

    private static func refuseAmbiguous(
        _ text: String, _ location: YAMLDocument.Location
    ) throws(YAMLError) {
        let truths = ["true", "false", "yes", "no", "on", "off", "y", "n"]
        let lower = text.lowercased()
        if text.utf8.count <= 5, truths.contains(lower) {
            let truth = ["true", "yes", "on", "y"].contains(lower)
            throw YAMLError(
                location, found: "`\(text)` is a boolean to some and a text to others",
                expected: "write \(truth), or quote it: \"\(text)\"")
        }
        if lower == "null" {
            throw YAMLError(
                location, found: "`\(text)` is null to some and a text to others",
                expected: "write null, or quote it: \"\(text)\"")
        }
        if [".inf", "-.inf", "+.inf", ".nan"].contains(lower) {
            throw YAMLError(
                location, found: "`\(text)` is no finite number",
                expected: "write a finite number, or quote it: \"\(text)\"")
        }
    }

    /// A number as JSON writes it; nil when the text does not look like one.
    private static func number(
        _ text: String, _ location: YAMLDocument.Location
    ) throws(YAMLError) -> Value? {
        let shape = NumberShape(text)
        switch shape {
        case .none: return nil
        case .odd:
            throw YAMLError(
                location, found: "`\(printable(text))` is a number to some and a text to others",
                expected: "write it in plain decimal, or quote it: \"\(printable(text))\"")
        case .integer:
            if let int = Int64(text) { return .int(int) }
        case .decimal:
            if let float = Double(text), float.isFinite { return .float(float) }
        }
        throw YAMLError(
            location, found: "`\(printable(text))` is outside of what a number holds",
            expected: "integers have 64 bits; quote it to keep it as a text")
    }

    /// How a text looks as a number.
    private enum NumberShape {
        case none, integer, decimal
        /// Leading zeros, `+1`, `1_000`, `0x1F`, `1.`, `.5`.
        case odd

        init(_ text: String) {
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            var bytes = Substring(text).utf8
            let sign = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+")
            let plus = bytes.first == UInt8(ascii: "+")
            if sign { bytes = bytes.dropFirst() }
            guard let first = bytes.first else {
                self = .none
                return
            }
            if !digits.contains(first) {
                let rest = bytes.dropFirst()
                let isFraction =
                    first == UInt8(ascii: ".") && !rest.isEmpty
                    && rest.allSatisfy { digits.contains($0) }
                self = isFraction ? .odd : .none
                return
            }
            self = Self.shape(of: Array(bytes), digits, plus: plus)
        }

        private static func shape(
            of bytes: [UInt8], _ digits: ClosedRange<UInt8>, plus: Bool
        ) -> NumberShape {
            let whole = bytes.prefix { digits.contains($0) }
            var rest = bytes.dropFirst(whole.count)
            let isPadded = whole.count > 1 && whole.first == UInt8(ascii: "0")
            if rest.isEmpty { return isPadded || plus ? .odd : .integer }
            if isOtherBase(bytes, digits) { return .odd }
            var isOdd = isPadded || plus
            if rest.first == UInt8(ascii: ".") {
                let fraction = rest.dropFirst().prefix { digits.contains($0) }
                isOdd = isOdd || fraction.isEmpty
                rest = rest.dropFirst(fraction.count + 1)
            }
            if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
                rest = rest.dropFirst()
                if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
                    rest = rest.dropFirst()
                }
                let exponent = rest.prefix { digits.contains($0) }
                if exponent.isEmpty { return .none }
                rest = rest.dropFirst(exponent.count)
            }
            if !rest.isEmpty { return .none }
            return isOdd ? .odd : .decimal
        }

        /// `0x1F`, `0o17`, `0b1`, `1_000`.
        private static func isOtherBase(_ bytes: [UInt8], _ digits: ClosedRange<UInt8>) -> Bool {
            if bytes.contains(UInt8(ascii: "_")) {
                return bytes.allSatisfy { digits.contains($0) || $0 == UInt8(ascii: "_") }
            }
            guard bytes.count > 2, bytes[0] == UInt8(ascii: "0") else { return false }
            let rest = String(decoding: bytes.dropFirst(2), as: UTF8.self)
            switch bytes[1] | 0x20 {
            case UInt8(ascii: "x"): return rest.allSatisfy(\.isHexDigit)
            case UInt8(ascii: "o"): return rest.allSatisfy { ("0"..."7").contains($0) }
            case UInt8(ascii: "b"): return rest.allSatisfy { $0 == "0" || $0 == "1" }
            default: return false
            }
        }
    }
}
