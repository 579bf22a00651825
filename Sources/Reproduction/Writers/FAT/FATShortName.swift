/// A name of eight and three characters, which every entry has (Microsoft, "FAT: General
/// Overview", pages 24 and 30).
struct FATShortName {
    /// Its 11 bytes, filled with spaces.
    let bytes: [UInt8]
    /// True when it says all that the name does, so that no long name is needed.
    let isWhole: Bool

    /// The short names of the names of a directory, no two the same.
    static func all(of names: [String]) -> [FATShortName] {
        var taken: Set<[UInt8]> = []
        return names.map { name in
            var short = FATShortName(name, tail: nil)
            var tail = 1
            while !short.isWhole || taken.contains(short.bytes) {
                short = FATShortName(name, tail: tail)
                if !taken.contains(short.bytes) { break }
                tail += 1
            }
            taken.insert(short.bytes)
            return short
        }
    }

    /// The short form of a name, with a number behind `~` when it is not the whole name.
    private init(_ name: String, tail: Int?) {
        let dot = name.utf8.lastIndex(of: UInt8(ascii: "."))
        let base = Self.characters(name.utf8[..<(dot ?? name.utf8.endIndex)])
        let kind = Self.characters(
            dot.map { name.utf8[name.utf8.index(after: $0)...] } ?? Substring().utf8)
        let end = tail.map { Array("~\($0)".utf8) } ?? []
        let bytes =
            Self.filled(Array(base.prefix(8 - end.count)) + end, 8) + Self.filled(kind, 3)
        let text = base + (kind.isEmpty ? [] : [UInt8(ascii: ".")] + kind)
        self.bytes = bytes
        isWhole =
            tail == nil && text.elementsEqual(name.utf8) && (1...8).contains(base.count)
            && kind.count <= 3
    }

    private static func filled(_ name: [UInt8], _ count: Int) -> [UInt8] {
        Array(name.prefix(count)) + Array(repeating: 0x20, count: max(0, count - name.count))
    }

    private static let allowed = Array("$%'-_@~`!(){}^#&".utf8)

    /// In upper case, without spaces and dots, and `_` for what no short name may have.
    private static func characters(_ part: Substring.UTF8View) -> [UInt8] {
        part.compactMap { (byte) -> UInt8? in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: " "), UInt8(ascii: "."): nil
            case _ where allowed.contains(byte): byte
            default: UInt8(ascii: "_")
            }
        }
    }

    /// What ties a long name to it (page 28).
    var checksum: UInt8 {
        bytes.reduce(0) { sum, byte in (sum & 1) << 7 &+ sum >> 1 &+ byte }
    }
}
