public import Resources

/// A machine that becomes the first node of a fleet.
public struct Founding: Sendable {
    /// Its name.
    public var name: ResourceName
    /// The key it signs and connects with.
    public var key: [UInt8]
    /// The key that values are sealed to for it.
    public var sealing: [UInt8]
    /// Where it may be reached, as `host:port`.
    public var addresses: [String]
    /// The authority's certificate, DER.
    public var authority: [UInt8]
    /// The fingerprint of the authority's key.
    public var fingerprint: String
    /// The authority's private key, sealed to this machine.
    public var sealed: Value
    /// Its own certificate.
    public var certificate: GrantedCertificate

    /// The first node of a fleet.
    public init(
        name: ResourceName, key: [UInt8], sealing: [UInt8], addresses: [String],
        authority: [UInt8], fingerprint: String, sealed: Value, certificate: GrantedCertificate
    ) {
        self.name = name
        self.key = key
        self.sealing = sealing
        self.addresses = addresses
        self.authority = authority
        self.fingerprint = fingerprint
        self.sealed = sealed
        self.certificate = certificate
    }

    /// The commands that make the fleet: its authority and its first node, in one batch, decided
    /// at `position`. A second founding finds the names taken.
    public func commands(
        ids: (authority: Identifier, node: Identifier), founder: Identity, at position: Position
    ) -> [Command] {
        let fleet: ResourceName
        do throws(NameError) { fleet = try ResourceName("fleet") } catch {
            preconditionFailure("the name is spelled right: \(error.reason)")
        }
        let renew = Renewal.position(from: position, to: certificate.until)
        return [
            .create(
                Draft(
                    id: ids.authority, type: FleetTypes.authority.name, namespace: .root,
                    name: fleet,
                    data: [
                        "certificate": .bytes(authority), "fingerprint": .text(fingerprint),
                        "sealed": sealed, "version": 1, "holders": .list([.bytes(key)]),
                    ])),
            .create(
                Draft(
                    id: ids.node, type: FleetTypes.node.name, namespace: .root, name: name,
                    data: [
                        "key": .bytes(key), "sealing": .bytes(sealing),
                        "certificate": .bytes(certificate.bytes),
                        "serial": .text(certificate.serial.description),
                        "addresses": .list(addresses.map(Value.text)),
                        "role": .text(NodeRole.voter.rawValue),
                        "state": .text(NodeState.active.rawValue),
                        "approved": .text(founder.text),
                        "since": .int(Int64(clamping: position.rawValue)),
                        "renew": .int(Int64(clamping: renew.rawValue)),
                    ])),
        ]
    }
}
