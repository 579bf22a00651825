import Host
import Resources
import Testing

@testable import MMSAgent

/// Rules of iptables-legacy, from tables as kernels give them.
@Suite struct LegacyTests {
    private func text(_ table: LegacyTable?) -> [String] {
        guard let table else { return ["none"] }
        let policies = table.chains.compactMap { one in
            one.policy.map { "-P \(one.name) \($0.uppercased())" }
        }
        return policies
            + table.chains.flatMap { one in one.rules.map { "-A \(one.name) \($0.text)" } }
    }

    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0) }
    }

    @Test func rulesAreWhatIptablesSays() {
        let four = LegacyTable(LegacyFixtures.four, isSix: false)
        #expect(text(four) == lines(LegacyFixtures.fourText))
        #expect(four?.chains.map(\.name) == ["INPUT", "FORWARD", "OUTPUT", "DOCKER"])
        let six = LegacyTable(LegacyFixtures.six, isSix: true)
        #expect(text(six) == lines(LegacyFixtures.sixText))
    }

    @Test func everyFieldOfARuleIsRead() throws {
        let table = try #require(LegacyTable(LegacyFixtures.four, isSix: false))
        let input = table.chains[0].rules
        #expect(input[0].fields == ["input": "lo", "target": "ACCEPT"])
        #expect(
            input[1].fields == [
                "source": "! 10.0.0.0/8", "protocol": "tcp", "matches": ["tcp", "comment"],
                "comment": "no ssh", "target": "DROP",
            ])
        #expect(input[2].jump == "DOCKER" && input[2].target == "DOCKER")
        #expect(input[3].target == "REJECT" && input[3].jump == nil)
        let forward = table.chains[1].rules
        #expect(
            forward[0].fields == ["input": "! eth0", "output": "docker+", "target": "DOCKER"])
        #expect(forward[1].fields == ["destination": "192.0.0.0/255.255.0.255"])
        #expect(Set(table.chains.flatMap { $0.rules.map(\.digest) }).count == 8)
    }

    @Test func whatIsCutShortOrOutOfPlaceIsNone() {
        for (whole, isSix) in [(LegacyFixtures.four, false), (LegacyFixtures.six, true)] {
            for count in 1..<whole.count {
                let part = Array(whole[..<count])
                // Between two entries it is a table that lacks its end.
                if LegacyTable(part, isSix: isSix) == nil {
                    #expect(LegacyTable.digest(part, isSix: isSix) == nil, "\(count)")
                }
            }
            #expect(LegacyTable(Array(whole[..<83]), isSix: isSix) == nil)
            #expect(LegacyTable(whole + [0], isSix: isSix) == nil)
            #expect(LegacyTable(whole, isSix: !isSix) == nil)
        }
        #expect(LegacyTable([], isSix: false) == nil)
        var random = SeededRandom(seed: 4)
        for _ in 0..<3000 {
            var bytes = LegacyFixtures.four
            for _ in 0..<1 + random.next() % 4 {
                let place = Int(random.next() % UInt64(bytes.count))
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            // Whatever it says, it ends, and no rule is longer than its table.
            let rules = LegacyTable(bytes, isSix: false)?.chains.flatMap(\.rules) ?? []
            #expect(rules.count <= bytes.count / 112)
        }
    }

    /// A rule in front moves where all jumps lead, and changes nothing else.
    @Test func countersAndPlacesAreNoChange() throws {
        var counted = LegacyFixtures.four
        // Packets and bytes of the first entry.
        for index in 84 + 96..<84 + 112 { counted[index] = 0xAB }
        #expect(
            LegacyTable.digest(counted, isSix: false)
                == LegacyTable.digest(LegacyFixtures.four, isSix: false))
        #expect(
            LegacyTable(counted, isSix: false) == LegacyTable(LegacyFixtures.four, isSix: false))
        var other = LegacyFixtures.four
        other[84 + 16] = 0x78
        #expect(
            LegacyTable.digest(other, isSix: false)
                != LegacyTable.digest(LegacyFixtures.four, isSix: false))
    }

    private func names(_ one: Observation.Sighting?, _ relation: String) -> [String] {
        (one?.links[relation] ?? []).map { "\($0.type)/\($0.name)" }
    }

    @Test func tablesChainsAndRulesAreSubjectsThatChange() throws {
        let kernel = SimulatedKernel()
        kernel.write("/proc/thread-self/net/ip_tables_names", "filter\n")
        kernel.write("/proc/thread-self/net/ip6_tables_names", "filter\n")
        kernel.packetTables = ["ip filter": LegacyFixtures.four, "ip6 filter": LegacyFixtures.six]
        var rig = LevelRig(FirewallSource(), on: kernel)
        #expect(rig.sensor.contract.mechanism.contains("every 5 s"))
        #expect(rig.picture["ip filter"]?.data == ["family": "ip", "table": "filter"])
        let chain = try #require(rig.picture["ip filter DOCKER"])
        #expect(chain.subject.type == Kind.legacyChain)
        #expect(names(chain, "IN") == ["iptables-table/ip filter"])
        #expect(chain.data["policy"] == nil)
        #expect(rig.picture["ip6 filter OUTPUT"]?.data["policy"] == "drop")
        let order = (chain.data["rules"]?.list ?? []).compactMap(\.text)
        #expect(order.count == 3)
        #expect(order.last == (order.dropFirst().first ?? "") + "#2", "the same rule, twice")
        for name in order {
            let rule = try #require(rig.picture["ip filter DOCKER \(name)"], "\(name)")
            #expect(names(rule, "IN") == ["iptables-chain/ip filter DOCKER"])
        }
        let jump = rig.picture.values.first { $0.data["rule"] == "! -i eth0 -o docker+ -j DOCKER" }
        #expect(names(jump, "JUMPS") == ["iptables-chain/ip filter DOCKER"])
        #expect(rig.picture.count == 2 + 4 + 4 + 9 + 2)
        // Packets that are counted are no change; a policy is, within 5 s and without a sweep.
        var bytes = LegacyFixtures.four
        bytes[84 + 96] = 9
        kernel.packetTables["ip filter"] = bytes
        let told = rig.sensor.statistics.readNanoseconds
        for _ in 0..<4 { rig.settle() }
        #expect(rig.sensor.statistics.readNanoseconds == told)
        kernel.packetTables["ip6 filter"] = nil
        kernel.write("/proc/thread-self/net/ip6_tables_names", "")
        for _ in 0..<4 { rig.settle() }
        #expect(rig.picture["ip6 filter"] == nil && rig.picture["ip6 filter six"] == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0 && rig.sensor.statistics.sampled == 0)
    }

    @Test func withoutThePrivilegeTheNamesAreLeft() {
        let kernel = SimulatedKernel()
        kernel.isUnprivileged = true
        kernel.write("/proc/thread-self/net/ip_tables_names", "nat\nfilter\n")
        let rig = LevelRig(FirewallSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["ip filter", "ip nat"])
        #expect(rig.sensor.contract.why.contains("iptables-legacy"))
        #expect(rig.sensor.contract.why.contains("CAP_NET_ADMIN"))
    }
}
