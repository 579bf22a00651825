internal import Trust

/// A globally unique identifier as partition tables store it (UEFI 2.10, appendix A): the first
/// three fields are little-endian, unlike in its text.
struct GUID: Hashable, Sendable {
    /// Its 16 bytes as stored.
    let bytes: [UInt8]

    /// Of fields as in the text: `C12A7328-F81F-11D2-BA4B-00A0C93EC93B` is (0xC12A7328, 0xF81F,
    /// 0x11D2, 0xBA4B_00A0C93EC93B).
    init(_ first: UInt32, _ second: UInt16, _ third: UInt16, _ rest: UInt64) {
        var bytes: [UInt8] = []
        bytes.append(little: first)
        bytes.append(little: second)
        bytes.append(little: third)
        bytes.append(little: rest.byteSwapped)
        self.bytes = bytes
    }

    /// The one that a seed and a name always give: version 8 (RFC 9562), of their SHA-256.
    init(seed: [UInt8], name: String) {
        var bytes = Array(ContentDigest(of: seed + Array(name.utf8)).bytes.prefix(16))
        // The version is the high half of byte 7: field three is stored low byte first.
        bytes[7] = bytes[7] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        self.bytes = bytes
    }
}
