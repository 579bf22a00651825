import Resources

@testable import Trust

/// A fleet whose keys, numbers and times are the same in every run.
struct FleetKeys {
    static let start = WallTime(milliseconds: 1_795_000_000_000)
    static let cluster = Identifier(high: 1, low: 2)

    let authority: CertificateAuthority
    let key: MachineKey

    init(_ number: UInt8 = 1) throws {
        authority = try CertificateAuthority(
            founding: Self.cluster, key: try Self.machine(number),
            serial: Identifier(high: 0, low: UInt64(number)), now: Self.start, at: Position(1))
        key = try Self.machine(100)
    }

    /// The key of a machine by its number.
    static func machine(_ number: UInt8) throws -> MachineKey {
        try MachineKey(seed: SecretBytes(copying: [UInt8](repeating: number, count: 64)))
    }

    /// A certificate for the machine `pi-2`.
    func certificate(
        _ role: NodeRole = .client, at position: UInt64 = 10, hosts: [Passport.Host] = []
    ) throws -> Certificate {
        try authority.issue(
            to: "pi-2", key: key.signerKey, as: role, serial: Identifier(high: 3, low: 4),
            now: Self.start, at: Position(position), hosts: hosts)
    }

    /// The check of a node of this fleet, `days` later, that has read up to `position`.
    func check(days: Int64 = 0, position: UInt64 = 20) -> CertificateCheck {
        CertificateCheck(
            authorities: [authority.certificate],
            now: Self.start.advanced(byMilliseconds: days * 86_400_000),
            position: Position(position))
    }
}

/// The kind of refusal of `body`; nil when it passes.
func refusal(_ body: () throws -> Void) -> TrustError.Kind? {
    do {
        try body()
        return nil
    } catch let error as TrustError { return error.kind } catch { return nil }
}
