import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

/// A graph with the types of a fleet and its authority, and the decisions on it.
struct Gatehouse {
    static let noon = WallTime(milliseconds: 1_795_000_000_000)
    static let authority = "SHA256:ours"

    let graph: Graph<SimulatedStore>
    let ids = SimulatedEntropy(seed: 5)

    init() throws {
        graph = try Graph(store: SimulatedStore(), mounts: [.root])
        try commit(
            try (CoreTypes.all + FleetTypes.members).map { type in
                .create(
                    Draft(
                        id: ids.identifier(at: Self.noon), type: CoreTypes.type.name,
                        namespace: .root, name: try ResourceName(type.name.text), data: type.data))
            })
        let founding = Founding(
            name: try ResourceName("pi-1"), key: key(1), sealing: key(101),
            addresses: ["192.0.2.1:7300"], authority: [1, 2, 3], fingerprint: Self.authority,
            sealed: .list([["machine": "pi-1"]]), certificate: certificate(1))
        try commit(
            founding.commands(
                ids: (ids.identifier(at: Self.noon), ids.identifier(at: Self.noon)),
                founder: .local(uid: 0), at: position))
    }

    var position: Position { graph.applied(.root) }

    func key(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

    func certificate(_ number: UInt64) -> GrantedCertificate {
        GrantedCertificate(
            bytes: [9], serial: Identifier(high: 0, low: number), until: Position(3_000_001))
    }

    /// Commits as the log would: filters, then apply, or the refusal.
    func commit(_ commands: [Command]) throws {
        var transaction = try graph.begin(.root)
        try FilterChain().check(
            Batch(commands), by: .system("test"), on: transaction, now: Self.noon)
        let header = EntryHeader(
            log: .root, position: position.next, author: .system("test"), time: Self.noon)
        _ = try transaction.apply(header, Batch(commands))
        _ = try graph.commit(transaction, chain: [])
    }

    /// Makes an invitation and gives what its bearer shows.
    func invite(
        _ role: NodeRole = .client, automatic: Bool = true, seconds: Int64 = 3600
    ) throws -> Applicant.Invitation {
        let id = ids.identifier(at: Self.noon)
        let digest = [UInt8](id.bytes + id.bytes)
        try commit(
            try Membership().invite(
                id, digest: digest, role: role, isAutomatic: automatic,
                expires: Self.noon.advanced(byMilliseconds: seconds * 1000),
                maker: .local(uid: 0), now: Self.noon))
        return Applicant.Invitation(id: id, digest: digest)
    }

    func applicant(
        _ name: String, _ number: UInt8, _ invitation: Applicant.Invitation?,
        authority: String = Self.authority
    ) throws -> Applicant {
        Applicant(
            name: try ResourceName(name), key: key(number), sealing: key(number &+ 100),
            addresses: ["192.0.2.\(number):7300"], authority: authority, invitation: invitation)
    }

    func verdict(
        _ applicant: Applicant, seconds: Int64 = 0
    ) throws -> AdmissionVerdict {
        try Admission().judge(
            applicant, on: graph, at: position,
            now: Self.noon.advanced(byMilliseconds: seconds * 1000))
    }

    func refusal(_ applicant: Applicant, seconds: Int64 = 0) throws -> Refusal? {
        do {
            _ = try verdict(applicant, seconds: seconds)
            return nil
        } catch let refusal as Refusal { return refusal }
    }

    /// Lets a machine in, all the way.
    @discardableResult
    func admit(_ name: String, _ number: UInt8, _ role: NodeRole = .client) throws -> Applicant {
        let now = try graph.resource(
            FleetTypes.authority.name, try ResourceName("fleet"), in: .root)
        let applicant = try applicant(
            name, number, try invite(role),
            authority: now?.data["fingerprint"]?.text ?? Self.authority)
        guard case .certify(let terms) = try verdict(applicant) else {
            Issue.record("\(name) is not let in")
            return applicant
        }
        try commit(
            Admission().commands(
                applicant, terms, certificate: certificate(UInt64(number)),
                id: ids.identifier(at: Self.noon)))
        return applicant
    }

    func node(_ name: String) throws -> Resource {
        try Membership().node(try ResourceName(name), on: graph)
    }
}
