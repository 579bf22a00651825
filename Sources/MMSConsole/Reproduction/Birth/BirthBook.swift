internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// The births over the network that this machine gives: each is a resource of type `reproduction`
/// that is named after its invitation.
final class BirthBook: Sendable {
    private let node: LinuxNode
    private let clock = LinuxClock()
    private let content = Mutex<Content?>(nil)

    /// Where the content of one generation is, found once.
    private struct Content: Sendable {
        let generation: ContentDigest
        let description: [UInt8]
        let sources: BlobSources
    }

    init(_ node: LinuxNode) { self.node = node }

    // MARK: What is given

    /// At most `count` bytes of content for a birth that is under way.
    func piece(
        of digest: ContentDigest, at offset: Int64, count: Int, for birth: Identifier
    ) throws(ReproductionError) -> [UInt8] {
        var controller = try open(birth).controller
        guard try !RunningSystem(node).policy.isStopped else {
            throw ReproductionError(
                .notAllowed, operation: "go on with", subject: controller.plan.target,
                cause: "births are switched off", remedy: "set stopped to false in birthpolicy")
        }
        let content = try content(of: controller.plan.generation)
        if case .described = controller.state {
            try controller.take(.began)
            try write(controller, birth)
        }
        if digest == content.generation {
            return Array(content.description.dropFirst(Int(clamping: offset)).prefix(count))
        }
        let reader = try content.sources.open(digest)
        var bytes = [UInt8](repeating: 0, count: max(0, min(count, Int(reader.size - offset))))
        let read = try reader.read(into: &bytes, at: offset)
        return Array(bytes.prefix(read))
    }

    private func content(of generation: ContentDigest) throws(ReproductionError) -> Content {
        if let known = content.withLock({ $0 }), known.generation == generation { return known }
        let system = RunningSystem(node)
        guard let description = try system.description(of: generation) else {
            throw ReproductionError(
                .missing, operation: "give", subject: "\(generation)",
                cause: "this machine is another system meanwhile",
                remedy: "invite the new machine again with pisces birth invite")
        }
        let found = Content(
            generation: generation, description: description.encoded,
            sources: BlobSources(try system.sources))
        content.withLock { $0 = found }
        return found
    }

    // MARK: What is written down

    /// Writes down that a machine of that name may be born, before anybody can ask for it.
    func begin(
        _ birth: Identifier, _ target: ResourceName, of description: Description
    ) throws(ReproductionError) {
        try endExpired()
        let controller = Controller(
            .init(
                generation: description.digest, sequence: description.sequence, kind: .machine,
                target: target.text))
        try write(controller, birth)
    }

    /// Writes down that it was born as `generation`, and certifies it.
    func certify(
        _ child: SignerKey, birth: Identifier, as generation: ContentDigest
    ) throws(ReproductionError) -> [Lineage] {
        let book = LineageBook(node)
        guard let (controller, _) = try record(birth), controller.plan.generation == generation
        else {
            throw ReproductionError(
                .missing, operation: "certify", subject: "\(child.fingerprint)",
                cause: "this machine gave no such birth of \(generation)",
                remedy: "see pisces get reproduction")
        }
        if case .good = controller.state {
        } else {
            var controller = controller
            // Asked before it fetched anything, or from a medium: it shows what it became.
            if case .described = controller.state { try controller.take(.began) }
            try controller.take(.gathered)
            try controller.take(.began)
            try controller.take(.constructed(generation))
            try controller.take(.wasRead(generation))
            try write(controller, birth)
        }
        return try book.certify(child, birth: birth.description)
    }

    /// Ends births whose invitation nobody can use any more: they count no longer.
    private func endExpired() throws(ReproductionError) {
        for resource in try machines() where resource.data["ended"] == nil {
            guard let birth = Identifier(resource.name.text) else { continue }
            let invitation = try reading { () throws(GraphError) in
                try node.circle.graph.reader().resource(birth)
            }
            let expires = WallTime(milliseconds: invitation?.data["expires"]?.int ?? 0)
            guard invitation?.data["state"] != "used", expires <= clock.now else { continue }
            var controller = try Controller(data: resource.data)
            try controller.take(.aborted(reason: "its invitation has expired"))
            try write(controller, birth)
        }
    }

    private func open(
        _ birth: Identifier
    ) throws(ReproductionError) -> (controller: Controller, resource: Resource) {
        guard let found = try record(birth) else {
            throw ReproductionError(
                .refused, operation: "be born by", subject: "invitation \(birth)",
                cause: "it is one to join, not to be born",
                remedy: "make one with pisces birth invite")
        }
        guard !found.controller.state.isEnd else {
            throw ReproductionError(
                .refused, operation: "be born by", subject: "invitation \(birth)",
                cause: "that birth has ended: \(found.controller.state.word)",
                remedy: "make another with pisces birth invite")
        }
        return found
    }

    private func record(
        _ birth: Identifier
    ) throws(ReproductionError) -> (controller: Controller, resource: Resource)? {
        let found = try machines().first { $0.name.text == birth.description }
        return try found.map { (resource) throws(ReproductionError) in
            (try Controller(data: resource.data), resource)
        }
    }

    private func machines() throws(ReproductionError) -> [Resource] {
        try reading { () throws(GraphError) in
            try node.circle.graph.reader()
                .resources(
                    of: ReproductionTypes.reproduction.name, below: node.identity.namespace)
        }.filter { $0.data["kind"]?.text == ReproductionTarget.machine.rawValue }
    }

    private func write(
        _ controller: Controller, _ birth: Identifier
    ) throws(ReproductionError) {
        var data = controller.data
        let known = try record(birth)?.resource
        if known == nil { data["began"] = .int(clock.now.milliseconds) }
        if controller.state.isEnd { data["ended"] = .int(clock.now.milliseconds) }
        let command: Command
        if let known {
            command = .update(
                Update(id: known.id, expect: known.revision, data: data))
        } else {
            let name: ResourceName
            do throws(NameError) { name = try ResourceName(birth.description) } catch {
                preconditionFailure("an identifier is a name: \(error.reason)")
            }
            command = .create(
                Draft(
                    id: LinuxEntropy().identifier(at: clock.now),
                    type: ReproductionTypes.reproduction.name,
                    namespace: node.identity.namespace, name: name, data: data))
        }
        let outcome = node.circle.machine.propose(
            Proposal(
                caller: .system("controller"),
                batch: Batch([command], reason: controller.state.word), time: clock.now))
        guard case .failure(let refusal) = outcome else { return }
        // Two questions at once begin it; one of them is the first.
        if known != nil, refusal.code == .revisionMismatch { return }
        throw ReproductionError(
            .failed, operation: "log", subject: "the birth of \(controller.plan.target)",
            cause: refusal.message, remedy: "see pisces status")
    }

    private func reading<Answer>(
        _ work: () throws(GraphError) -> Answer
    ) throws(ReproductionError) -> Answer {
        do throws(GraphError) { return try work() } catch {
            throw ReproductionError(
                .failed, operation: "read", subject: error.subject, cause: error.cause,
                remedy: "see pisces status")
        }
    }
}
