internal import Host
internal import Resources

/// The file that says a loglet is sealed.
struct SealMark: Equatable {
    var log: Identifier
    /// The last position of the loglet.
    var tail: Position
    /// The hash of the chain there.
    var hash: ChainHash

    /// "PISCSEAL"
    static let magic: UInt64 = 0x4C41_4553_4353_4950

    /// The file's one sector.
    func encode() -> [UInt8] {
        var sector = [UInt8](repeating: 0, count: Layout.sector)
        unsafe sector.withUnsafeMutableBytes { buffer in
            unsafe buffer.put(Self.magic, at: 0)
            unsafe buffer.put(Layout.version, at: 8)
            unsafe buffer.put(log, at: 16)
            unsafe buffer.put(tail.rawValue, at: 32)
            unsafe hash.store(to: buffer, at: 64)
            let crc = unsafe CRC32C.of(UnsafeRawBufferPointer(buffer).part(0, 508))
            unsafe buffer.put(crc, at: 508)
        }
        return sector
    }

    /// Reads the sector; nil when it is not a seal of that log.
    static func decode(_ bytes: [UInt8], log: Identifier) -> SealMark? {
        guard bytes.count == Layout.sector else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer in
            guard unsafe CRC32C.of(buffer.part(0, 508)) == buffer.word(508, as: UInt32.self),
                unsafe buffer.word(0, as: UInt64.self) == magic,
                unsafe buffer.word(8, as: UInt32.self) == Layout.version,
                unsafe buffer.identifier(16) == log
            else { return nil }
            return unsafe SealMark(
                log: log, tail: Position(buffer.word(32, as: UInt64.self)), hash: buffer.hash(64))
        }
    }
}
