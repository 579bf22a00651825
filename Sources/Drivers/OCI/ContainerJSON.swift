internal import Resources

/// Writes values as JSON (RFC 8259) for the runtime's `config.json`. Keys come in canonical order.
enum ContainerJSON {
    static func text(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .int(let int): String(int)
        case .float(let float): float.isFinite ? "\(float)" : "null"
        case .text(let text): quoted(text)
        case .bytes(let bytes): "[" + bytes.map(String.init).joined(separator: ",") + "]"
        case .list(let list): "[" + list.map(text).joined(separator: ",") + "]"
        case .map(let map):
            "{"
                + map.entries.map { quoted($0.key) + ":" + text($0.value) }.joined(separator: ",")
                + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
