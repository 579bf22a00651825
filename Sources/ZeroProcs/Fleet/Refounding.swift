public import MMSGraph
public import Resources

/// Whether a person may found the log of the fleet anew from the copy of one machine, and what is
/// lost by that. Pure: judges what was seen.
public struct Refounding: Hashable, Sendable {
    /// Where the copy ends.
    public let position: Position
    /// The machines that are given up.
    public let lost: [ResourceName]
    private let machine: ResourceName

    /// What the machine sees.
    public struct Scene: Hashable, Sendable {
        /// The machine.
        public var machine: ResourceName
        /// The cluster that orders the log; nil while it is in files.
        public var cluster: String?
        /// True when a majority of its members answers.
        public var answers: Bool
        /// The machines with voting members.
        public var voters: [ResourceName]
        /// Those of them whose Pisces answers.
        public var heard: [ResourceName]
        /// True when the keys of the fleet's authorities can be used here.
        public var holdsAuthority: Bool
        /// The last position of the copy; zero for none.
        public var position: Position
        /// Why the copy is not whole; nil when it is.
        public var flaw: String?

        /// What `machine` sees.
        public init(
            machine: ResourceName, cluster: String?, answers: Bool, voters: [ResourceName],
            heard: [ResourceName], holdsAuthority: Bool, position: Position, flaw: String? = nil
        ) {
            self.machine = machine
            self.cluster = cluster
            self.answers = answers
            self.voters = voters
            self.heard = heard
            self.holdsAuthority = holdsAuthority
            self.position = position
            self.flaw = flaw
        }
    }

    /// Refused: a log that is in files, or whose cluster answers (`conflict`, field `cluster`); a
    /// voter that answers (`conflict`, field `voters`); a machine without the authority's key
    /// (`forbidden`), without a copy (`notFound`, field `copy`), or whose copy is not whole
    /// (`readOnly`, field `copy`).
    public init(_ scene: Scene) throws(Refusal) {
        guard scene.cluster != nil else {
            throw refusal(
                .conflict, "the fleet log", "is in files: there is no cluster to found anew",
                "see pisces node list", field: "cluster")
        }
        guard !scene.answers else {
            throw refusal(
                .conflict, "the fleet log", "can be written: its cluster answers",
                "remove a machine that is lost with pisces node remove", field: "cluster")
        }
        if let heard = scene.heard.first {
            throw refusal(
                .conflict, "the fleet log", "is not lost: \(heard), which votes, answers",
                "see with pisces status on \(heard) why its member of etcd does not run, or end "
                    + "that machine for good first", field: "voters")
        }
        guard scene.holdsAuthority else {
            throw refusal(
                .forbidden, "node/\(scene.machine)",
                "does not hold the keys of the fleet's authorities, and could let nobody in",
                "do it on a machine whose role is voter; see pisces node list")
        }
        guard scene.position > .zero else {
            throw refusal(
                .notFound, "the copy on \(scene.machine)",
                "has nothing of the fleet log", "do it on a machine that has a copy of it",
                field: "copy")
        }
        if let flaw = scene.flaw {
            throw refusal(
                .readOnly, "the copy on \(scene.machine)", "is not whole: \(flaw)",
                "do it on a machine whose copy is whole; pisces log verify says which is",
                field: "copy")
        }
        position = scene.position
        lost = scene.voters.filter { $0 != scene.machine }.sorted()
        machine = scene.machine
    }

    /// Refuses what was not confirmed, or for another position, and says what may be lost.
    public func confirm(_ confirmed: Position?) throws(Refusal) {
        if confirmed == position { return }
        let names = lost.map(\.text).joined(separator: ", ")
        let others = lost.isEmpty ? "" : "; \(names) will belong no more, also when found again"
        let what =
            "the copy on \(machine) goes to position \(position): what was acknowledged behind that, "
            + "which nobody here can know, is lost for good\(others)"
        throw refusal(
            .conflict, "the fleet log",
            confirmed.map { "position \($0) was confirmed, but \(what)" } ?? what,
            "to do that: pisces node refound --from \(position)", field: "from")
    }

    /// What goes into the log first: that it was done, and that those belong no more.
    public static func commands(
        _ done: Refounded, id: Identifier, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        let name: ResourceName
        do throws(NameError) { name = try ResourceName(id.description) } catch {
            preconditionFailure("an identifier is a name: \(error.reason)")
        }
        var commands: [Command] = [
            .create(
                Draft(
                    id: id, type: Refounded.type.name, namespace: .root, name: name,
                    data: done.data))
        ]
        let membership = Membership()
        for machine in done.lost {
            let node = try membership.node(machine, on: graph)
            if try membership.state(of: node) == .removed { continue }
            commands += try membership.remove(machine, on: graph)
        }
        let rest = try fleetResource(FleetLogTypes.replication.name, on: graph)
        if let rest {
            commands.append(
                .update(
                    Update(
                        id: rest.id, expect: rest.revision,
                        data: [
                            "mode": "file", "members": .list([.text(done.machine.text)]),
                            "learner": .null,
                            "reason": .text("founded anew from the copy on \(done.machine)"),
                        ])))
        }
        return commands
    }
}

/// What a machine does that hears of a founding. Pure.
public enum Succession: Hashable, Sendable {
    /// Nothing: it is of another cluster than the one that the machine goes by.
    case none
    /// It goes on with the others: its copy has nothing of what was given up.
    case follow
    /// It is left behind: it was given up, or has what was given up.
    case leftBehind

    /// What the copy of a machine has.
    public struct Copy: Hashable, Sendable {
        /// The cluster it goes by; nil where it is in files.
        public var cluster: String?
        /// Its last position.
        public var tail: Position
        /// The chain hash where the founding began; nil when it does not have that entry any more
        /// or yet.
        public var chain: [UInt8]?
        /// The epoch of the entry behind that; nil when it does not have that one.
        public var epoch: UInt64?

        /// A copy.
        public init(cluster: String?, tail: Position, chain: [UInt8]?, epoch: UInt64?) {
            self.cluster = cluster
            self.tail = tail
            self.chain = chain
            self.epoch = epoch
        }
    }

    /// Decides for `machine`. What stands behind the founding is told by its epoch: a machine may
    /// have read on where the others are before it heard why.
    public static func judge(
        _ founding: Refounded, machine: ResourceName, copy: Copy
    ) -> Succession {
        guard founding.cluster == copy.cluster else { return .none }
        if founding.lost.contains(machine) { return .leftBehind }
        if let chain = copy.chain, chain != founding.chain { return .leftBehind }
        guard copy.tail > founding.from else { return .follow }
        guard let epoch = copy.epoch else { return .follow }
        return epoch >= founding.epoch ? .follow : .leftBehind
    }
}
