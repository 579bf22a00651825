public import Host

/// Options of DHCP that are read or written here (RFC 2132).
enum LeaseOption {
    static let mask: UInt8 = 1
    static let routers: UInt8 = 3
    static let nameServers: UInt8 = 6
    static let hostName: UInt8 = 12
    static let requestedAddress: UInt8 = 50
    static let leaseTime: UInt8 = 51
    static let overload: UInt8 = 52
    static let kind: UInt8 = 53
    static let server: UInt8 = 54
    static let wanted: UInt8 = 55
    static let largest: UInt8 = 57
    static let renewal: UInt8 = 58
    static let rebinding: UInt8 = 59
    static let client: UInt8 = 61
    static let end: UInt8 = 255
}

/// Why a datagram is no reply to a request for an address.
public enum LeaseFault: Error, Hashable, Sendable {
    /// It has fewer bytes than the fixed part.
    case short
    /// It is a request, not for Ethernet, or has no DHCP options.
    case foreign
    /// An option reaches beyond the end, or has a length it must not have.
    case badOption(UInt8)
    /// An option that must be there is not.
    case missing(UInt8)
    /// It offers what no machine can use.
    case unusable(String)
}

/// What is sent to servers (RFC 2131, section 2).
public struct LeaseRequest: Hashable, Sendable {
    /// The kinds there are, by their numbers in RFC 2132, section 9.6.
    public enum Kind: UInt8, Sendable { case discover = 1, request = 3, release = 7 }

    /// What is asked.
    public var kind: Kind
    /// Tells answers to this request from others.
    public var transaction: UInt32
    /// The interface's hardware address, 6 bytes.
    public var hardware: [UInt8]
    /// Seconds since the first try.
    public var seconds: UInt16 = 0
    /// The address this machine has and answers at.
    public var current: IPAddress?
    /// The address it wants.
    public var requested: IPAddress?
    /// Whose offer it takes.
    public var server: IPAddress?
    /// What the machine is called.
    public var hostName: String

    /// The largest datagram this machine takes.
    static let largest = 1472
    /// The least bytes every relay passes on (RFC 1542, section 2.1).
    private static let smallest = 300

    /// Its bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = [1, 1, 6, 0]
        put(transaction, &bytes)
        bytes += [UInt8(seconds >> 8), UInt8(seconds & 0xFF)]
        // Without an address the answer must come by broadcast.
        bytes += current == nil ? [0x80, 0] : [0, 0]
        put(current?.number ?? 0, &bytes)
        bytes += [UInt8](repeating: 0, count: 12)
        bytes += hardware + [UInt8](repeating: 0, count: 16 - hardware.count)
        bytes += [UInt8](repeating: 0, count: 192)
        bytes += LeaseReply.magic
        option(LeaseOption.kind, [kind.rawValue], &bytes)
        option(LeaseOption.client, [1] + hardware, &bytes)
        if let requested { option(LeaseOption.requestedAddress, requested.bytes, &bytes) }
        if let server { option(LeaseOption.server, server.bytes, &bytes) }
        let name = Array(hostName.utf8.prefix(63))
        if !name.isEmpty { option(LeaseOption.hostName, name, &bytes) }
        option(
            LeaseOption.largest, [UInt8(Self.largest >> 8), UInt8(Self.largest & 0xFF)], &bytes)
        option(
            LeaseOption.wanted,
            [
                LeaseOption.mask, LeaseOption.routers, LeaseOption.nameServers,
                LeaseOption.leaseTime, LeaseOption.renewal, LeaseOption.rebinding,
            ], &bytes)
        bytes.append(LeaseOption.end)
        if bytes.count < Self.smallest {
            bytes += [UInt8](repeating: 0, count: Self.smallest - bytes.count)
        }
        return bytes
    }

    private func put(_ number: UInt32, _ bytes: inout [UInt8]) {
        bytes += IPAddress(number: number).bytes
    }

    private func option(_ code: UInt8, _ value: [UInt8], _ bytes: inout [UInt8]) {
        bytes += [code, UInt8(value.count)] + value
    }
}

