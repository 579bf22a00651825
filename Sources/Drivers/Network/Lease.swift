public import Host
internal import Resources

/// An address of version 4 that a server lent to this machine (RFC 2131).
public struct Lease: Hashable, Sendable {
    /// The address.
    public let address: IPAddress
    /// How many leading bits of it name the network.
    public let prefix: Int
    /// Where everything beyond the network goes; nil when there is nothing beyond.
    public let gateway: IPAddress?
    /// Who answers names.
    public let nameServers: [IPAddress]
    /// Who lent it.
    public let server: IPAddress
    /// How long it is lent, in seconds.
    public let seconds: UInt64
    /// After how many seconds it is renewed with its server (T1).
    public let renewSeconds: UInt64
    /// After how many seconds any server is asked (T2).
    public let rebindSeconds: UInt64

    /// The lease that a reply offers. Times are held within the limits, in the order T1 < T2 <
    /// end; wrong ones are replaced by the standard, a half and seven eighths.
    init(_ reply: LeaseReply) throws(LeaseFault) {
        guard Self.isUsable(reply.address) else { throw .unusable("address \(reply.address)") }
        guard let server = reply.server else { throw .missing(LeaseOption.server) }
        address = reply.address
        self.server = server
        prefix = try reply.mask.map { (mask) throws(LeaseFault) in try Self.prefix(mask) } ?? 24
        gateway = reply.routers.first(where: Self.isUsable)
        nameServers = Array(
            reply.nameServers.filter { Self.isUsable($0) }
                .prefix(Limits.leaseNameServers.value))
        guard let lent = reply.seconds else { throw .missing(LeaseOption.leaseTime) }
        seconds = min(
            max(UInt64(lent), UInt64(Limits.leaseShortest.value)),
            UInt64(Limits.leaseLongest.value))
        let rebind = reply.rebindSeconds.map(UInt64.init) ?? 0
        let renew = reply.renewSeconds.map(UInt64.init) ?? 0
        let isSane = renew > 0 && renew < rebind && rebind < seconds
        renewSeconds = isSane ? renew : seconds / 2
        rebindSeconds = isSane ? rebind : seconds * 7 / 8
    }

    /// The network's mask.
    public var mask: IPAddress { Self.mask(prefix) }

    /// The mask of so many bits.
    public static func mask(_ prefix: Int) -> IPAddress {
        let bits = prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix)
        return IPAddress(number: bits)
    }

    private static func prefix(_ mask: IPAddress) throws(LeaseFault) -> Int {
        let bits = mask.number
        let count = (~bits).leadingZeroBitCount
        guard bits == Self.mask(count).number, (1...31).contains(count) else {
            throw .unusable("mask \(mask)")
        }
        return count
    }

    /// True for an address that one machine can have.
    private static func isUsable(_ address: IPAddress) -> Bool {
        let first = address.bytes[0]
        return !address.isVersion6 && first != 0 && first != 127 && first < 224
    }
}

extension IPAddress {
    /// The address of version 4 of that number.
    init(number: UInt32) {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
        guard let address = IPAddress(bytes: bytes) else {
            preconditionFailure("four bytes are an address")
        }
        self = address
    }

    /// The number of an address of version 4.
    var number: UInt32 { bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
}
