internal import Resources

/// A header of rpm: an index of tags, and a store that they point into.
struct RPMHeader {
    private let bytes: [UInt8]
    private let store: Int
    private var entries: [UInt32: (kind: UInt32, offset: Int, count: Int)] = [:]

    enum Tag: UInt32 {
        case sha1 = 269
        case name = 1000, version, release, epoch, summary
        case buildTime = 1006
        case installTime = 1008
        case size = 1009
        case vendor = 1011
        case license = 1014, packager, group
        case url = 1020
        case architecture = 1022
        case sourcePackage = 1044
        case provides = 1047
        case requires = 1049
        case longSize = 5009
    }

    /// Reads a header as the database has it, without the magic; nil for what is cut or damaged.
    init?(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard let count = Self.word(bytes, 0), let size = Self.word(bytes, 4),
            count <= 65_536, 8 + Int(count) * 16 + Int(size) <= bytes.count
        else { return nil }
        store = 8 + Int(count) * 16
        for index in 0..<Int(count) {
            let at = 8 + index * 16
            guard let tag = Self.word(bytes, at), let kind = Self.word(bytes, at + 4),
                let offset = Self.word(bytes, at + 8), let items = Self.word(bytes, at + 12),
                offset <= size
            else { continue }
            if entries[tag] == nil { entries[tag] = (kind, Int(offset), Int(items)) }
        }
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32? {
        guard at >= 0, at + 4 <= bytes.count else { return nil }
        return bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The texts of a tag; of one in many languages the first.
    func texts(_ tag: Tag, most: Int = Limits.links.value) -> [String] {
        guard let entry = entries[tag.rawValue], [6, 8, 9].contains(entry.kind) else { return [] }
        var at = store + entry.offset
        var texts: [String] = []
        while texts.count < min(most, entry.kind == 8 ? entry.count : 1), at < bytes.count {
            guard let end = bytes[at...].firstIndex(of: 0) else { break }
            texts.append(lossyText(bytes[at..<min(end, at + Limits.controlField.value)]))
            at = end + 1
        }
        return texts
    }

    func text(_ tag: Tag) -> String? {
        texts(tag, most: 1).first.flatMap { $0.isEmpty || $0 == "(none)" ? nil : $0 }
    }

    /// The first number of a tag; nil for none and for one that could not be multiplied.
    func number(_ tag: Tag) -> Int64? {
        guard let entry = entries[tag.rawValue], entry.count > 0,
            let high = Self.word(bytes, store + entry.offset)
        else { return nil }
        if entry.kind == 4 { return Int64(high) }
        guard entry.kind == 5, let low = Self.word(bytes, store + entry.offset + 4) else {
            return nil
        }
        let number = UInt64(high) << 32 | UInt64(low)
        return number < 1 << 50 ? Int64(number) : nil
    }
}
