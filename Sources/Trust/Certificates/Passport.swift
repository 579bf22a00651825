public import Resources

/// What a certificate says: whose key it vouches for, as what, in which fleet, and for how long.
///
/// All of the certificate follows from it and is compared with it (Docs/Formats/certificates.md).
public struct Passport: Hashable, Sendable {
    /// The fleet.
    public var cluster: Identifier
    /// The machine's name; `fleet` for the authority itself.
    public var name: String
    /// What its key may be used for.
    public var use: Use
    /// The key that is vouched for.
    public var key: SignerKey
    /// The key of who vouches.
    public var authority: Fingerprint
    /// The number of the certificate.
    public var serial: Identifier
    /// The position of the fleet log at which it was made.
    public var issued: Position
    /// The last position at which it is valid; nil for the authority's own.
    public var until: Position?
    /// When it becomes valid by the calendar, in whole seconds.
    public var begin: WallTime
    /// When it ends by the calendar, in whole seconds.
    public var end: WallTime
    /// Other names and addresses of the holder, for programs that compare those.
    public var hosts: [Host] = []

    /// What a key is vouched for.
    public enum Use: Hashable, Sendable {
        /// To vouch for machines.
        case authority
        /// To be a machine of the fleet.
        case node(NodeRole)

        var text: String {
            switch self {
            case .authority: "authority"
            case .node(let role): role.rawValue
            }
        }

        init?(_ text: String) {
            if text == "authority" {
                self = .authority
            } else {
                guard let role = NodeRole(rawValue: text) else { return nil }
                self = .node(role)
            }
        }
    }

    /// A name of a host as certificates have it (RFC 5280 section 4.2.1.6).
    public enum Host: Hashable, Sendable {
        /// A name of the domain name system.
        case name(String)
        /// The 4 or 16 bytes of an address.
        case address([UInt8])
    }

    /// The machine's role; nil for the authority.
    public var role: NodeRole? {
        if case .node(let role) = use { role } else { nil }
    }
}

extension Passport {
    private static let format: Int64 = 1

    /// Its canonical CBOR: a list of 12.
    var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.beginList(12)
        writer.write(Self.format)
        writer.write(cluster)
        writer.write(name)
        writer.write(use.text)
        writer.write(bytes: key.bytes)
        writer.write(authority.description)
        writer.write(serial)
        writer.write(unsigned: issued.rawValue)
        if let until {
            writer.write(unsigned: until.rawValue)
        } else {
            writer.writeNull()
        }
        writer.write(begin.milliseconds / 1000)
        writer.write(end.milliseconds / 1000)
        writer.beginList(hosts.count)
        for host in hosts {
            switch host {
            case .name(let name): writer.write(name)
            case .address(let bytes): writer.write(bytes: bytes)
            }
        }
        return writer.bytes
    }

    /// Reads the encoding; nil when it is another.
    init?(encoded: [UInt8]) {
        var reader = CBORReader(encoded)
        do throws(CBORError) {
            guard let passport = try Self.read(&reader) else { return nil }
            try reader.finish()
            self = passport
        } catch { return nil }
    }

    private static func read(_ reader: inout CBORReader) throws(CBORError) -> Passport? {
        guard try reader.beginList() == 12, try reader.readInt() == format else { return nil }
        let cluster = try reader.readIdentifier()
        let name = try reader.readText()
        let use = Use(try reader.readText())
        let bytes = try reader.readBytes()
        let authority = Fingerprint(try reader.readText())
        let serial = try reader.readIdentifier()
        let issued = Position(try reader.readUnsigned())
        let until = reader.skipNull() ? nil : Position(try reader.readUnsigned())
        let begin = try seconds(&reader)
        let end = try seconds(&reader)
        let hosts = try reader.readList { (reader) throws(CBORError) -> Host? in
            switch try reader.readValue() {
            case .text(let name): name.utf8.count < 256 ? .name(name) : nil
            case .bytes(let bytes): [4, 16].contains(bytes.count) ? .address(bytes) : nil
            case .null, .bool, .int, .float, .list, .map: nil
            }
        }
        // The key is of 32 bytes: that it is a point of the curve is seen when it is used.
        guard let use, let authority, let begin, let end, !hosts.contains(nil),
            isName(name), let key = try? SignerKey(bytes: bytes)
        else { return nil }
        return Passport(
            cluster: cluster, name: name, use: use, key: key, authority: authority,
            serial: serial, issued: issued, until: until, begin: begin, end: end,
            hosts: hosts.compactMap(\.self))
    }

    /// Years 1970 to 9999: what the times of certificates can say.
    private static func seconds(_ reader: inout CBORReader) throws(CBORError) -> WallTime? {
        let seconds = try reader.readInt()
        guard (0..<253_402_300_800).contains(seconds) else { return nil }
        return WallTime(milliseconds: seconds * 1000)
    }

    static func isName(_ name: String) -> Bool {
        guard name.utf8.count <= Limits.nodeNameBytes.value, !name.contains("/") else {
            return false
        }
        do throws(NameError) { _ = try Namespace.machine(name) } catch { return false }
        return true
    }
}
