public import Host

/// A type of record, or of question (RFC 1035 section 3.2.2).
public struct DNSType: Hashable, Comparable, Sendable {
    /// Its number.
    public let number: UInt16

    /// The type of that number.
    public init(_ number: UInt16) { self.number = number }

    /// IPv4 address.
    public static let a = DNSType(1)
    /// Name server.
    public static let ns = DNSType(2)
    /// Start of a zone of authority.
    public static let soa = DNSType(6)
    /// Name of an address.
    public static let ptr = DNSType(12)
    /// Text.
    public static let txt = DNSType(16)
    /// IPv6 address (RFC 3596).
    public static let aaaa = DNSType(28)
    /// Service (RFC 2782).
    public static let srv = DNSType(33)
    /// What a requestor can (RFC 6891); no type of a question.
    public static let opt = DNSType(41)
    /// Transfers of zones.
    static let ixfr = DNSType(251)
    static let axfr = DNSType(252)
    /// Mailboxes, long obsolete.
    static let mailb = DNSType(253)
    static let maila = DNSType(254)
    /// Whatever there is.
    public static let any = DNSType(255)

    public static func < (left: DNSType, right: DNSType) -> Bool { left.number < right.number }
}

/// How a question ended (RFC 1035 section 4.1.1; from 16 on RFC 6891).
public enum DNSCode: UInt16, Hashable, Sendable, CaseIterable {
    case noError = 0
    case formatError = 1
    case serverFailure = 2
    case nameError = 3
    case notImplemented = 4
    case refused = 5
    case badVersion = 16
}

/// The start of a zone of authority (RFC 1035 section 3.3.13).
public struct DNSAuthority: Hashable, Sendable {
    /// The first name server.
    public var server: DNSName
    /// The mailbox of who is responsible, with a dot for the `@`.
    public var mailbox: DNSName
    /// The version of the zone.
    public var serial: UInt32
    /// Seconds between looks of secondary servers, between tries after a failure, until they give
    /// up; we have none.
    public var refresh: UInt32 = 3600
    public var retry: UInt32 = 600
    public var expire: UInt32 = 86_400
    /// Seconds an answer that there is nothing may be kept (RFC 2308).
    public var minimum: UInt32

    /// The start of a zone.
    public init(server: DNSName, mailbox: DNSName, serial: UInt32, minimum: UInt32) {
        self.server = server
        self.mailbox = mailbox
        self.serial = serial
        self.minimum = minimum
    }
}

/// What a record says.
public enum DNSData: Hashable, Sendable {
    /// A or AAAA.
    case address(IPAddress)
    /// Name server.
    case ns(DNSName)
    /// Name of an address.
    case ptr(DNSName)
    /// Strings of at most 255 bytes each, at least one.
    case txt([[UInt8]])
    /// Where a service is; lower priorities first, of equal ones by weight.
    case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    /// Start of a zone.
    case soa(DNSAuthority)

    /// Text cut into strings of 255 bytes.
    public static func text(_ text: String) -> DNSData {
        let bytes = Array(text.utf8)
        var strings: [[UInt8]] = []
        var at = 0
        repeat {
            strings.append(Array(bytes[at..<min(bytes.count, at + 255)]))
            at += 255
        } while at < bytes.count
        return .txt(strings)
    }

    /// The type of such a record.
    public var type: DNSType {
        switch self {
        case .address(let address): address.isVersion6 ? .aaaa : .a
        case .ns: .ns
        case .ptr: .ptr
        case .txt: .txt
        case .srv: .srv
        case .soa: .soa
        }
    }

    /// Names whose addresses are worth adding to an answer.
    var hint: DNSName? {
        switch self {
        case .srv(_, _, _, let target): target
        case .ns(let server): server
        case .address, .ptr, .txt, .soa: nil
        }
    }
}

/// A record of a zone; class IN.
public struct DNSRecord: Hashable, Sendable {
    /// Whose it is.
    public var name: DNSName
    /// Seconds it may be kept.
    public var ttl: UInt32
    /// What it says.
    public var data: DNSData

    /// A record.
    public init(_ name: DNSName, ttl: UInt32, _ data: DNSData) {
        self.name = name
        self.ttl = ttl
        self.data = data
    }
}

/// The records of one name and type.
struct DNSRecordSet: Hashable, Sendable {
    var name: DNSName
    var type: DNSType
    var ttl: UInt32
    var data: [DNSData]
}
