/// What is asked.
public struct DNSQuestion: Hashable, Sendable {
    /// The name, in the case it was asked in.
    public var name: DNSName
    /// The type.
    public var type: DNSType
    /// The class: 1 is IN.
    public var dnsClass: UInt16

    /// A question of class IN.
    public init(_ name: DNSName, _ type: DNSType, dnsClass: UInt16 = 1) {
        self.name = name
        self.type = type
        self.dnsClass = dnsClass
    }
}

/// What a requestor says it can (RFC 6891).
public struct DNSExtension: Hashable, Sendable {
    /// The largest datagram it takes, in bytes.
    public var size: UInt16
    /// The version it speaks.
    public var version: UInt8 = 0
    /// Whether it wants signatures (RFC 3225).
    public var wantsSignatures = false
}

/// A question as it came, checked.
public struct DNSQuery: Hashable, Sendable {
    /// The number that its answer carries.
    public var id: UInt16
    /// The second word of the header as it came.
    public var flags: UInt16
    /// What is asked.
    public var question: DNSQuestion
    /// What the requestor can; nil when it did not say.
    public var edns: DNSExtension?

    /// Whether the requestor wants the server to ask others.
    public var wantsRecursion: Bool { flags & DNSFlags.recursionDesired != 0 }
}

/// The bits of a header's second word.
enum DNSFlags {
    static let response: UInt16 = 0x8000
    static let opcode: UInt16 = 0x7800
    static let authoritative: UInt16 = 0x0400
    static let truncated: UInt16 = 0x0200
    static let recursionDesired: UInt16 = 0x0100
    static let recursionAvailable: UInt16 = 0x0080
    static let checkingDisabled: UInt16 = 0x0010
}

/// What came, once it was read.
public enum DNSReading: Hashable, Sendable {
    /// A question to answer.
    case query(DNSQuery)
    /// A question that is refused; what could be read of it stands in the answer.
    case refused(id: UInt16, flags: UInt16, DNSQuestion?, DNSExtension?, DNSCode)
    /// Nothing that may be answered: too short for a header, or itself an answer.
    case dropped
}
