public import Resources

/// What a machine asks of a fleet: to vouch for its keys. Signed with the key it is about, so that
/// nobody asks for the key of another. Format: Docs/Formats/certificates.md.
public struct JoinRequest: Hashable, Sendable {
    /// The name the machine wants.
    public let name: String
    /// The key it signs and connects with.
    public let key: SignerKey
    /// The key that values are sealed to for it.
    public let sealing: SealingKey
    /// Where it may be reached, as `host:port`.
    public let addresses: [String]
    /// The invitation it was given; nil when a machine of the fleet renews its certificate.
    public let invitation: Identifier?
    /// The authority it asks.
    public let authority: Fingerprint
    /// Its bytes.
    public let bytes: [UInt8]

    private static let format: Int64 = 1

    /// The request of the machine that holds `key`.
    public init(
        name: String, addresses: [String], invitation: Identifier?, authority: Fingerprint,
        signedBy key: MachineKey
    ) throws(TrustError) {
        self.name = name
        self.key = key.signerKey
        sealing = key.sealingKey
        self.addresses = Array(addresses.prefix(Limits.nodeAddresses.value))
        self.invitation = invitation
        self.authority = authority
        var body = CBORWriter()
        body.beginList(7)
        body.write(Self.format)
        body.write(name)
        body.write(bytes: self.key.bytes)
        body.write(bytes: sealing.bytes)
        body.beginList(self.addresses.count)
        for address in self.addresses { body.write(address) }
        if let invitation { body.write(invitation) } else { body.writeNull() }
        body.write(authority.description)
        let signature = try key.sign(ContentDigest(of: body.bytes), as: .join)
        var writer = CBORWriter()
        writer.beginList(2)
        writer.write(bytes: body.bytes)
        writer.write(bytes: signature.bytes)
        bytes = writer.bytes
    }

    /// Reads a request and checks that the holder of its key made it.
    public init(bytes: [UInt8]) throws(TrustError) {
        guard bytes.count <= Limits.busStrangerBytes.value else {
            throw Self.badForm("it has \(bytes.count) bytes")
        }
        let halves: (body: [UInt8], signature: [UInt8])?
        let parts: Parts?
        do throws(CBORError) {
            halves = try Self.halves(bytes)
            parts = if let halves { try Self.parts(halves.body) } else { nil }
        } catch { throw Self.badForm(error.reason.rawValue) }
        guard let (body, signature) = halves, let parts,
            parts.addresses.count <= Limits.nodeAddresses.value,
            parts.addresses.allSatisfy({ (1...255).contains($0.utf8.count) })
        else { throw Self.badForm("a part of it is no key, number or address") }
        name = parts.name
        key = try SignerKey(bytes: parts.key)
        sealing = try SealingKey(bytes: parts.sealing)
        addresses = parts.addresses
        invitation = parts.invitation
        authority = parts.authority
        self.bytes = bytes
        try key.verify(
            try Signature(bytes: signature), of: ContentDigest(of: body), as: .join)
        guard Passport.isName(name) else {
            throw Self.badForm("'\(printable(name))' cannot be the name of a machine")
        }
    }

    private struct Parts {
        var name: String
        var key: [UInt8]
        var sealing: [UInt8]
        var addresses: [String]
        var invitation: Identifier?
        var authority: Fingerprint
    }

    private static func halves(
        _ bytes: [UInt8]
    ) throws(CBORError) -> (body: [UInt8], signature: [UInt8])? {
        var reader = CBORReader(bytes)
        guard try reader.beginList() == 2 else { return nil }
        let body = try reader.readBytes()
        let signature = try reader.readBytes()
        try reader.finish()
        return (body, signature)
    }

    private static func parts(_ body: [UInt8]) throws(CBORError) -> Parts? {
        var reader = CBORReader(body)
        guard try reader.beginList() == 7, try reader.readInt() == format else { return nil }
        let name = try reader.readText()
        let key = try reader.readBytes()
        let sealing = try reader.readBytes()
        let addresses = try reader.readList { (reader) throws(CBORError) in
            try reader.readText()
        }
        let invitation = try reader.skipNull() ? nil : reader.readIdentifier()
        let authority = Fingerprint(try reader.readText())
        try reader.finish()
        guard let authority else { return nil }
        return Parts(
            name: name, key: key, sealing: sealing, addresses: addresses, invitation: invitation,
            authority: authority)
    }

    private static func badForm(_ cause: String) -> TrustError {
        TrustError(
            .badForm, operation: "read", subject: "a request to join", cause: cause,
            remedy: "run the same version of Pisces on both machines")
    }
}
