public import MMSGraph
public import Resources

/// The state a plan was made from, as far as it decided anything.
///
/// It holds while every app, component, group, task, assignment, service, volume, budget and price
/// of the fleet is at the revision it had, none was made or deleted, the machines offer what they
/// offered and volumes live where they lived. What else was written meanwhile does not matter, nor
/// does what runs: a plan says where things go when all is well.
public struct PlanParent: Hashable, Sendable {
    /// The position of the fleet log that was read.
    public let position: Position
    let revisions: [Identifier: Position]
    let machines: [Offer]
    let volumes: Set<VolumePin>

    /// The types whose resources a plan depends on.
    public static let types = [
        AppTypes.app, AppTypes.component, AppTypes.taskgroup, AppTypes.task, AppTypes.assignment,
        AppTypes.service, AppTypes.volume, AppTypes.budget, AppTypes.price,
    ].map(\.name)

    init(_ snapshot: PlanSnapshot) {
        position = snapshot.position
        revisions = Dictionary(
            snapshot.resources.map { ($0.id, $0.revision) }, uniquingKeysWith: { $1 })
        machines = Self.comparable(snapshot.machines, snapshot.resources)
        volumes = Self.comparable(snapshot.volumes)
    }

    /// Refuses when the state `graph` is another one than the plan was made from. Asked of exactly
    /// the state before the commit, it makes the commit safe against whatever happened since.
    public func check(on graph: some GraphReader) throws(Refusal) {
        let found = try reading { () throws(GraphError) in
            try PlanSnapshot(graph, position: position)
        }
        try check(found)
    }

    /// Refuses when a snapshot is of another state than the plan was made from.
    public func check(_ snapshot: PlanSnapshot) throws(Refusal) {
        var left = revisions
        for resource in snapshot.resources {
            guard let known = left.removeValue(forKey: resource.id) else {
                throw refusal("\(resource.address) in \(resource.namespace) was made")
            }
            guard known == resource.revision else {
                throw refusal("\(resource.address) in \(resource.namespace) was changed")
            }
        }
        if let gone = left.keys.min() { throw refusal("\(gone) was deleted") }
        let now = Self.comparable(snapshot.machines, snapshot.resources)
        if now != machines {
            let changed = Set(now).symmetricDifference(machines).map(\.name).min()
            throw refusal("the machine \(changed.map(\.text) ?? "") changed")
        }
        if Self.comparable(snapshot.volumes) != volumes { throw refusal("a volume moved") }
    }

    /// Machines with no more than what rules ask of them: other facts change all the time.
    private static func comparable(_ machines: [Offer], _ resources: [Resource]) -> [Offer] {
        var asked: Set<String> = []
        for task in resources where task.type == AppTypes.task.name {
            let place = Demand(task).place
            asked.formUnion(place.require.keys + place.prefer.keys)
            if let spread = place.spread { asked.insert(spread) }
        }
        return machines.sorted { $0.name < $1.name }.map { machine in
            var machine = machine
            machine.labels = SortedMap(
                machine.labels.entries.filter { asked.contains($0.key) }.map { ($0.key, $0.value) })
            return machine
        }
    }

    /// Volumes where they live; that one was attached again moves nothing.
    private static func comparable(_ pins: [VolumePin]) -> Set<VolumePin> {
        Set(
            pins.map { pin in
                var pin = pin
                pin.attached = nil
                return pin
            })
    }

    private func refusal(_ what: String) -> Refusal {
        Refusal(
            .conflict, filter: "plan", subject: "the plan of @\(position)",
            reason: "\(what) since", remedy: "plan again", current: position)
    }
}

/// What a plan is made from.
public struct PlanSnapshot: Sendable {
    /// The position of the fleet log.
    public var position: Position
    /// The resources of the types that plans depend on.
    public var resources: [Resource]
    /// The machines.
    public var machines: [Offer]
    /// Where volumes live.
    public var volumes: [VolumePin]

    /// A snapshot of those.
    public init(
        position: Position, resources: [Resource], machines: [Offer], volumes: [VolumePin] = []
    ) {
        self.position = position
        self.resources = resources
        self.machines = machines
        self.volumes = volumes
    }

    /// What `graph` holds, with the machines and volumes of all machine logs that are read here.
    public init(_ graph: some GraphReader, position: Position) throws(GraphError) {
        var resources: [Resource] = []
        for type in PlanParent.types { resources += try graph.resources(of: type, below: .root) }
        let machines = try graph.resources(of: CoreTypes.known("machine"), below: .root)
        let standings = try MachineStandings(graph)
        let states = try graph.resources(of: AppTypes.volumestate.name, below: .root)
        let taken = TakenPorts(
            sockets: try graph.resources(of: CoreTypes.known("socket"), below: .root),
            assignments: resources.filter { $0.type == AppTypes.assignment.name })
        self.init(
            position: position, resources: resources,
            machines: taken.marked(standings.offers(machines)),
            volumes: VolumePin.all(
                states, of: resources.filter { $0.type == AppTypes.volume.name }))
    }
}
