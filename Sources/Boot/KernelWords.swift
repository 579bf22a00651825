/// The words of the kernel's command line that name the system to boot. The constructor writes
/// them, the small init reads them (Docs/Formats/boot.md).
public struct KernelWords: Hashable, Sendable {
    /// The UUID of the root's file system: the first 16 bytes of the root's digest.
    public var identity: [UInt8]
    /// The root's size in blocks of 4096 bytes.
    public var blocks: UInt64
    /// The root hash of the verity tree, 32 bytes.
    public var rootHash: [UInt8]
    /// What is hashed before each block, at most 256 bytes.
    public var salt: [UInt8]
    /// Seconds from a failure to the reset; 2 unless told.
    public var panicSeconds: Int

    /// The root of that identity.
    public init(
        identity: [UInt8], blocks: UInt64, rootHash: [UInt8], salt: [UInt8], panicSeconds: Int = 2
    ) {
        self.identity = identity
        self.blocks = blocks
        self.rootHash = rootHash
        self.salt = salt
        self.panicSeconds = panicSeconds
    }

    /// Seconds from a failure to the reset when the words do not say, or are unreadable.
    public static let panicStandard = 2

    /// Reads the command line as `/proc/cmdline` has it.
    public init(reading line: String) throws(BootError) {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" })
            .map(String.init)
        identity = try Self.bytes("pisces.id", words, 16...16)
        rootHash = try Self.bytes("pisces.root", words, 32...32)
        salt = try Self.bytes("pisces.salt", words, 0...256)
        let text = try Self.value("pisces.blocks", words)
        // The device mapper counts sectors of 512 bytes in 64 bits.
        guard let blocks = UInt64(text), blocks > 0, blocks <= UInt64.max >> 4 else {
            throw Self.refusal("pisces.blocks", "'\(text.prefix(40))' is no count of blocks")
        }
        self.blocks = blocks
        panicSeconds = Self.panicSeconds(words)
    }

    /// Seconds from a failure to the reset, of words that may lack all others.
    public static func panicSeconds(_ words: [String]) -> Int {
        guard let seconds = optional("panic", words).flatMap({ Int($0) }), seconds > 0 else {
            return panicStandard
        }
        return min(seconds, 3600)
    }

    /// The words for the command line, in a fixed order.
    public var text: String {
        "pisces.id=\(hex(identity)) pisces.blocks=\(blocks) pisces.root=\(hex(rootHash)) "
            + "pisces.salt=\(hex(salt)) panic=\(panicSeconds)"
    }

    /// The last value of a word: what is appended on a boot screen wins, as in the kernel.
    private static func optional(_ name: String, _ words: [String]) -> String? {
        words.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
    }

    private static func value(_ name: String, _ words: [String]) throws(BootError) -> String {
        guard let value = optional(name, words) else { throw refusal(name, "it is missing") }
        return value
    }

    private static func bytes(
        _ name: String, _ words: [String], _ count: ClosedRange<Int>
    ) throws(BootError) -> [UInt8] {
        let text = try value(name, words)
        // A salt of no bytes is written "-", as the device mapper does.
        guard let bytes = text == "-" ? [] : unhex(text), count.contains(bytes.count) else {
            throw refusal(name, "'\(text.prefix(80))' is not the bytes it must have, in hex")
        }
        return bytes
    }

    private static func refusal(_ name: String, _ cause: String) -> BootError {
        BootError("read", "\(name) of the kernel's command line", cause)
    }
}

/// Bytes as lower-case hexadecimal digits; "-" for none.
public func hex(_ bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "-" }
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
}

/// Bytes of hexadecimal digits; nil when they are none.
public func unhex(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { digit -> UInt8? in
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        case 0x41...0x46: digit - 0x41 + 10
        default: nil
        }
    }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = digits[index], let low = digits[index + 1] else { return nil }
        bytes.append(high << 4 | low)
    }
    return bytes
}
