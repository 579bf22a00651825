public import MMSGraph
public import Resources

/// How an authority is replaced once a machine that has had its key belongs no more (RFD 0027): a
/// pure function of the log's state, asked again after each step.
///
/// In three steps, each of which all machines have followed before the next: a new authority is
/// trusted beside the present one; it vouches in place of that; the former one is trusted no more.
public struct AuthorityReplacement: Sendable {
    private let scene: Scene

    /// The rule on that scene.
    public init(_ scene: Scene) { self.scene = scene }

    /// What there is in the log.
    public struct Scene: Sendable {
        /// The authority that vouches; nil where there is no fleet.
        public var present: Resource?
        /// The one that does not vouch yet; nil where there is none.
        public var next: Resource?
        /// The resources of type `node`.
        public var nodes: [Resource]
        /// The machines that keep members of etcd.
        public var members: Set<ResourceName>
        /// Who of them votes alone, and who learns; nil where several vote, or none learns.
        public var lone: LoneVoter?
        /// The machines that were given up.
        public var lapsed: Set<ResourceName>
        /// True while the log leaves the members for the files of a machine: they end soon.
        public var isLeaving: Bool

        /// A scene.
        public init(
            present: Resource?, next: Resource?, nodes: [Resource], members: Set<ResourceName>,
            lone: LoneVoter? = nil, lapsed: Set<ResourceName>, isLeaving: Bool = false
        ) {
            self.present = present
            self.next = next
            self.nodes = nodes
            self.members = members
            self.lone = lone
            self.lapsed = lapsed
            self.isLeaving = isLeaving
        }
    }

    /// What is to be done, and why.
    public struct Turn: Hashable, Sendable {
        /// What.
        public var action: Action
        /// Why, in words.
        public var reason: String
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// A new authority is made: also in place of a new one that does not vouch yet.
        case begin(Beginning)
        /// The new one vouches.
        case change(Change)
        /// The former one is trusted no more.
        case end(Place)
        /// Machines have yet to follow the last step.
        case wait([ResourceName])
    }

    /// A resource as it must still be.
    public struct Place: Hashable, Sendable {
        /// Which.
        public var id: Identifier
        /// The revision it must still have.
        public var revision: Position
        /// The step it says.
        public var step: Int64

        init(_ resource: Resource) {
            id = resource.id
            revision = resource.revision
            step = resource.data["step"]?.int ?? 0
        }
    }

    /// What a new authority is made with.
    public struct Beginning: Hashable, Sendable {
        /// The present one.
        public var present: Place
        /// The new one that is given up; nil where there is none.
        public var next: Place?
        /// Whom its key is sealed to.
        public var recipients: [AuthoritySharing.Task.Recipient]
        /// The version to seal as.
        public var version: Int64
    }

    /// What lets the new one vouch.
    public struct Change: Hashable, Sendable {
        /// The present one.
        public var present: Place
        /// The new one.
        public var next: Place
        /// Whom its key is sealed to as the present one's.
        public var recipients: [AuthoritySharing.Task.Recipient]
        /// The version to seal as.
        public var version: Int64
        /// The certificate of the one that vouches until then.
        var former: [UInt8]
        /// What the new one is.
        var data: ValueMap
        /// The machines that have had its key then.
        var holders: [[UInt8]]
    }

    /// What is to be done; nil when nothing is.
    public var turn: Turn? {
        guard let due, scene.isLeaving else { return due }
        // The last member would stop all writes for its restart, just before it ends.
        return Turn(
            action: .wait([]), reason: "\(due.reason); it goes on when the log rests on files")
    }

