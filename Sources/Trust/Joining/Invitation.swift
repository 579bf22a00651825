public import Resources

/// The right of one machine to join a fleet, as it is handed over: a text that a person can type.
/// The log keeps the digest of its secret only. Format: Docs/Formats/certificates.md.
public struct Invitation: Sendable, Equatable {
    /// The resource that it is the secret of.
    public let id: Identifier
    /// 16 random bytes.
    public let secret: SecretBytes
    /// The begin of the digest that the authority's fingerprint shows.
    let authority: [UInt8]
    /// The begins of the digests that the fingerprints of machines show which may be asked; of an
    /// older fleet empty, then any machine may that the authority vouches for.
    let machines: [[UInt8]]
    /// When it ends.
    public let expires: WallTime
    /// Where nodes of the fleet may be reached, as `host:port`.
    public let addresses: [String]

    /// How much of a digest is in it.
    private static let keyBytes = 16

    /// An invitation by the authority of that fingerprint, for `addresses`, where the machines of
    /// the fingerprints `machines` answer; `random` is its secret.
    public init(
        id: Identifier, random: (UInt64, UInt64), authority: Fingerprint,
        machines: [Fingerprint] = [], expires: WallTime, addresses: [String]
    ) {
        self.id = id
        var bytes = Identifier(high: random.0, low: random.1).bytes
        secret = SecretBytes(taking: &bytes)
        self.authority = authority.prefix(Self.keyBytes)
        self.machines = machines.prefix(Limits.nodeAddresses.value).map {
            $0.prefix(Self.keyBytes)
        }
        self.expires = expires
        self.addresses = Array(addresses.prefix(Limits.nodeAddresses.value))
    }

    /// What the log keeps of the secret.
    public var digest: [UInt8] { Self.digest(of: secret) }

    /// What the log keeps of a secret.
    public static func digest(of secret: SecretBytes) -> [UInt8] {
        secret.withBytes { ContentDigest(of: $0).bytes }
    }

    /// True when the fleet that invites has the authority of that fingerprint.
    public func isOf(_ fingerprint: Fingerprint) -> Bool {
        equalInConstantTime(fingerprint.prefix(Self.keyBytes), authority)
    }

    /// True for a machine that may be asked: who has only the authority's key is none (RFD 0027).
    public func names(_ machine: Fingerprint) -> Bool {
        machines.isEmpty || machines.contains(machine.prefix(Self.keyBytes))
    }
}

extension Invitation {
    private static let prefix = "pisces-join-"

    /// Its text: `pisces-join-`, then groups of letters and digits that are hard to confuse, the
    /// last of them a checksum.
    public var text: String {
        var writer = CBORWriter()
        writer.beginList(machines.isEmpty ? 6 : 7)
        writer.write(Int64(machines.isEmpty ? 1 : 2))
        writer.write(id)
        writer.write(bytes: secret.withBytes { $0 })
        writer.write(bytes: authority)
        writer.write(expires.milliseconds)
        writer.beginList(addresses.count)
        for address in addresses { writer.write(address) }
        if !machines.isEmpty {
            writer.beginList(machines.count)
            for machine in machines { writer.write(bytes: machine) }
        }
        let letters = Base32.encode(writer.bytes + Self.checksum(writer.bytes))
        let groups = stride(from: 0, to: letters.count, by: 8).map { start in
            String(decoding: letters[start..<min(start + 8, letters.count)], as: UTF8.self)
        }
        return Self.prefix + groups.joined(separator: "-")
    }

