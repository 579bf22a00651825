/// A netlink message that is being written (netlink(7)): 16 bytes that every message begins with,
/// the fixed header of its family, attributes.
public struct NetlinkRequest: Sendable {
    /// What is asked for of the message.
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Of every request.
        static let request = Flags(rawValue: 0x1)
        /// An acknowledgement ends the answer.
        public static let acknowledged = Flags(rawValue: 0x4)
        /// All there is; its end ends the answer.
        public static let dump = Flags(rawValue: 0x300)
        /// What is there is replaced.
        public static let replace = Flags(rawValue: 0x100)
        /// What is there is an error.
        public static let exclusive = Flags(rawValue: 0x200)
        /// What is not there is made.
        public static let create = Flags(rawValue: 0x400)
    }

    private var content: [UInt8] = []

    /// A request of that kind. `header` is the fixed header of the family.
    public init(_ kind: UInt16, _ flags: Flags, header: [UInt8]) {
        add(word: UInt32(0))
        add(word: kind)
        add(word: flags.union(.request).rawValue)
        add(word: UInt32(1))
        add(word: UInt32(0))
        content += header
        pad()
    }

    /// An attribute of those bytes.
    public mutating func add(_ kind: UInt16, _ bytes: some Collection<UInt8>) {
        add(word: UInt16(truncatingIfNeeded: bytes.count + 4))
        add(word: kind)
        content += bytes
        pad()
    }

    /// An attribute of a number.
    public mutating func add(_ kind: UInt16, word: some FixedWidthInteger) {
        add(kind, Self.bytes(word))
    }

    /// An attribute of a text, closed by NUL.
    public mutating func add(_ kind: UInt16, text: String) { add(kind, Array(text.utf8) + [0]) }

    /// An attribute of attributes; they have 65,531 bytes at most.
    public mutating func nest(_ kind: UInt16, _ write: (inout NetlinkRequest) -> Void) {
        let start = content.count
        add(word: UInt16(0))
        add(word: kind | 0x8000)
        write(&self)
        precondition(content.count - start <= UInt16.max, "an attribute is longer than 64 KiB")
        content.replaceSubrange(
            start..<start + 2, with: Self.bytes(UInt16(content.count - start)))
    }

    /// The message.
    public var bytes: [UInt8] { Self.bytes(UInt32(content.count)) + content[4...] }

    private mutating func add(word: some FixedWidthInteger) { content += Self.bytes(word) }

    private mutating func pad() { while content.count % 4 != 0 { content.append(0) } }

    /// The bytes of a number, the lowest first.
    public static func bytes(_ word: some FixedWidthInteger) -> [UInt8] {
        (0..<word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
}
