internal import Crypto
internal import Glibc

/// Bytes that must not be seen: no description, reflection or encoding of them shows what they are,
/// nor how many.
///
/// The storage is overwritten when the last copy of the value goes. What cannot be promised: bytes
/// handed in as an array or handed out of `withBytes` are the caller's to `wipe`; a page may have
/// been swapped out or be in the dump of a crash before; the compiler may keep copies in registers
/// and on the stack.
public struct SecretBytes: Sendable {
    // A symmetric key of any length: the library overwrites it and compares it in constant time.
    private let storage: SymmetricKey

    /// Keeps a copy of `bytes`.
    public init(copying bytes: some Sequence<UInt8>) {
        var copy = Array(bytes)
        storage = SymmetricKey(data: copy)
        wipe(&copy)
    }

    /// Takes `bytes` and overwrites them where they were.
    public init(taking bytes: inout [UInt8]) {
        storage = SymmetricKey(data: bytes)
        wipe(&bytes)
    }

    /// How many bytes there are.
    public var count: Int { storage.bitCount / 8 }

    /// True when there is none.
    public var isEmpty: Bool { count == 0 }

    /// Shows the bytes to `body`; what it copies is its to wipe.
    public func withBytes<Result, Failure: Error>(
        _ body: ([UInt8]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var copy = unsafe storage.withUnsafeBytes { unsafe Array($0) }
        defer { wipe(&copy) }
        return try body(copy)
    }

    /// True when some 32 or fewer bytes of it, or all, occur in `text`: to keep a secret out of
    /// what is about to be written. Not in constant time.
    public func occurs(in text: [UInt8]) -> Bool {
        withBytes { secret in
            let needle = secret.prefix(32)
            guard needle.count >= 4, text.count >= needle.count else { return false }
            return (0...text.count - needle.count).contains { start in
                text[start..<start + needle.count].elementsEqual(needle)
            }
        }
    }
}

extension SecretBytes: Equatable {
    /// Compares in a time that depends on the counts only.
    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.storage == right.storage
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable,
    Encodable
{
    /// What is shown in place of any secret.
    public static let mask = "(secret)"

    public var description: String { Self.mask }
    public var debugDescription: String { Self.mask }
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }

    /// Encodes the mask: a structure that has a secret in it can be encoded without showing it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Self.mask)
    }
}

/// Overwrites bytes with zeros, which the compiler may not leave out, and empties the array.
///
/// Only this array's storage: while another array shares it, that one keeps the bytes.
public func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe wipe($0) }
    bytes = []
}

/// Overwrites a buffer with zeros, which the compiler may not leave out.
public func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let start = buffer.baseAddress else { return }
    unsafe explicit_bzero(start, buffer.count)
}

/// Compares in a time that depends on the counts only, not on where the bytes differ.
public func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}
