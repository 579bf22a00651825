internal import Host
internal import MMSGraph
internal import Node
public import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

extension ConsoleServer {
    /// Takes over what the image that this machine runs from was described with: the apps and the
    /// desired state of its parent. For the first boot: what people change later stays changed.
    /// One that joins a fleet takes its bundles and images only: what the fleet shall be, it says
    /// itself. Gives one line for the screen.
    public func inheritImage(joining: Bool) throws(ServerError) -> String {
        do throws(Refusal) {
            let inheritor = Inheritor(
                api: api, caller: .system("controller"), reason: "born from an image")
            let copy = CopyDirectory("/pisces")
            let taken = joining ? try inheritor.takeContent(copy) : try inheritor.take(copy)
            return "inherited \(taken.made) resources, \(taken.bundles) bundles and "
                + "\(taken.images) images"
        } catch {
            throw ServerError(
                operation: "inherit", subject: "what the image has", cause: error.message)
        }
    }

    /// Keeps the address that a machine was born with, so that its next boots have it.
    public func keepNetwork(of ticket: BirthTicket) throws(ServerError) {
        guard !ticket.network.isEmpty else { return }
        do throws(Refusal) { try api.keepNetwork(of: ticket) } catch {
            throw ServerError(
                operation: "keep", subject: "the address of this machine", cause: error.message)
        }
    }

    /// Takes the certificates of lineage that the parent gives; true when this machine has them.
    public func takeLineage(from machine: BlankMachine) throws(ServerError) -> Bool {
        do throws(Refusal) {
            try api.takeLineage(from: machine.ticket)
            return true
        } catch {
            if error.code == .unavailable { return false }
            throw ServerError(operation: "take", subject: "the lineage", cause: error.message)
        }
    }
}

extension API {
    func keepNetwork(of ticket: BirthTicket) throws(Refusal) {
        let type = CoreTypes.known("network")
        let name: ResourceName
        if let interface = ticket.interface {
            name = interface
        } else {
            name = try resourceName("default")
        }
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(type, name, in: node.identity.namespace)
        }
        guard known == nil else { return }
        let draft = Draft(
            id: entropy.identifier(at: clock.now), type: type, namespace: node.identity.namespace,
            name: name, data: ticket.network)
        _ = try node.circle.machine.propose(
            Proposal(
                caller: .system("controller"), batch: Batch([.create(draft)], reason: "born"),
                time: clock.now)
        ).get()
    }

    func takeLineage(from ticket: BirthTicket) throws(Refusal) {
        guard let invitation = try? Invitation(ticket.invitation) else {
            throw malformed("the ticket", "has no invitation")
        }
        guard let generation = ticket.generation else { return }
        let book = LineageBook(node)
        let isKnown = try reproducing { () throws(ReproductionError) in
            try !book.chain().isEmpty
        }
        if isKnown { return }
        let text = try node.fleet.askLineage(
            of: ticket.parent, birth: invitation.id, generation: generation)
        try reproducing { () throws(ReproductionError) in
            try book.take(
                try Lineage.chain(text), bornAs: try RunningSystem(node).image?.digest)
        }
    }
}
