/// The 512 bytes before an entry of an archive.
struct TarHeader {
    let path: [UInt8]
    let link: [UInt8]
    let kind: UInt8
    let size: Int
    let mode: UInt32
    let user: UInt32
    let group: UInt32
    let modified: Int64

    /// Reads and checks a header: its sum, its magic, its numbers.
    init(_ bytes: [UInt8], in archive: String) throws(DriverError) {
        let sum = bytes.indices.reduce(0) { sum, index in
            sum + ((148..<156).contains(index) ? 0x20 : Int(bytes[index]))
        }
        guard Self.number(bytes[148..<156]) == Int64(sum) else {
            throw .image(archive, "is no archive, or a header is damaged")
        }
        let magic = bytes[257..<263]
        let isPOSIX = magic.elementsEqual("ustar\0".utf8)
        guard isPOSIX || magic.elementsEqual("ustar ".utf8) else {
            throw .image(archive, "is an archive of another form than ustar, pax or GNU")
        }
        func field(_ range: Range<Int>, _ what: String) throws(DriverError) -> Int64 {
            guard let number = Self.number(bytes[range]), number >= 0 else {
                throw .image(archive, "has a header with a damaged \(what)")
            }
            return number
        }
        size = Int(try field(124..<136, "size"))
        guard size <= 1 << 53 else { throw .image(archive, "has an entry of \(size) bytes") }
        mode = UInt32(truncatingIfNeeded: try field(100..<108, "mode"))
        user = UInt32(clamping: try field(108..<116, "user"))
        group = UInt32(clamping: try field(116..<124, "group"))
        // Times before 1970 are negative numbers in GNU's form.
        modified = max(0, Self.number(bytes[136..<148]) ?? 0)
        kind = bytes[156]
        link = Self.text(bytes[157..<257])
        let prefix = isPOSIX ? Self.text(bytes[345..<500]) : []
        let name = Self.text(bytes[0..<100])
        path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array(bytes.prefix { $0 != 0 })
    }

    /// Octal digits between blanks and NULs; or, with the highest bit set, a number of two's
    /// complement (GNU). Nil for anything else.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let first = bytes.first else { return nil }
        if first & 0x80 != 0 { return binary(bytes, negative: first & 0x40 != 0) }
        let text = bytes.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        let tail = bytes[text.endIndex...]
        guard text.allSatisfy({ (0x30...0x37).contains($0) }), text.count <= 20,
            tail.allSatisfy({ $0 == 0 || $0 == 0x20 })
        else { return nil }
        return text.reduce(Int64(0)) { $0 << 3 | Int64($1 & 7) }
    }

    private static func binary(_ bytes: ArraySlice<UInt8>, negative: Bool) -> Int64? {
        let fill: UInt8 = negative ? 0xFF : 0
        let high = bytes.dropLast(8)
        let valid = high.enumerated().allSatisfy { index, byte in
            index == 0 ? byte == (negative ? 0xFF : 0x80) : byte == fill
        }
        let low = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // In a field of eight bytes the mark is the highest bit of the number itself.
        if bytes.count == 8 { return negative ? nil : Int64(low & (1 << 62 - 1)) }
        return valid ? Int64(bitPattern: low) : nil
    }
}
