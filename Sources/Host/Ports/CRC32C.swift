internal import CHost

/// The checksum of what is written to disks: CRC-32C (Castagnoli), RFC 3720 appendix B.4.
public enum CRC32C {
    /// The checksum of `bytes`, by the processor's instruction where it has one.
    public static func of(_ bytes: RawSpan) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe of($0) }
    }

    /// The checksum of a buffer.
    public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        unsafe chost_crc32c(0, bytes.baseAddress, bytes.count)
    }

    /// The same by table; both must agree.
    static func byTable(_ bytes: RawSpan) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe chost_crc32c_portable(0, $0.baseAddress, $0.count) }
    }
}