    private var due: Turn? {
        guard let present = scene.present else { return nil }
        let recipients = AuthoritySharing.recipients(scene.nodes)
        if recipients.isEmpty { return nil }
        let isFormer = hasFormer(present)
        // One that ends is replaced again once it has ended.
        let lost = isFormer ? [] : lost(scene.next ?? present)
        if !lost.isEmpty {
            let beginning = Beginning(
                present: Place(present), next: scene.next.map(Place.init), recipients: recipients,
                version: (scene.next?.data["version"]?.int ?? 0) + 1)
            return Turn(
                action: .begin(beginning),
                reason: "\(lost.joined(separator: ", ")) had its key and belongs no more")
        }
        let waiting = pending(Place(present).step)
        if !waiting.isEmpty {
            let names = waiting.map(\.text).joined(separator: ", ")
            return Turn(action: .wait(waiting), reason: "\(phase(isFormer)); waits for \(names)")
        }
        if let next = scene.next {
            return Turn(
                action: .change(change(present, next, recipients)),
                reason: "all machines trust the new one")
        }
        guard isFormer else { return nil }
        return Turn(
            action: .end(Place(present)), reason: "all machines show certificates of the new one")
    }

    /// True while the one before it is trusted too.
    private func hasFormer(_ present: Resource) -> Bool {
        !(present.data["former"]?.list ?? []).isEmpty
    }

    private func phase(_ isFormer: Bool) -> String {
        if scene.next != nil { return "step 1 of 3: a new one is trusted too" }
        return isFormer
            ? "step 2 of 3: the new one vouches" : "step 3 of 3: the former one is trusted no more"
    }

    /// True when a machine may start its member of etcd again for the last step: those whose names
    /// come before have done so. All hear of a step at the same time, and one at a time may. Who
    /// votes alone lets the learner vote before: its restart would stop all writes.
    public func isTurn(of machine: ResourceName) -> Bool {
        guard let present = scene.present, !scene.isLeaving, machine != scene.lone?.voter else {
            return false
        }
        return pending(Place(present).step).allSatisfy {
            $0 >= machine || !scene.members.contains($0) || $0 == scene.lone?.voter
        }
    }

    /// True when the machine that learns shall vote in place of the one that votes alone: it has
    /// followed the last step, and the voter has not. The voter joins again as a learner, and
    /// follows so. In the second step the same two are trusted as before: nobody is started again.
    public var wantsOtherVoter: Bool {
        guard let present = scene.present, !scene.isLeaving, let lone = scene.lone else {
            return false
        }
        let isSecond = hasFormer(present) && scene.next == nil
        let waiting = isSecond ? [] : pending(Place(present).step)
        return waiting.contains(lone.voter) && !waiting.contains(lone.learner)
    }

    private func change(
        _ present: Resource, _ next: Resource, _ recipients: [AuthoritySharing.Task.Recipient]
    ) -> Change {
        let holders = AuthoritySharing.holders(of: next, among: scene.nodes)
            .union(recipients.map(\.key))
        return Change(
            present: Place(present), next: Place(next), recipients: recipients,
            version: (present.data["version"]?.int ?? 0) + 1,
            former: present.data["certificate"]?.bytes ?? [], data: next.data,
            holders: holders.inOrder)
    }

    /// Machines that have had the key and belong no more, as people know them.
    private func lost(_ authority: Resource) -> [String] {
        let belonging = scene.nodes.filter(AuthoritySharing.belongs).compactMap {
            $0.data["key"]?.bytes
        }
        let keys = AuthoritySharing.holders(of: authority, among: scene.nodes)
            .subtracting(belonging)
        let names = keys.map { key in
            let node = scene.nodes.first { node in
                node.data["key"]?.bytes == key
                    || node.data["former"]?.list?.contains(.bytes(key)) ?? false
            }
            return node?.name.text ?? "a machine that is not known any more"
        }
        return Set(names).sorted()
    }

    /// Machines that have not followed `step`. One that was given up follows when it is back: its
    /// way is the bus. Who keeps a member of etcd is waited for in any case: others start theirs
    /// again only while all are well.
    private func pending(_ step: Int64) -> [ResourceName] {
        let late = scene.nodes.filter { node in
            AuthoritySharing.belongs(node) && (node.data["step"]?.int ?? 0) < step
        }
        return late.map(\.name).filter { name in
            !scene.lapsed.contains(name) || scene.members.contains(name)
        }.sorted()
    }
}

