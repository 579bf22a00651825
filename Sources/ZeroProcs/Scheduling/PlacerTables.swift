internal import Resources

/// What is free on a machine, in the form that is searched: one of these is read for each machine
/// and task.
struct Row: Sendable {
    private(set) var cpu: Int64
    private(set) var memory: Int64
    private(set) var storage: Int64
    /// The taken share of each, computed from whole numbers: no history of it is left in them.
    private var cpuLoad = 0.0
    private var memoryLoad = 0.0
    private var storageLoad = 0.0
    /// What one unit of each is of the whole; 0 where there is no whole.
    private let cpuUnit: Double
    private let memoryUnit: Double
    private let storageUnit: Double
    /// Money an hour.
    private let money: Double
    /// Free ports of the automatic range.
    var automaticPorts: Int32

    /// What a task needs, converted once for all machines.
    struct Need {
        let cpu: Int64
        let memory: Int64
        let storage: Int64
        private let cpuNumber: Double
        private let memoryNumber: Double
        private let storageNumber: Double
        let automaticPorts: Int32

        init(_ demand: Demand) {
            (cpu, memory, storage) = (demand.cpu, demand.memory, demand.storage)
            (cpuNumber, memoryNumber) = (Double(cpu), Double(memory))
            storageNumber = Double(storage)
            automaticPorts = demand.automaticPorts
        }

        /// The greatest share of anything that is taken of a machine with the task.
        @inline(__always)
        func load(on row: Row) -> Double {
            let cpu = row.cpuLoad + cpuNumber * row.cpuUnit
            let memory = row.memoryLoad + memoryNumber * row.memoryUnit
            let storage = row.storageLoad + storageNumber * row.storageUnit
            let most = cpu > memory ? cpu : memory
            return most > storage ? most : storage
        }

        /// What the task's share of a machine costs an hour.
        @inline(__always)
        func price(on row: Row) -> Double {
            if row.money == 0 { return 0 }
            return row.money * max(cpuNumber * row.cpuUnit, memoryNumber * row.memoryUnit)
        }
    }

    init(_ offer: Offer) {
        (cpu, memory, storage) = (offer.cpu, offer.memory, offer.storage ?? .max / 4)
        cpuUnit = offer.cpu > 0 ? 1 / Double(offer.cpu) : 0
        memoryUnit = offer.memory > 0 ? 1 / Double(offer.memory) : 0
        storageUnit = offer.storage.map { $0 > 0 ? 1 / Double($0) : 0 } ?? 0
        money = offer.money
        automaticPorts = Int32(AutomaticPorts.range.count - offer.taken.count)
    }

    @inline(__always)
    func holds(_ need: Need) -> Bool {
        need.cpu <= cpu && need.memory <= memory && need.storage <= storage
            && need.automaticPorts <= automaticPorts
    }

    mutating func take(_ demand: Demand, times step: Int64, of offer: Offer) {
        cpu -= demand.cpu * step
        memory -= demand.memory * step
        storage -= demand.storage * step
        cpuLoad = Double(offer.cpu - cpu) * cpuUnit
        memoryLoad = Double(offer.memory - memory) * memoryUnit
        if let all = offer.storage { storageLoad = Double(all - storage) * storageUnit }
    }
}

/// The ports in use on one machine, by whom.
struct PortTable: Sendable {
    private(set) var holders: [Int: ResourceName] = [:]
    /// What others listen on: never given, and no reason against a port that a task names.
    private let taken: Set<Int>
    /// No automatic port below this one is free.
    private var lowest = AutomaticPorts.range.lowerBound

    init(taken: Set<Int> = []) { self.taken = taken }

    /// Takes a port; false when somebody has it already.
    mutating func take(_ port: Int, for task: ResourceName) -> Bool {
        if holders[port] != nil { return false }
        holders[port] = task
        return true
    }

    /// Gives a port back; false when it is another's.
    mutating func free(_ port: Int, of task: ResourceName) -> Bool {
        guard holders[port] == task else { return false }
        holders[port] = nil
        if AutomaticPorts.range.contains(port) { lowest = min(lowest, port) }
        return true
    }

    /// The lowest free automatic port that is not among `others`; nil when there is none.
    mutating func lowestFree(besides others: [Int]) -> Int? {
        while lowest <= AutomaticPorts.range.upperBound, !isFree(lowest) { lowest += 1 }
        var port = lowest
        while port <= AutomaticPorts.range.upperBound {
            if isFree(port), !others.contains(port) { return port }
            port += 1
        }
        return nil
    }

    private func isFree(_ port: Int) -> Bool { holders[port] == nil && !taken.contains(port) }
}

/// The ports that tasks are given that take any.
enum AutomaticPorts {
    static let range = Limits.automaticPortFirst.value...Limits.automaticPortLast.value
}

/// Where the replicas of a component are, and where tasks are that are to be apart from it.
struct Crowd: Sendable {
    var replicas: [Int: Int32] = [:]
    var shunned: [Int: Int32] = [:]
}

/// The machines that a set of rules allows at all, in order of their names.
struct RuleIndex: Sendable {
    /// The rules that depend on nothing but the machine.
    struct Key: Hashable {
        let require: SortedMap<String>
        let prefer: SortedMap<String>
        let spread: String?
        let device: String

        init(_ demand: Demand) {
            require = demand.place.require
            prefer = demand.place.prefer
            spread = demand.place.spread
            device = demand.device
        }
    }

    struct Entry: Sendable {
        let machine: Int32
        /// Preferences it does not meet.
        let wishes: Int32
        /// Its part of the fleet, a place in `domains`.
        let domain: Int32
    }

    var entries: [Entry] = []
    /// The part of the fleet of each machine; empty when nothing is spread.
    var domains: [Int32] = []
    var domainCount = 0

    init(_ key: Key, _ offers: [Offer]) {
        var names: [String: Int32] = [:]
        for (index, offer) in offers.enumerated() {
            var domain: Int32 = 0
            if let spread = key.spread {
                let name = spread == "machine" ? offer.name.text : offer.labels[spread] ?? ""
                domain = names[name] ?? Int32(names.count)
                names[name] = domain
                domains.append(domain)
            }
            guard Self.refusal(key, offer) == nil else { continue }
            let wishes = key.prefer.entries.reduce(into: Int32(0)) { count, wish in
                if !offer.has(wish.key, wish.value) { count += 1 }
            }
            entries.append(Entry(machine: Int32(index), wishes: wishes, domain: domain))
        }
        domainCount = names.count
    }

    /// Why a machine is out whatever is free on it; nil when it is not.
    static func refusal(
        _ key: Key, _ offer: Offer, isDrainingFine: Bool = false
    ) -> MachineRefusal? {
        if offer.isDraining, !isDrainingFine { return .draining }
        for (label, value) in key.require.entries where !offer.has(label, value) {
            return .lacks(label, required: value, has: offer.labels[label])
        }
        if let devices = offer.devices, !devices.contains(key.device) {
            return .device(key.device)
        }
        return nil
    }
}
