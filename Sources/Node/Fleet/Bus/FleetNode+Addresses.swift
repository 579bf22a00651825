internal import Bus
internal import Host
internal import MMSGraph
public import Resources
internal import Synchronization
internal import Trust

/// Where the machines are (RFD 0023). The log says where they were when it was written last; after
/// all have moved at once nothing can be written, so they tell each other.
extension FleetNode {
    /// What is done to find others.
    struct Meeting {
        /// The nodes that this one told where it is since it began.
        var met: Set<SignerKey> = []
        /// When the others are tried again, and how long it was until then.
        var next = Ticks.zero
        var pause = 0
        /// Who is tried first at the next turn.
        var turn = 0
    }

    /// Where a node is now, as far as is known here.
    func place(of node: FleetView.Node) -> BusAddress? {
        if node.name == name { return address }
        return book.present(node.key).flatMap { BusAddress($0) } ?? node.bus
    }

    /// A person says where a node is.
    public func tell(_ target: ResourceName, at text: String) throws(Refusal) {
        guard let address = BusAddress(text) else {
            throw Refusal(
                .malformed, filter: "fleet", subject: "address \(printable(text))",
                reason: "is no numeric address and port",
                remedy: "give the one that \(target) was started with, as 10.0.0.7:7118")
        }
        guard let key = key(of: target), target != name else {
            throw Refusal(
                .notFound, filter: "fleet", subject: "node/\(target)",
                reason: target == name ? "is this node" : "is not of this fleet",
                remedy: target == name
                    ? "start it with --bus ADDRESS:PORT" : "see pisces node list")
        }
        book.tell(key, address.description)
        state.withLock { state in
            state.meeting.met.remove(key)
            state.meeting.pause = 0
            state.meeting.next = .zero
        }
        care.notice()
    }

    /// What a person can do while none of the other voters is found; nil when one is.
    public var searching: String? {
        guard let view, address != nil else { return nil }
        let voters = view.members.filter { $0.role == .voter && $0.name != name }
        let meeting = state.withLock { $0.meeting }
        guard !voters.isEmpty, meeting.pause > Limits.fleetCare.value,
            meeting.met.isDisjoint(with: voters.map(\.key))
        else { return nil }
        let names = voters.prefix(Limits.meetings.value).map(\.name.text)
        return "fleet: \(names.joined(separator: ", ")) cannot be found where they were; if "
            + "they are elsewhere, say where one is: pisces node at \(names[0]) ADDRESS:PORT"
    }

    private func key(of target: ResourceName) -> SignerKey? {
        if let node = view?[target.text] { return node.belongs ? node.key : nil }
        return roll?.nodes.first { $0.name == target.text }?.key
    }

    /// Tells the voters where this node is, until each of them has heard it, and learns from them
    /// where others are. Voters, because there are few and all others ask them.
    func meet(_ view: FleetView) {
        guard let address else { return }
        let now = clock.ticks
        let meeting = state.withLock { $0.meeting }
        let voters = view.members.filter { $0.role == .voter && $0.name != name }
        let strangers = voters.filter { !meeting.met.contains($0.key) }
        guard !strangers.isEmpty, now >= meeting.next else { return }
        let friends = voters.filter { meeting.met.contains($0.key) }
        var asked = Self.turn(strangers, meeting.turn, Limits.meetings.value)
        // Who was met may have met others since.
        asked += Self.turn(friends, meeting.turn, 1)
        var hasNews = false
        for node in asked { hasNews = greet(node, from: address, view) || hasNews }
        state.withLock { state in
            state.meeting.turn += Limits.meetings.value
            let pause = max(Limits.fleetCare.value, 2 * state.meeting.pause)
            state.meeting.pause = hasNews ? 0 : min(pause, Limits.memberRetryMost.value)
            state.meeting.next = now.advanced(
                byMilliseconds: UInt64(state.meeting.pause))
        }
        if hasNews {
            care.notice()
            state.withLock { $0.keeping }?.keeper.notice()
        }
    }

    private static func turn(
        _ nodes: [FleetView.Node], _ turn: Int, _ count: Int
    ) -> [FleetView.Node] {
        guard !nodes.isEmpty else { return [] }
        return (0..<min(count, nodes.count)).map { nodes[(turn + $0) % nodes.count] }
    }

    /// Gives true when something new was learnt.
    private func greet(
        _ node: FleetView.Node, from address: BusAddress, _ view: FleetView
    ) -> Bool {
        let request = PeerRequest(
            path: AddressForm.path, body: known(view, from: address).bytes,
            milliseconds: Limits.penCall.value * 2)
        // Who does not answer is tried again; who answers something else is of an older version.
        guard let answer = try? links.call(node.name, request),
            let form = try? AddressForm(bytes: answer.body)
        else { return false }
        let isNew = state.withLock { $0.meeting.met.insert(node.key).inserted }
        book.heard(node.key, at: form.own.description)
        return learn(form.others, view) || isNew
    }

    /// Answers another node that says where it is.
    func meet(_ passport: Passport, _ body: [UInt8]) throws(BusError) -> [UInt8] {
        let form = try AddressForm(bytes: body)
        guard let address, let view else { throw Self.stopping }
        let wasAt = book.present(passport.key)
        book.heard(passport.key, at: form.own.description)
        if learn(form.others, view) || wasAt != form.own.description {
            care.notice()
            state.withLock { $0.keeping }?.keeper.notice()
        }
        return known(view, from: address).bytes
    }

    private func known(_ view: FleetView, from address: BusAddress) -> AddressForm {
        let others = view.members.filter { $0.name != name }.compactMap { node in
            book.present(node.key).flatMap { BusAddress($0) }.map {
                AddressForm.Found(key: node.key, address: $0)
            }
        }
        return AddressForm(own: address, others: others)
    }

    /// Hints of others about nodes that were not found yet; gives true when one is new.
    private func learn(_ found: [AddressForm.Found], _ view: FleetView) -> Bool {
        var isNew = false
        for one in found {
            guard let node = view.members.first(where: { $0.key == one.key }), node.name != name,
                book.present(one.key) == nil,
                !book.candidates(one.key, hints: node.addresses).contains(one.address.description)
            else { continue }
            book.tell(one.key, one.address.description)
            isNew = true
        }
        return isNew
    }
}
