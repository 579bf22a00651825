import Host
import Resources
import Testing

@testable import MMSAgent

/// A neighbour 10.0.0.`last` on interface 1, as rtnetlink says it.
private func neighbour(_ last: UInt8, state: UInt8) -> [UInt8] {
    netlinkMessage(
        28,
        [2, 0, 0, 0, 1, 0, 0, 0, state, 0, 0, 1] + netlinkAttribute(1, [10, 0, 0, last])
            + netlinkAttribute(2, [2, 0, 0, 0, 0, last]))
}

/// `number: from all lookup main`.
private func rule(_ number: UInt8) -> [UInt8] {
    netlinkMessage(
        32, [2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0] + netlinkAttribute(6, [number, 0, 0, 0]))
}

@Suite struct NeighbourTests {
    private final class Machine {
        let kernel = SimulatedKernel()
        let sensor: LevelSensor
        var neighbours: [[UInt8]] = []
        var rules: [[UInt8]] = []
        var names: Set<String> = []
        var told: [Observation] = []

        init(unprivileged: Bool = false) {
            kernel.isUnprivileged = unprivileged
            sensor = LevelSensor(NeighbourSource(), on: kernel)
            kernel.answers[0] = { [unowned self] request in
                (request[4] == 30 ? self.neighbours : self.rules, .complete)
            }
        }

        func take(_ out: [Observation]) {
            told += out
            for one in out {
                switch one {
                case .present(let sighting): names.insert(sighting.subject.name.text)
                case .absent(let subject, _, _): names.remove(subject.name.text)
                case .edges, .gap, .gapClosed: break
                }
            }
        }

        func start() {
            var out: [Observation] = []
            sensor.start(&out)
            take(out)
        }

        func turn() {
            var out: [Observation] = []
            for index in sensor.feeds.indices { sensor.ready(index, &out) }
            kernel.time.advance(milliseconds: 100)
            if let due = sensor.deadline, due <= kernel.clock.ticks {
                sensor.expire(kernel.clock.ticks, &out)
            }
            take(out)
        }
    }

    @Test func neighboursAndRulesFollowTheirEvents() {
        let machine = Machine()
        machine.neighbours = [neighbour(1, state: 2), neighbour(9, state: 0x40)]
        machine.rules = [rule(7), rule(7)]
        machine.start()
        let rules = ["ipv4 7 from all lookup main", "ipv4 7 from all lookup main#2"]
        #expect(machine.names == Set(rules + ["10.0.0.1@lo"]))
        machine.told = []
        // From reachable to stale: a hint, and nothing to say.
        machine.neighbours[0] = neighbour(1, state: 4)
        machine.kernel.send(netlink: 0, machine.neighbours[0])
        machine.turn()
        #expect(machine.told == [])
        #expect(machine.sensor.statistics.merged == 1)
        machine.neighbours = [neighbour(2, state: 0x80)]
        machine.kernel.send(netlink: 0, machine.neighbours[0])
        machine.turn()
        #expect(machine.names == Set(rules + ["10.0.0.2@lo"]))
        machine.kernel.dropEvents()
        machine.rules = []
        machine.turn()
        #expect(machine.names == ["10.0.0.2@lo"])
        #expect(machine.sensor.statistics.gaps == 2)
        var out: [Observation] = []
        machine.sensor.sweep(slices: false, &out)
        #expect(out == [] && machine.sensor.statistics.drift == 0)
    }

    @Test func whatIsRefusedIsPolledAndSaid() {
        let machine = Machine(unprivileged: true)
        machine.start()
        #expect(machine.sensor.contract.mechanism == "dumps every 5 s")
        machine.neighbours = [neighbour(1, state: 2)]
        for _ in 0..<60 { machine.turn() }
        #expect(machine.names == ["10.0.0.1@lo"])
    }

    @Test func aFirewallThatIsNotOursToReadIsSaidToBe() {
        let kernel = SimulatedKernel()
        kernel.answers[12] = { _ in ([], .failed("Operation not permitted")) }
        kernel.write("/proc/thread-self/net/ip_tables_names", "filter\nnat\n")
        let sensor = LevelSensor(FirewallSource(), on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        #expect(
            sensor.contract.why
                == "nf_tables: Operation not permitted; read table nat of iptables-legacy: "
                + "Operation not permitted, grant CAP_NET_ADMIN")
        #expect(sensor.statistics.subjects == 2)
        #expect(!sensor.statistics.inGap)
    }

    @Test func aModuleThatIsNotLoadedIsNotLoadedByLooking() {
        let kernel = SimulatedKernel()
        var asked = 0
        kernel.answers[12] = { _ in
            asked += 1
            return ([], .complete)
        }
        kernel.write("/proc/modules", "loop 1 0 - Live 0x0\n")
        let sensor = LevelSensor(FirewallSource(), on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        #expect(asked == 0 && sensor.feeds.isEmpty)
        #expect(sensor.contract.why.contains("not loaded"))
        kernel.write("/proc/modules", "nf_tables 1 0 - Live 0x0\n")
        kernel.time.advance(milliseconds: 5000)
        sensor.expire(kernel.clock.ticks, &out)
        #expect(asked > 0)
    }

    @Test func whatAnInterfaceDoesWithIPv6IsSampled() {
        let kernel = SimulatedKernel()
        for name in ["all", "default", "lo", "a/b"] {
            kernel.write("/proc/sys/net/ipv6/conf/\(name)/hop_limit", "64\n")
        }
        kernel.write("/proc/sys/net/ipv6/conf/lo/accept_ra", "-\n")
        let sensor = LevelSensor(IPv6SettingSource(), on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        let seen = out.compactMap { one -> Observation.Sighting? in
            if case .present(let sighting) = one { sighting } else { nil }
        }
        #expect(seen.map(\.subject.name.text) == ["a", "lo"])
        #expect(seen.last?.data == ["hopLimit": 64])
        kernel.write("/proc/sys/net/ipv6/conf/lo/hop_limit", "63\n")
        sensor.sweep(slices: false, &out)
        kernel.time.advance(milliseconds: 100)
        sensor.expire(kernel.clock.ticks, &out)
        #expect(sensor.statistics.sampled == 1 && sensor.statistics.drift == 0)
    }
}
