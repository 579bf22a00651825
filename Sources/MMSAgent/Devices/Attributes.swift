internal import Host
internal import Resources

extension Kernel {
    /// The first line of an attribute of sysfs or procfs without spaces around it; nil when there
    /// is none or it is empty.
    func attribute(_ path: String) -> String? {
        guard let bytes = read(path, at: 0, count: 4096) else { return nil }
        let line = bytes.prefix { $0 != 10 && $0 != 0 }.drop { $0 == 32 || $0 == 9 }
        let end = line.lastIndex { $0 != 32 && $0 != 9 && $0 != 13 }
        guard let end else { return nil }
        return lossyText(line[...end])
    }

    /// An attribute that is a decimal number.
    func number(_ path: String) -> Int64? {
        attribute(path).flatMap { Int64($0) }
    }

    /// An attribute that is 0 or 1, or Y or N.
    func flag(_ path: String) -> Bool? {
        switch attribute(path) {
        case "0", "N": false
        case "1", "Y": true
        default: nil
        }
    }

    /// The last part of where a link points: a driver, a subsystem, a device.
    func linkName(_ path: String) -> String? {
        link(path).flatMap { $0.split(separator: "/").last }.map { String($0) }
    }

    /// The lines `KEY=value` of a uevent file; of two with a key the first one stays.
    func pairs(_ path: String) -> [String: String] {
        guard let bytes = read(path, at: 0, count: 16_384) else { return [:] }
        var result: [String: String] = [:]
        for line in bytes.split(separator: 10) {
            guard let equals = line.firstIndex(of: 61) else { continue }
            let key = lossyText(line[..<equals])
            if result[key] == nil { result[key] = lossyText(line[(equals + 1)...]) }
        }
        return result
    }
}

extension ValueMap {
    /// Sets a text unless there is none.
    mutating func set(_ key: String, _ text: String?) {
        if let text { self[key] = .text(text) }
    }

    /// Sets a number unless there is none.
    mutating func set(_ key: String, _ number: Int64?) {
        if let number { self[key] = .int(number) }
    }

    /// Sets a truth unless there is none.
    mutating func set(_ key: String, _ flag: Bool?) {
        if let flag { self[key] = .bool(flag) }
    }

    /// Sets a list of texts unless it is empty.
    mutating func set(_ key: String, _ texts: [String]) {
        if !texts.isEmpty { self[key] = .list(texts.map { .text($0) }) }
    }
}

/// The numbers of a list of ranges, as in `0-3,6`; nil for anything else.
func numbers(ofRanges text: String) -> [Int64]? {
    var result: [Int64] = []
    for part in text.split(separator: ",") {
        let ends = part.split(separator: "-").map { decimal($0.utf8) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
            last >= first, last < 1 << 16
        else { return nil }
        result += (first...last).map { Int64($0) }
    }
    return result
}