// MARK: Commands

extension AuthorityReplacement {
    /// A new authority, as it is made for a beginning.
    public struct Made: Hashable, Sendable {
        /// Its certificate, DER.
        public var certificate: [UInt8]
        /// The fingerprint of its key.
        public var fingerprint: String
        /// Its key, sealed to the recipients.
        public var sealed: Value

        /// One of that certificate.
        public init(certificate: [UInt8], fingerprint: String, sealed: Value) {
            self.certificate = certificate
            self.fingerprint = fingerprint
            self.sealed = sealed
        }
    }

    /// The commands of a beginning; `id` and the name are for a resource that is new.
    public static func commands(
        _ beginning: Beginning, _ made: Made, as nextName: ResourceName, id: Identifier
    ) -> [Command] {
        let keys = Set(beginning.recipients.map(\.key)).inOrder
        let data: ValueMap = [
            "certificate": .bytes(made.certificate), "fingerprint": .text(made.fingerprint),
            "sealed": made.sealed, "version": .int(beginning.version),
            "holders": .list(keys.map(Value.bytes)),
        ]
        let next: Command =
            if let place = beginning.next {
                .update(Update(id: place.id, expect: place.revision, data: data))
            } else {
                .create(
                    Draft(
                        id: id, type: FleetTypes.authority.name, namespace: .root, name: nextName,
                        data: data))
            }
        return [next, step(beginning.present, [:])]
    }

    /// The commands of a change, with the new key sealed as the present one's.
    public static func commands(_ change: Change, sealed: Value) -> [Command] {
        var data: ValueMap = [
            "former": .list([.bytes(change.former)]), "sealed": sealed,
            "version": .int(change.version), "holders": .list(change.holders.map(Value.bytes)),
        ]
        for field in ["certificate", "fingerprint"] { data[field] = change.data[field] }
        return [
            step(change.present, data), .delete(id: change.next.id, expect: change.next.revision),
        ]
    }

    /// The command of an end.
    public static func commands(ending place: Place) -> [Command] {
        [step(place, ["former": .null])]
    }

    /// What a machine says that has followed a step.
    public static func followed(_ step: Int64, by node: Identifier) -> [Command] {
        [.update(Update(id: node, data: ["step": .int(step)]))]
    }

    /// What sets the steps of a log that is founded anew behind those that were lost: machines may
    /// have followed more of them than its copy has.
    public static func leap(
        _ name: ResourceName, by steps: Int, on graph: some GraphReader
    ) throws(Refusal) -> [Command] {
        let type = FleetTypes.authority.name
        let known = try reading { () throws(GraphError) in try graph.type(type) }
        // In a log of an older version none was ever replaced.
        guard known?.field("step") != nil, let found = try fleetResource(type, name, on: graph)
        else { return [] }
        let step = Place(found).step + Int64(steps)
        return [.update(Update(id: found.id, data: ["step": .int(step)]))]
    }

    private static func step(_ place: Place, _ data: ValueMap) -> Command {
        var data = data
        data["step"] = .int(place.step + 1)
        return .update(Update(id: place.id, expect: place.revision, data: data))
    }

    /// What brings the types of a log that an older version wrote to what is written of machines and
    /// authorities now.
    public static func lessons(on graph: some GraphReader) throws(Refusal) -> [Command] {
        var commands: [Command] = []
        for type in [FleetTypes.authority, FleetTypes.node] {
            let name: ResourceName
            do throws(NameError) { name = try ResourceName(type.name.text) } catch {
                preconditionFailure("a type's name is a name: \(error.reason)")
            }
            let known = try reading { () throws(GraphError) in try graph.type(type.name) }
            guard let known, type.fields.contains(where: { known.field($0.name) == nil }),
                let found = try fleetResource(CoreTypes.type.name, name, on: graph)
            else { continue }
            var update = Update(id: found.id, data: type.data)
            update.replaces = true
            commands.append(.update(update))
        }
        return commands
    }
}
