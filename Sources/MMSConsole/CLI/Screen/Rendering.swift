internal import Resources

/// How values look on a screen, by the unit their type gives them.
enum Rendering {
    /// A value in one cell.
    static func cell(_ value: Value?, unit: String? = nil) -> String {
        switch value {
        case nil, .null: "-"
        case .bool(let bool): bool ? "yes" : "no"
        case .int(let int): number(int, unit: unit)
        case .float(let float): float.description
        case .text(let text): printable(line: text)
        case .bytes(let bytes): Base64.encode(bytes)
        case .list(let list): list.map { cell($0, unit: unit) }.joined(separator: " ")
        case .map(let map):
            map.entries.map { "\($0.key)=\(cell($0.value))" }.joined(separator: " ")
        }
    }

    /// A list of maps as a table with a column for each key, the name first and prose last; nil for
    /// other values.
    static func table(_ value: Value?) -> String? {
        guard let rows = value?.list?.compactMap(\.map), !rows.isEmpty,
            rows.count == value?.list?.count
        else { return nil }
        let last = ["summary", "why"]
        let keys = Set(rows.flatMap(\.keys)).sorted { left, right in
            let order = [left, right].map { $0 == "name" ? 0 : last.contains($0) ? 2 : 1 }
            return (order[0], left) < (order[1], right)
        }
        var table = Table(keys.map(CLI.title))
        for row in rows { table.add(keys.map { cell(row[$0]) }) }
        return table.text
    }

    private static func number(_ int: Int64, unit: String?) -> String {
        switch unit {
        case "bytes": bytes(int)
        case "ms since 1970": WallTime(milliseconds: int).text
        case "ms": "\(int) ms"
        default: String(int)
        }
    }

    /// Bytes in binary units with one decimal.
    static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if value.magnitude < 1024 {
                return unit == "B" ? "\(count) B" : "\((value * 10).rounded() / 10) \(unit)"
            }
            value /= 1024
        }
        return "\((value * 10).rounded() / 10) PiB"
    }

    /// How long ago, in the one or two largest units.
    static func age(_ time: WallTime, now: WallTime) -> String {
        let seconds = max(0, (now.milliseconds - time.milliseconds) / 1000)
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7200: "\(seconds / 60)m\(seconds % 60)s"
        case ..<172_800: "\(seconds / 3600)h\(seconds / 60 % 60)m"
        default: "\(seconds / 86_400)d\(seconds / 3600 % 24)h"
        }
    }

    /// Text with line breaks and controls escaped, so that one value stays on one line and
    /// cannot move the cursor.
    static func printable(line text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A value as YAML, with two spaces a level.
    static func yaml(_ value: Value, indent: Int = 0) -> String {
        let space = String(repeating: " ", count: indent)
        switch value {
        case .map(let map) where !map.isEmpty:
            return map.entries.map { key, value in
                space + "\(scalar(key)):" + nested(value, indent: indent)
            }.joined()
        case .list(let list) where !list.isEmpty:
            return list.map { element in
                let text = yaml(element, indent: indent + 2)
                return space + "- " + text.drop { $0 == " " }
            }.joined()
        default: return space + flow(value) + "\n"
        }
    }

    private static func nested(_ value: Value, indent: Int) -> String {
        switch value {
        case .map(let map) where !map.isEmpty: "\n" + yaml(value, indent: indent + 2)
        case .list(let list) where !list.isEmpty: "\n" + yaml(value, indent: indent + 2)
        default: " \(flow(value))\n"
        }
    }

    private static func flow(_ value: Value) -> String {
        if case .text(let text) = value { return scalar(text) }
        return json(value)
    }

    /// A text as a YAML scalar: plain where that is unmistakable, else quoted as in JSON.
    private static func scalar(_ text: String) -> String {
        let plain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "/_.-".unicodeScalars
                    .contains(scalar)
        }
        let words: Set = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"]
        let startsPlain = text.unicodeScalars.first.map { $0.properties.isAlphabetic || $0 == "/" }
        return plain && startsPlain == true && !words.contains(text.lowercased())
            ? text : quoted(text)
    }

    /// A text in double quotes. What JSON may hold as it is and YAML may not, or would fold as a
    /// line break (YAML 1.1, 5.1 and 5.4), is escaped.
    private static func quoted(_ text: String) -> String {
        var result = ""
        for scalar in json(.text(text)).unicodeScalars {
            switch scalar.value {
            case 0x7F...0x9F, 0x2028...0x2029, 0xFEFF, 0xFFFE...0xFFFF:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A value as JSON on one line.
    static func json(_ value: Value) -> String {
        var writer = JSONWriter()
        writer.write(value)
        return writer.text
    }
}
