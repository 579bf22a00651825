// Words are little-endian in every format of an image except the journal of ext4.

extension [UInt8] {
    /// Appends an integer, its lowest byte first.
    mutating func append(little value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Writes an integer over the bytes at `offset`, its lowest byte first.
    mutating func set(_ offset: Int, little value: some FixedWidthInteger) {
        for index in 0..<value.bitWidth / 8 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }

    /// Writes an integer over the bytes at `offset`, its highest byte first.
    mutating func set(_ offset: Int, big value: some FixedWidthInteger) {
        set(offset, little: value.byteSwapped)
    }

    /// Writes bytes over those at `offset`.
    mutating func set(_ offset: Int, _ bytes: some Collection<UInt8>) {
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    /// Appends zeros up to that many bytes; never takes any away.
    mutating func pad(to size: Int) {
        if count < size { append(contentsOf: repeatElement(0, count: size - count)) }
    }

    /// The 16 bits at `offset`.
    func half(_ offset: Int) -> Int { Int(self[offset]) | Int(self[offset + 1]) << 8 }

    /// The 32 bits at `offset`.
    func word(_ offset: Int) -> Int { half(offset) | half(offset + 2) << 16 }
}

extension FixedWidthInteger {
    /// The least multiple of `unit` that is not less.
    func rounded(upTo unit: Self) -> Self { (self + unit - 1) / unit * unit }
}