/// What a server answers.
public struct LeaseReply: Hashable, Sendable {
    /// The kinds there are.
    public enum Kind: UInt8, Sendable { case offer = 2, agreed = 5, refused = 6 }

    /// What it says.
    public let kind: Kind
    /// To which request.
    public let transaction: UInt32
    /// For which interface.
    public let hardware: [UInt8]
    /// The address it is about.
    public let address: IPAddress
    let server: IPAddress?
    let mask: IPAddress?
    let routers: [IPAddress]
    let nameServers: [IPAddress]
    let seconds: UInt32?
    let renewSeconds: UInt32?
    let rebindSeconds: UInt32?

    /// The four bytes that come before the options (RFC 2131, section 3).
    static let magic: [UInt8] = [99, 130, 83, 99]
    private static let fixedBytes = 240

    /// Reads a datagram from port 67.
    public init(_ bytes: [UInt8]) throws(LeaseFault) {
        guard bytes.count >= Self.fixedBytes else { throw .short }
        guard bytes[0] == 2, bytes[1] == 1, bytes[2] == 6,
            Array(bytes[236..<240]) == Self.magic
        else { throw .foreign }
        var options = LeaseOptions()
        try options.read(bytes[240...])
        // "file" and "sname" may hold options too, in this order (RFC 2132, section 9.3).
        let overload = try options.byte(LeaseOption.overload) ?? 0
        if overload & 1 != 0 { try options.read(bytes[108..<236]) }
        if overload & 2 != 0 { try options.read(bytes[44..<108]) }
        guard let kind = try options.byte(LeaseOption.kind) else {
            throw .missing(LeaseOption.kind)
        }
        guard let known = Kind(rawValue: kind) else { throw .foreign }
        self.kind = known
        transaction = bytes[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
        hardware = Array(bytes[28..<34])
        address = IPAddress(number: bytes[16..<20].reduce(0) { $0 << 8 | UInt32($1) })
        server = try options.addresses(LeaseOption.server)?.first
        mask = try options.addresses(LeaseOption.mask)?.first
        routers = try options.addresses(LeaseOption.routers) ?? []
        nameServers = try options.addresses(LeaseOption.nameServers) ?? []
        seconds = try options.number(LeaseOption.leaseTime)
        renewSeconds = try options.number(LeaseOption.renewal)
        rebindSeconds = try options.number(LeaseOption.rebinding)
    }
}

/// The options of a reply by their codes; what comes twice is joined (RFC 3396).
private struct LeaseOptions {
    private var values: [UInt8: [UInt8]] = [:]

    mutating func read(_ bytes: ArraySlice<UInt8>) throws(LeaseFault) {
        var rest = bytes
        while let code = rest.popFirst() {
            if code == LeaseOption.end { return }
            if code == 0 { continue }
            guard let count = rest.popFirst(), rest.count >= Int(count) else {
                throw .badOption(code)
            }
            values[code, default: []] += rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
        }
    }

    func byte(_ code: UInt8) throws(LeaseFault) -> UInt8? {
        guard let value = values[code] else { return nil }
        guard value.count == 1 else { throw .badOption(code) }
        return value[0]
    }

    func number(_ code: UInt8) throws(LeaseFault) -> UInt32? {
        guard let value = values[code] else { return nil }
        guard value.count == 4 else { throw .badOption(code) }
        return value.reduce(0) { $0 << 8 | UInt32($1) }
    }

    func addresses(_ code: UInt8) throws(LeaseFault) -> [IPAddress]? {
        guard let value = values[code] else { return nil }
        guard !value.isEmpty, value.count % 4 == 0 else { throw .badOption(code) }
        return stride(from: 0, to: value.count, by: 4).map { at in
            IPAddress(number: value[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}
