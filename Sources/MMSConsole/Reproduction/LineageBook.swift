internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

/// The certificates of lineage that a machine has: those that lead to it, and those it gave to
/// its children. They are resources of type `lineage` in its own log.
struct LineageBook {
    let node: LinuxNode
    private let clock = LinuxClock()

    init(_ node: LinuxNode) { self.node = node }

    var key: SignerKey { node.apps.devices.key.signerKey }

    /// All of them, each verified.
    func all() throws(ReproductionError) -> [Lineage] {
        var found: [Lineage] = []
        for resource in try resources(of: ReproductionTypes.lineage) {
            found.append(try Lineage(data: resource.data))
        }
        return found
    }

    /// The births that lead to this machine.
    func chain() throws(ReproductionError) -> [Lineage] {
        try Lineage.chain(to: key, among: try all())
    }

    /// Certifies that what was built by a reproduction is the machine of that key. One birth gives
    /// one child; asked again for the same child, it gives the same certificate.
    func certify(_ child: SignerKey, birth name: String?) throws(ReproductionError) -> [Lineage] {
        let (all, chain) = (try all(), try chain())
        if let known = all.first(where: { $0.child == child && $0.parent == key }) {
            return chain + [known]
        }
        let generation = try generation(ofBirth: name)
        let births = try self.births().count { $0.generation == generation }
        let given = all.count { $0.parent == key && $0.generation == generation }
        guard given < births else {
            throw ReproductionError(
                .notAllowed, operation: "certify", subject: "\(child.fingerprint)",
                cause: "this machine made \(births) systems of \(generation), and each has its "
                    + "certificate", remedy: "build another with pisces reproduce")
        }
        let link = try Lineage(
            child: child, generation: generation, number: (chain.last?.number ?? 0) + 1,
            parent: node.apps.devices.key)
        try write([("child-\(LinuxEntropy().identifier(at: clock.now))", link)])
        return chain + [link]
    }

    /// Takes the certificates that lead to this machine, as its parent gave them.
    func take(_ chain: [Lineage], bornAs generation: ContentDigest?) throws(ReproductionError) {
        guard let own = chain.last, own.child == key else {
            throw refusal("the last one is of another machine", "certify \(key)")
        }
        guard own.generation == generation else {
            throw refusal(
                "it is of \(own.generation), and this machine was not born as that",
                "certify the birth that this machine came from")
        }
        let known = try self.chain()
        if known == chain { return }
        guard known.isEmpty else {
            throw refusal("this machine has a lineage already", "keep it: nobody is born twice")
        }
        try write(chain.map { ("birth-\($0.number)", $0) })
    }

    private struct Birth {
        let name: String
        let generation: ContentDigest
        let ended: Int64
    }

    /// The systems that this machine made, in order of time.
    private func births() throws(ReproductionError) -> [Birth] {
        try resources(of: ReproductionTypes.reproduction).compactMap { resource in
            guard resource.data["state"] == "good", resource.data["kind"] != "directory",
                resource.data["kind"] != "slot", resource.data["kind"] != "host",
                let generation = resource.data["generation"]?.text.flatMap({ ContentDigest($0) })
            else { return nil }
            return Birth(
                name: resource.name.text, generation: generation,
                ended: resource.data["ended"]?.int ?? 0)
        }.sorted { ($0.ended, $0.name) < ($1.ended, $1.name) }
    }

    private func generation(ofBirth name: String?) throws(ReproductionError) -> ContentDigest {
        let births = try births()
        guard let birth = name.map({ name in births.first { $0.name == name } }) ?? births.last
        else {
            throw ReproductionError(
                .missing, operation: "certify", subject: printable(name ?? "a birth"),
                cause: "this machine did not make such a system",
                remedy: "see pisces get reproduction")
        }
        return birth.generation
    }

    private func resources(
        of type: TypeDefinition
    ) throws(ReproductionError) -> [Resource] {
        do throws(GraphError) {
            return try node.circle.graph.reader()
                .resources(of: type.name, below: node.identity.namespace)
        } catch {
            throw ReproductionError(
                .failed, operation: "read \(type.name) of", subject: error.subject,
                cause: error.cause, remedy: "see pisces status")
        }
    }

    private func write(
        _ links: [(name: String, link: Lineage)]
    ) throws(ReproductionError) {
        var commands: [Command] = []
        for (text, link) in links {
            guard let name = try? ResourceName(text) else { continue }
            commands.append(
                .create(
                    Draft(
                        id: LinuxEntropy().identifier(at: clock.now),
                        type: ReproductionTypes.lineage.name,
                        namespace: node.identity.namespace, name: name, data: link.data)))
        }
        let outcome = node.circle.machine.propose(
            Proposal(
                caller: .system("controller"), batch: Batch(commands, reason: "lineage"),
                time: clock.now))
        if case .failure(let refusal) = outcome {
            throw ReproductionError(
                .failed, operation: "log", subject: "the lineage", cause: refusal.message,
                remedy: "see pisces status")
        }
    }

    private func refusal(_ cause: String, _ remedy: String) -> ReproductionError {
        ReproductionError(
            .untrusted, operation: "take", subject: "the lineage", cause: cause, remedy: remedy)
    }
}
