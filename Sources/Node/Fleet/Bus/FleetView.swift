internal import Bus
internal import Host
internal import MMSGraph
internal import Resources
internal import Trust
internal import ZeroProcs

/// The fleet as a state of the graph says.
struct FleetView: Sendable {
    /// A node that belongs, or that waits to.
    struct Node: Sendable {
        var name: ResourceName
        var key: SignerKey
        var role: NodeRole
        var state: NodeState
        var addresses: [String]
        var resource: Resource

        var belongs: Bool { state == .active || state == .draining }
        /// Where its bus listens, as it said last.
        var bus: BusAddress? { addresses.lazy.compactMap { BusAddress($0) }.first }
    }

    /// All nodes, those that were removed too, in order of their names.
    var nodes: [Node] = []
    /// The resource of the authority; nil before there is a fleet.
    var authority: Resource?
    /// The resource of the authority of etcd.
    var etcdAuthority: Resource?
    /// The one that shall take its place; nil where none shall.
    var etcdNext: Resource?
    /// The machines that were given up.
    var lapsed: Set<ResourceName> = []
    /// What the fleet log shall rest on.
    var replication: Resource?
    /// How the log was founded anew last; nil when it never was.
    var refounded: Refounded?
    /// The network of tunnels; nil where none is wanted.
    var overlay: Resource?
    /// Keys that are accepted no more.
    var revoked: Set<Fingerprint> = []

    init<S: OrderedStore>(_ graph: Graph<S>) throws(GraphError) {
        let reader = try graph.reader()
        for resource in try reader.all(FleetTypes.node.name, in: .root) {
            let former = resource.data["former"]?.list?.compactMap(\.bytes) ?? []
            for bytes in former { revoke(bytes) }
            guard let node = Self.node(resource) else { continue }
            if node.state == .removed { revoked.insert(node.key.fingerprint) }
            nodes.append(node)
        }
        nodes.sort { $0.name < $1.name }
        authority = try reader.resource(
            FleetTypes.authority.name, FleetLogTypes.only, in: .root)
        etcdAuthority = try reader.resource(
            FleetTypes.authority.name, FleetNames.etcd, in: .root)
        etcdNext = try reader.resource(
            FleetTypes.authority.name, FleetNames.etcdNext, in: .root)
        lapsed = Set(try reader.all(Lapse.type.name, in: .root).map(\.name))
        replication = try reader.resource(
            FleetLogTypes.replication.name, FleetLogTypes.only, in: .root)
        overlay = try reader.resource(Overlay.type.name, Overlay.name, in: .root)
        refounded = try reader.all(Refounded.type.name, in: .root)
            .compactMap { Refounded(data: $0.data) }.max { $0.from < $1.from }
    }

    private mutating func revoke(_ key: [UInt8]) {
        // What is no key was never accepted.
        if let key = try? SignerKey(bytes: key) { revoked.insert(key.fingerprint) }
    }

    private static func node(_ resource: Resource) -> Node? {
        guard let key = resource.data["key"]?.bytes.flatMap({ try? SignerKey(bytes: $0) }),
            let role = resource.data["role"]?.text.flatMap(NodeRole.init(rawValue:)),
            let state = resource.data["state"]?.text.flatMap(NodeState.init(rawValue:))
        else { return nil }
        return Node(
            name: resource.name, key: key, role: role, state: state,
            addresses: resource.data["addresses"]?.list?.compactMap(\.text) ?? [],
            resource: resource)
    }

    /// Those that belong.
    var members: [Node] { nodes.filter(\.belongs) }

    subscript(name: String) -> Node? { nodes.first { $0.name.text == name } }

    /// The certificates that are accepted to vouch.
    var authorities: [Certificate] {
        let former = authority?.data["former"]?.list?.compactMap(\.bytes) ?? []
        let all = [authority?.data["certificate"]?.bytes].compactMap(\.self) + former
        return all.compactMap { try? Certificate(bytes: $0) }
    }

    /// How far the replacement of etcd's authority is; `isLeaving` while the log leaves the members.
    func replacement(isLeaving: Bool) -> AuthorityReplacement {
        let keepers = voters + [learner].compactMap(\.self)
        return AuthorityReplacement(
            .init(
                present: etcdAuthority, next: etcdNext, nodes: nodes.map(\.resource),
                members: Set(keepers), lone: loneVoter, lapsed: lapsed, isLeaving: isLeaving))
    }

    /// How many steps of replacements etcd's authority has taken.
    var etcdStep: Int64 { etcdAuthority?.data["step"]?.int ?? 0 }

    /// Whom members and clients of etcd trust: who vouches first.
    var etcdTrusted: [Certificate] {
        let former = etcdAuthority?.data["former"]?.list?.compactMap(\.bytes) ?? []
        let now = [etcdAuthority, etcdNext].compactMap { $0?.data["certificate"]?.bytes }
        return (now + former).compactMap { try? Certificate(bytes: $0) }
    }

    /// What a machine that joins must know; nil before there is a fleet.
    func roll(cluster: Identifier, log: Identifier) -> FleetRoll? {
        guard let authority = authorities.first else { return nil }
        let order = members.sorted { ($0.role == .voter ? 0 : 1) < ($1.role == .voter ? 0 : 1) }
        return FleetRoll(
            cluster: cluster, log: log, authority: authority,
            nodes: order.map {
                .init(
                    name: $0.name.text, key: $0.key, role: $0.role, addresses: $0.addresses)
            })
    }

    /// The name of the cluster the log is to rest on: another one with each founding.
    var clusterName: String { "etcd-\(replication?.data["founding"]?.int ?? 0)" }

    /// The machine that is to keep a member of etcd which does not vote.
    var learner: ResourceName? {
        replication?.data["learner"]?.text.flatMap { try? ResourceName($0) }
    }

    /// Who is to vote alone, and who to follow; nil where others are to keep members.
    var loneVoter: LoneVoter? {
        guard wantsCluster, let learner, let voter = voters.first, voters.count == 1 else {
            return nil
        }
        return LoneVoter(voter: voter, learner: learner)
    }

    /// The machines that are to keep voting members of etcd.
    var voters: [ResourceName] {
        (replication?.data["members"]?.list ?? []).compactMap { value in
            value.text.flatMap { try? ResourceName($0) }
        }
    }

    /// Who is to keep a member of etcd, as far as it is known where they are.
    var seats: [MemberSeat] {
        let wanted =
            voters.map { ($0, MemberSeat.Role.voter) }
            + [learner].compactMap(\.self).map { ($0, .learner) }
        return wanted.compactMap { machine, role in
            self[machine.text]?.bus.map {
                MemberSeat(machine: machine, role: role, peer: $0.etcdPeer)
            }
        }
    }

    /// True when the log shall rest on a cluster.
    var wantsCluster: Bool { replication?.data["mode"]?.text == "etcd" }
}

/// Names of resources of the fleet.
enum FleetNames {
    /// What vouches for members and clients of etcd, and for nothing else.
    static let etcd = known("etcd")
    /// What shall do so, until it does (RFD 0027).
    static let etcdNext = known("etcd-next")

    private static func known(_ name: StaticString) -> ResourceName {
        do throws(NameError) { return try ResourceName("\(name)") } catch {
            preconditionFailure("\(name) is no name: \(error.reason)")
        }
    }
}