    /// Reads the text, in either case, with or without spaces and hyphens. Says apart what was
    /// mistyped and what is none.
    public init(_ text: String) throws(TrustError) {
        guard text.utf8.count <= Limits.invitationText.value else {
            throw Self.refusal(
                .tooLarge,
                "it has \(text.utf8.count) characters; the limit is "
                    + "\(Limits.invitationText.value)")
        }
        let plain = text.utf8.filter { !($0 == 0x20 || 0x09...0x0D ~= $0) }
        let lower = plain.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
        guard lower.starts(with: Self.prefix.utf8) else {
            throw Self.refusal(.badForm, "it does not begin with \(Self.prefix)")
        }
        let letters = lower.dropFirst(Self.prefix.utf8.count).filter { $0 != UInt8(ascii: "-") }
        guard let bytes = Base32.decode(letters), bytes.count > 4 else {
            throw Self.refusal(.damaged, "it has a character that no invitation has")
        }
        let body = Array(bytes.dropLast(4))
        guard Self.checksum(body) == Array(bytes.suffix(4)) else {
            throw Self.refusal(.damaged, "its checksum is wrong: some characters were mistyped")
        }
        let read: Invitation?
        do throws(CBORError) { read = try Self.read(body) } catch {
            throw Self.refusal(.badForm, error.reason.rawValue)
        }
        guard let read else { throw Self.refusal(.badForm, "it is of another format") }
        self = read
    }

    private init(
        id: Identifier, secret: SecretBytes, authority: [UInt8], machines: [[UInt8]],
        expires: WallTime, addresses: [String]
    ) {
        self.id = id
        self.secret = secret
        self.authority = authority
        self.machines = machines
        self.expires = expires
        self.addresses = addresses
    }

    private static func read(_ body: [UInt8]) throws(CBORError) -> Invitation? {
        var reader = CBORReader(body)
        let (count, format) = (try reader.beginList(), try reader.readInt())
        guard count == 6 && format == 1 || count == 7 && format == 2 else { return nil }
        let id = try reader.readIdentifier()
        var secret = try reader.readBytes()
        let authority = try reader.readBytes()
        let expires = WallTime(milliseconds: try reader.readInt())
        let addresses = try reader.readList { (reader) throws(CBORError) in
            try reader.readText()
        }
        let machines =
            format == 1
            ? []
            : try reader.readList { (reader) throws(CBORError) in try reader.readBytes() }
        try reader.finish()
        guard secret.count == 16, authority.count == keyBytes,
            addresses.count <= Limits.nodeAddresses.value,
            machines.count <= Limits.nodeAddresses.value, machines.isEmpty == (format == 1),
            machines.allSatisfy({ $0.count == keyBytes })
        else { return nil }
        return Invitation(
            id: id, secret: SecretBytes(taking: &secret), authority: authority,
            machines: machines, expires: expires, addresses: addresses)
    }

    private static func checksum(_ body: [UInt8]) -> [UInt8] {
        Array(ContentDigest(of: Array("pisces invitation 1".utf8) + [0] + body).bytes.prefix(4))
    }

    private static func refusal(_ kind: TrustError.Kind, _ cause: String) -> TrustError {
        TrustError(
            kind, operation: "read", subject: "the invitation", cause: cause,
            remedy: "copy the whole text that pisces node invite printed")
    }
}

extension Fingerprint {
    fileprivate func prefix(_ count: Int) -> [UInt8] { Array(digest.prefix(count)) }
}

/// Crockford's base 32: no letter looks like a digit, and those that do are read as it.
enum Base32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var (word, bits): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            word = word << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(word >> bits & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(word << (5 - bits) & 31)]) }
        return text
    }

    /// Lower-case letters and digits; nil for others, and when the last bits are not zero.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (word, bits): (UInt32, UInt32) = (0, 0)
        for character in text {
            guard let digit = alphabet.firstIndex(of: plain(character)) else { return nil }
            word = word << 5 | UInt32(digit)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> bits))
            }
        }
        return bits < 5 && word & (1 << bits - 1) == 0 ? bytes : nil
    }

    private static func plain(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "o"): UInt8(ascii: "0")
        case UInt8(ascii: "i"), UInt8(ascii: "l"): UInt8(ascii: "1")
        default: character
        }
    }
}
