/// SHA-256 of FIPS 180-4, fed piece by piece.
///
/// Rooms below the node have no cryptography package; what they keep of a key or of a file is this
/// digest.
struct SHA256: Sendable {
    /// Bytes that are compressed at once.
    private static let blockBytes = 64

    private var state = Self.initial
    /// The bytes of a block that is not full yet.
    private var pending = InlineArray<64, UInt8>(repeating: 0)
    private var pendingCount = 0
    private var total: UInt64 = 0

    /// The digest of nothing so far.
    init() {}

    /// The digest of some bytes.
    static func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(Array(bytes))
        return hash.finish()
    }

    /// Adds bytes.
    mutating func update(_ bytes: [UInt8]) {
        update(bytes.span)
    }

    /// Adds bytes.
    mutating func update(_ bytes: Span<UInt8>) {
        total &+= UInt64(bytes.count)
        var index = 0
        if pendingCount > 0 {
            while pendingCount < Self.blockBytes, index < bytes.count {
                pending[pendingCount] = bytes[index]
                pendingCount += 1
                index += 1
            }
            guard pendingCount == Self.blockBytes else { return }
            Self.compress(pending.span, 0, &state)
            pendingCount = 0
        }
        while bytes.count - index >= Self.blockBytes {
            Self.compress(bytes, index, &state)
            index += Self.blockBytes
        }
        while index < bytes.count {
            pending[pendingCount] = bytes[index]
            pendingCount += 1
            index += 1
        }
    }

    /// The digest of all that was added: 32 bytes. Nothing can be added after it.
    consuming func finish() -> [UInt8] {
        let bits = total &* 8
        var padding: [UInt8] = [0x80]
        let zeros = (pendingCount < 56 ? 55 : 119) - pendingCount
        padding += [UInt8](repeating: 0, count: zeros)
        for shift in stride(from: 56, through: 0, by: -8) {
            padding.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        update(padding)
        var digest: [UInt8] = []
        digest.reserveCapacity(32)
        for index in 0..<8 {
            for shift in stride(from: 24, through: 0, by: -8) {
                digest.append(UInt8(truncatingIfNeeded: state[index] >> UInt32(shift)))
            }
        }
        return digest
    }

    // MARK: One block

    private static func compress(
        _ bytes: Span<UInt8>, _ start: Int, _ state: inout InlineArray<8, UInt32>
    ) {
        var words = InlineArray<16, UInt32>(repeating: 0)
        for index in 0..<16 {
            let at = start + 4 * index
            words[index] =
                UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16
                | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let slot = index & 15
            if index >= 16 { words[slot] = scheduled(words, index) }
            let one =
                h &+ (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) &+ ((e & f) ^ (~e & g))
                &+ rounds[index] &+ words[slot]
            let two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e) = (g, f, e, d &+ one)
            (d, c, b, a) = (c, b, a, one &+ two)
        }
        state[0] &+= a; state[1] &+= b; state[2] &+= c; state[3] &+= d
        state[4] &+= e; state[5] &+= f; state[6] &+= g; state[7] &+= h
    }

    @inline(__always)
    private static func scheduled(_ words: borrowing InlineArray<16, UInt32>, _ index: Int)
        -> UInt32
    {
        let late = words[(index - 2) & 15]
        let early = words[(index - 15) & 15]
        return words[index & 15] &+ words[(index - 7) & 15]
            &+ (turn(late, 17) ^ turn(late, 19) ^ (late >> 10))
            &+ (turn(early, 7) ^ turn(early, 18) ^ (early >> 3))
    }

    @inline(__always)
    private static func turn(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word >> bits | word << (32 - bits)
    }

    private static let initial: InlineArray<8, UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    private static let rounds: InlineArray<64, UInt32> = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5,
        0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
        0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc,
        0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
        0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3,
        0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5,
        0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
        0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
