internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import Trust

extension FleetNode {
    /// Listens on the bus as the node that `pass` names, and reaches others from it.
    func stand(_ pass: FleetPass, at address: BusAddress) throws(NodeError) {
        do throws(BusError) {
            let identity = try TLSIdentity(
                certificate: pass.certificate, authority: pass.roll.authority, key: key)
            let peers = TLSPeers(
                identity: identity, loops: loops, book: book,
                trust: { [weak self] in
                    self?.check ?? CertificateCheck(authorities: [], now: nil, position: nil)
                },
                directory: { [weak self] in self?.entry(of: $0) })
            let entries = EntryService<LinuxDisk> { [weak self] mount in
                self?.circle.writers.first { $0.sequencer.mount == mount }?.sequencer.log
            }
            let server = PeerServer(
                identity: identity,
                gate: PeerGate(
                    trust: { [weak self] in
                        self?.check ?? CertificateCheck(authorities: [], now: nil, position: nil)
                    },
                    authorise: { [weak self] node, path throws(BusError) in
                        try self?.authorise(node, path)
                    }),
                loops: loops, book: book,
                handler: { [weak self] caller, request in
                    self?.answer(caller, request) ?? .failure(FleetNode.stopping)
                })
            let etcd = RovingEtcd(
                endpoints: { [weak self] in self?.etcdEndpoints ?? [] },
                security: { [weak self] () throws(BusError) in
                    guard let self else { throw FleetNode.stopping }
                    return try etcdSecurity()
                })
            _ = try server.listen(host: address.host, port: address.port)
            state.withLock {
                $0.standing = Standing(
                    pass: pass, peers: peers, server: server, etcd: etcd, entries: entries)
            }
            attach(peers, etcd)
        } catch {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        }
    }

    private func attach(_ peers: TLSPeers, _ etcd: RovingEtcd) {
        let clock = clock
        links.attach(peers: peers, others: { [weak self] in self?.others ?? [] }) {
            name, log, mount throws(LogError) in
            EtcdLogCluster(name: name, calls: etcd, clock: clock, log: log, mount: mount)
        }
    }

    static var stopping: BusError {
        BusError(
            .unreachable, operation: "use", subject: "the bus", cause: "this node is stopping",
            remedy: "start it again")
    }

    // MARK: Who is who

    /// The fleet as the graph says, read once for each position; nil when it cannot be read.
    var view: FleetView? {
        let position = circle.graph.applied(.root)
        if let known = state.withLock({ $0.view }), known.position == position {
            return known.fleet
        }
        // Who asks refuses, or goes by the pass.
        guard let fleet = try? FleetView(circle.graph) else { return nil }
        state.withLock { $0.view = (fleet, position) }
        return fleet
    }

    var roll: FleetRoll? { state.withLock { $0.standing?.pass.roll } }

    /// How certificates are judged here and now.
    var check: CertificateCheck {
        let view = view
        var authorities = view?.authorities ?? []
        // Before the log is here, the authority that was pinned while joining.
        if authorities.isEmpty { authorities = [roll?.authority].compactMap(\.self) }
        return CertificateCheck(
            authorities: authorities, now: clock.now,
            position: view.map { _ in circle.graph.applied(.root) },
            revoked: view?.revoked ?? [])
    }

    /// Where a node is reached.
    private func entry(of name: ResourceName) -> TLSPeers.Entry? {
        if let node = view?[name.text], node.belongs {
            return TLSPeers.Entry(key: node.key, addresses: node.addresses)
        }
        return roll?.nodes.first { $0.name == name.text }.map {
            TLSPeers.Entry(key: $0.key, addresses: $0.addresses)
        }
    }

    /// All other nodes that belong, voters first.
    var others: [ResourceName] {
        let members = view?.members ?? []
        let known = members.sorted { ($0.role == .voter ? 0 : 1) < ($1.role == .voter ? 0 : 1) }
            .map(\.name)
        let names =
            known.isEmpty
            ? (roll?.nodes ?? []).compactMap { try? ResourceName($0.name) } : known
        return names.filter { $0 != name }
    }

    /// Lets nodes ask that belong, by the key the log has.
    private func authorise(_ node: Passport, _ path: String) throws(BusError) {
        guard let view else {
            throw BusError(
                .refused, operation: "ask", subject: printable(path),
                cause: "this node cannot read who belongs to the fleet", remedy: "ask another node")
        }
        let known = view[node.name]
        let isListed = roll?.nodes.contains { $0.name == node.name && $0.key == node.key } ?? false
        if let known {
            if known.belongs, known.key == node.key { return }
        } else if isListed {
            return
        }
        throw BusError(
            .forbidden, operation: "ask", subject: printable(path),
            cause: "\(printable(node.name)) does not belong to this fleet",
            remedy: "invite it with pisces node invite")
    }
}
