/// A socket as the kernel's tables say.
struct SocketRecord: Hashable, Sendable {
    var network: Network
    var family: Family
    /// The kernel's number of the state: those of TCP for all protocols.
    var state: UInt8
    /// What tells it from all others of this boot.
    var key: Key
    var inode: UInt64
    /// Who owns it; nil where the table does not say.
    var user: UInt32?
    var local = End()
    var remote = End()
    /// The interface it is bound to; 0 for none.
    var device: UInt32 = 0
    /// It takes no IPv4 connections.
    var onlyIPv6 = false
    /// The name of a unix socket; an abstract one begins with `@`.
    var path: String?
    /// How a unix socket carries data.
    var kind: String?
    /// The inode of the socket a unix socket is connected to.
    var peer: UInt32?
    /// The number of the protocol a raw or packet socket takes.
    var number: UInt16?

    /// What it speaks.
    enum Network: UInt8, Hashable, Sendable {
        case tcp = 6
        case udp = 17
        case udplite = 136
        case raw = 255
        case unix = 0
        case packet = 254

        var word: String {
            switch self {
            case .tcp: "tcp"
            case .udp: "udp"
            case .udplite: "udplite"
            case .raw: "raw"
            case .unix: "unix"
            case .packet: "packet"
            }
        }
    }

    /// What its addresses are.
    enum Family: UInt8, Hashable, Sendable {
        case unix = 1
        case ipv4 = 2
        case ipv6 = 10
        case packet = 17

        var word: String {
            switch self {
            case .unix: "unix"
            case .ipv4: "ipv4"
            case .ipv6: "ipv6"
            case .packet: "packet"
            }
        }
    }

    /// An address with its port.
    struct End: Hashable, Sendable {
        var address: [UInt8] = []
        var port: UInt16 = 0
    }

    /// The cookie, which is never used again; the inode where the table has no cookies.
    enum Key: Hashable, Comparable, Sendable {
        case cookie(UInt64)
        case inode(UInt64)

        var text: String {
            switch self {
            case .cookie(let number): String(number)
            case .inode(let number): "inode-\(number)"
            }
        }
    }

    /// States by the numbers of Linux (tcp_states.h).
    static let established: UInt8 = 1
    static let closed: UInt8 = 7
    static let listening: UInt8 = 10

    /// The state in a word, as `ss` writes it.
    var stateWord: String {
        let words = [
            "unknown", "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2",
            "time-wait", "unconnected", "close-wait", "last-ack", "listen", "closing",
        ]
        return Int(state) < words.count ? words[Int(state)] : "unknown"
    }

    /// True for what waits for others: a listener, or a bound socket without a partner.
    var isOpen: Bool {
        state == Self.listening || (network != .tcp && state == Self.closed)
    }

    /// True for what is a resource: no rests that the kernel keeps after their program let go
    /// of them, and of unix sockets those with a name that others can connect to.
    var isResource: Bool {
        switch network {
        case .unix: path != nil && isOpen
        case .tcp:
            inode != 0 || state == Self.established || state == Self.listening || state == 2
        case .udp, .udplite, .raw, .packet: inode != 0
        }
    }
}
