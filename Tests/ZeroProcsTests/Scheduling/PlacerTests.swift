import Host
import Resources
import Testing
import ZeroProcs

@Suite struct PlacerTests {
    /// A random fleet is changed step by step; what is said of it must be what a fresh one says.
    @Test(arguments: [UInt64](1...20)) func stepByStepIsAsBuiltAtOnce(seed: UInt64) throws {
        let random = SimulatedEntropy(seed: seed)
        func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        var fleet = Fleet()
        var machines: [Offer] = []
        var placer = Placer([])
        var demands: [Demand] = []
        for step in 0..<300 {
            switch pick(10) {
            case 0:
                let offer = try fleet.machine(
                    "m-\(pick(8))", cores: Double(1 + pick(4)),
                    tags: ["rack": "r\(pick(3))", "disk": ["ssd", "hdd"][pick(2)]])
                machines.removeAll { $0.name == offer.name }
                machines.append(offer)
                placer.set(offer)
            case 1:
                if let gone = machines.isEmpty ? nil : machines[pick(machines.count)] {
                    machines.removeAll { $0.name == gone.name }
                    placer.remove(gone.name)
                }
            case 2, 3:
                if !demands.isEmpty { placer.release(demands.remove(at: pick(demands.count)).id) }
            default:
                let rules: [ValueMap] = [
                    [:], ["spread": "machine"], ["spread": "rack"], ["apart": ["b"]],
                    ["near": ["a"], "prefer": ["disk": "ssd"]], ["require": ["disk": "ssd"]],
                ]
                let demand = Demand(
                    try fleet.task(
                        "t-\(step)", of: ["a", "b", "c"][pick(3)], cpu: Double(pick(5)) / 10,
                        ports: [[:], ["x": 0], ["x": .int(Int64(80 + pick(4)))]][pick(3)],
                        place: rules[pick(rules.count)]
                    ) { data in
                        if pick(4) == 0 { data["volumes"] = ["/v": .text("v\(pick(3))")] }
                    })
                try agree(placer, machines, demands, demand)
                if placer.place(demand) != nil { demands.append(demand) }
            }
        }
        #expect(placer.count == demands.count)
    }

    private func agree(
        _ placer: Placer, _ machines: [Offer], _ demands: [Demand], _ demand: Demand
    ) throws {
        var fresh = Placer(machines)
        for known in demands {
            let seat = try #require(placer.place(of: known.id))
            fresh.seat(known, on: seat.machine, ports: seat.ports)
        }
        var copy = placer
        let refusals = copy.refusals(of: demand)
        let found = copy.place(demand)
        #expect(found == fresh.place(demand))
        #expect((found == nil) == !refusals.isEmpty)
    }
}
