/// One netlink message (netlink(7)): a kind, a fixed header of its family and attributes.
public struct NetlinkMessage: Sendable {
    /// RTM_NEWLINK and so on.
    public var kind: UInt16
    /// NLM_F_REPLACE and so on.
    public var flags: UInt16
    /// All behind the 16 bytes that every message begins with.
    public var body: [UInt8]

    /// A message.
    public init(kind: UInt16, flags: UInt16, body: [UInt8]) {
        self.kind = kind
        self.flags = flags
        self.body = body
    }

    /// Calls `take` for each message of a datagram; stops at one that is cut short, and says so
    /// with false.
    public static func each(in datagram: RawSpan, _ take: (NetlinkMessage) -> Void) -> Bool {
        var offset = 0
        while offset < datagram.byteCount {
            guard offset + 16 <= datagram.byteCount else { return false }
            let (length, kind, flags) = unsafe (
                Int(datagram.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)),
                datagram.unsafeLoadUnaligned(fromByteOffset: offset + 4, as: UInt16.self),
                datagram.unsafeLoadUnaligned(fromByteOffset: offset + 6, as: UInt16.self)
            )
            guard length >= 16, length <= datagram.byteCount - offset else { return false }
            // Those below are of netlink itself: errors and ends.
            if kind >= 16 {
                let body = unsafe datagram.extracting(offset + 16..<offset + length)
                    .withUnsafeBytes { unsafe [UInt8]($0) }
                take(NetlinkMessage(kind: kind, flags: flags, body: body))
            }
            offset += (length + 3) & ~3
        }
        return true
    }

    /// The integer at an offset of the fixed header; 0 where it is cut short.
    public func word<Word: FixedWidthInteger>(_ offset: Int, as: Word.Type = Word.self) -> Word {
        integer(body[...].dropFirst(offset)) ?? 0
    }

    /// The attributes after a fixed header of so many bytes.
    public func attributes(after header: Int) -> NetlinkAttributes {
        NetlinkAttributes(body.dropFirst(header))
    }
}
