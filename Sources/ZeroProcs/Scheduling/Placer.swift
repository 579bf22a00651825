public import Resources

/// Machines and what is on them, kept so that a place for a task is found by reading one short row
/// for each machine. A value: build it from machines and assignments once, then update it.
///
/// Placing filters, then scores: ``Score`` says by what. The same machines and tasks give the same
/// places, in whatever order they were told.
public struct Placer: Sendable {
    /// The machines in order of their names.
    public private(set) var offers: [Offer]
    var rows: [Row]
    var ports: [PortTable]
    private var indexes: [ResourceName: Int] = [:]
    var crowds: [Demand.Component: Crowd] = [:]
    private var seats: [Identifier: Seat] = [:]
    /// Where volumes live: for good, as their machines say, or with the task that mounts them.
    var homes: [VolumeName: [Int: Int]] = [:]
    /// Machines with data of a volume that was given up: it is never used again.
    var stale: [VolumeName: Set<Int>] = [:]
    private let pins: [VolumePin]
    private let givenUp: [VolumePin]
    var ruleIndexes: [RuleIndex.Key: RuleIndex] = [:]
    /// What the task in hand finds on each machine; all empty between tasks.
    var marks: [Mark]

    /// The index of all machines that are not here.
    static let elsewhere = -1

    /// A task on a machine.
    struct Seat: Sendable {
        let demand: Demand
        let machine: ResourceName
        let ports: SortedMap<Int>
    }

    struct Mark: Sendable {
        var together: Int32 = 0
        var near: Int32 = 0
        var isBarred = false
    }

    /// Machines on which nothing is placed yet. Of two of one name the later counts.
    public init(
        _ machines: [Offer], volumes pins: [VolumePin] = [], givenUp: [VolumePin] = []
    ) {
        var byName: [ResourceName: Offer] = [:]
        for machine in machines { byName[machine.name] = machine }
        offers = byName.values.sorted { $0.name < $1.name }
        rows = offers.map(Row.init)
        ports = offers.map { PortTable(taken: $0.taken) }
        marks = offers.map { _ in Mark() }
        self.pins = pins
        self.givenUp = givenUp
        for (index, offer) in offers.enumerated() { indexes[offer.name] = index }
        for pin in pins {
            // A machine that is not here has its volumes still.
            let machine = indexes[pin.machine] ?? Self.elsewhere
            homes[pin.name, default: [:]][machine, default: 0] += 1
        }
        for pin in givenUp {
            if let machine = indexes[pin.machine] { stale[pin.name, default: []].insert(machine) }
        }
    }

    /// How many tasks are placed.
    public var count: Int { seats.count }

    /// The machine of a task, with its ports there; nil when it has none.
    public func place(of task: Identifier) -> (machine: ResourceName, ports: SortedMap<Int>)? {
        seats[task].map { ($0.machine, $0.ports) }
    }

    /// Takes note that a task is on a machine already, whether it fits or not. One on a machine
    /// that is not known stands nowhere until the machine is told.
    public mutating func seat(_ demand: Demand, on machine: ResourceName, ports: SortedMap<Int>) {
        release(demand.id)
        seats[demand.id] = Seat(demand: demand, machine: machine, ports: ports)
        settle(demand, on: indexes[machine], ports, by: 1)
    }

    /// Takes a task away from its machine.
    public mutating func release(_ task: Identifier) {
        guard let seat = seats.removeValue(forKey: task) else { return }
        settle(seat.demand, on: indexes[seat.machine], seat.ports, by: -1)
    }

    /// Adds a machine, or changes what it offers; what it has stays.
    public mutating func set(_ offer: Offer) {
        var machines = offers.filter { $0.name != offer.name }
        machines.append(offer)
        rebuild(machines)
    }

    /// Takes a machine away. Its tasks stay with it (law 1) until they are released.
    public mutating func remove(_ machine: ResourceName) {
        rebuild(offers.filter { $0.name != machine })
    }

    /// Finds a place for a task and takes it; nil when no machine fits, and `refusals` says why.
    public mutating func place(_ demand: Demand) -> Place? {
        guard let found = best(for: demand) else { return nil }
        guard let given = give(demand, on: found.machine, keeping: [:]) else { return nil }
        let offer = offers[found.machine]
        seat(demand, on: offer.name, ports: given)
        return Place(
            machineID: offer.id, machine: offer.name, ports: given,
            reason: found.score.reason(fitting: found.count, demand: demand))
    }

    func index(of machine: ResourceName) -> Int? { indexes[machine] }

    private mutating func rebuild(_ machines: [Offer]) {
        var fresh = Placer(machines, volumes: pins, givenUp: givenUp)
        // Of two that claim one port the first by name has it, in whatever order they came.
        let order = seats.values.sorted { Demand.precedes($0.demand, $1.demand) }
        for seat in order { fresh.seat(seat.demand, on: seat.machine, ports: seat.ports) }
        self = fresh
    }

    private mutating func settle(
        _ demand: Demand, on machine: Int?, _ given: SortedMap<Int>, by step: Int
    ) {
        // What it mounts lives with it, on a machine that is not here too.
        for volume in demand.volumes {
            let key = VolumeName(namespace: demand.namespace, name: volume)
            let count = (homes[key]?[machine ?? Self.elsewhere] ?? 0) + step
            homes[key, default: [:]][machine ?? Self.elsewhere] = count == 0 ? nil : count
        }
        guard let index = machine else { return }
        rows[index].take(demand, times: Int64(step), of: offers[index])
        for (_, port) in given.entries {
            let changed =
                step > 0
                ? ports[index].take(port, for: demand.name)
                : ports[index].free(port, of: demand.name)
            if changed, AutomaticPorts.range.contains(port) {
                rows[index].automaticPorts -= Int32(step)
            }
        }
        add(Int32(step), to: demand.component, \.replicas, index)
        for name in demand.place.apart {
            add(Int32(step), to: demand.sibling(name), \.shunned, index)
        }
    }

    private mutating func add(
        _ step: Int32, to component: Demand.Component,
        _ part: WritableKeyPath<Crowd, [Int: Int32]>, _ index: Int
    ) {
        let count = (crowds[component]?[keyPath: part][index] ?? 0) + step
        crowds[component, default: Crowd()][keyPath: part][index] = count == 0 ? nil : count
    }
}
