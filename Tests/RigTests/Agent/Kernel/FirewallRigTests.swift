import CHost
import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

/// Neighbours, rules and the firewall of a network namespace, against `ip` and `nft`.
@Suite(.serialized) struct FirewallRigTests {
    private func inNamespace(
        _ source: @escaping @Sendable () -> any LevelSource, _ name: String,
        _ body: (Picture, SensorGroup, String) throws -> Void
    ) throws {
        let picture = Picture()
        let entered = Mutex("")
        let group = try SensorGroup(
            [
                {
                    let thread = chost_leave_network()
                    let path = "/proc/\(getpid())/task/\(thread)/ns/net"
                    entered.withLock { $0 = thread > 0 ? path : "refused" }
                    return LevelSensor(source(), on: LinuxKernel())
                }
            ], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { $0.openGaps[name] == 0 })
        let path = entered.withLock { $0 }
        #expect(path != "refused", "needs CAP_SYS_ADMIN")
        try body(picture, group, "nsenter --net=\(path)")
        let before = group.reports.first?.statistics.sweeps ?? 0
        group.sweep()
        #expect(picture.reaches { _ in (group.reports.first?.statistics.sweeps ?? 0) > before })
        #expect(group.reports.first?.statistics.drift == 0)
        #expect(picture.state.withLock { $0.faults } == [])
        #expect(picture.state.withLock { $0.causes } == ["\(name): start"])
        if let report = group.reports.first {
            print(
                "\(name): \(report.statistics.readNanoseconds / 1000) µs,",
                "\(report.statistics.subjects) subjects, \(report.contract.why)")
        }
    }

    private func lines(_ command: String) -> Set<String> {
        Set(shell(command).split(separator: "\n").map { String($0) })
    }

    // MARK: Neighbours and rules

    private func compareNeighbours(_ picture: Picture, _ enter: String) {
        let truth = lines(
            "\(enter) ip -j neigh | jq -r '.[] | \"\\(.dst)@\\(.dev) \\(.lladdr // \"-\") "
                + "\\(.state[0])\"'")
        let seen = picture.all("neighbour").map { name, one in
            "\(name) \(one.data["hardwareAddress"]?.text ?? "-") \(one.data["state"]?.text ?? "")"
        }
        let folded = truth.map { line -> String in
            let words = line.split(separator: " ")
            let state =
                switch words[2] {
                case "PERMANENT": "permanent"
                case "REACHABLE", "STALE", "DELAY", "PROBE": "valid"
                default: "unresolved"
                }
            return "\(words[0]) \(words[1]) \(state)"
        }
        #expect(Set(seen) == Set(folded))
    }

    private func compareRules(_ picture: Picture, _ enter: String) {
        for (family, option) in [("ipv4", "-4"), ("ipv6", "-6")] {
            let truth = lines(
                "\(enter) ip \(option) rule | sed 's/:\\t/ /; s/ *$//; s/ .detached.//'")
            let seen = picture.all("rule").values.compactMap { one -> String? in
                guard one.data["family"]?.text == family else { return nil }
                return "\(one.data["priority"]?.int ?? -1) \(one.data["rule"]?.text ?? "")"
            }
            #expect(Set(seen) == truth)
        }
    }

    @Test func neighboursAndRulesAreWhatIpSays() throws {
        try inNamespace({ NeighbourSource() }, "neighbours") { picture, _, enter in
            compareRules(picture, enter)
            _ = shell(
                """
                \(enter) sh -c 'ip link set lo up; ip link add va type veth peer name vb
                ip addr add 10.9.0.1/24 dev va; ip link set va up; ip link set vb up
                ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 nud permanent dev va
                ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 nud reachable dev va
                ip neigh add fd00::2 lladdr 02:00:00:00:00:04 nud stale router dev va
                ip rule add from 10.0.0.0/8 to 192.0.2.1 fwmark 0x5/0xff iif va lookup 100 pref 99
                ip rule add uidrange 1000-1999 ipproto tcp dport 80 prohibit pref 98
                ip -6 rule add not from fd00::/8 oif va blackhole pref 97'
                """)
            #expect(
                picture.reaches { state in
                    state.subjects.keys.contains { $0.name.text == "fd00::2@va" }
                        && state.subjects.keys.contains { $0.name.text.hasPrefix("ipv6 97 ") }
                })
            compareNeighbours(picture, enter)
            compareRules(picture, enter)
            #expect(picture.all("neighbour")["10.9.0.2@va"]?.data["state"] == "permanent")
            #expect(picture.all("neighbour")["fd00::2@va"]?.data["router"] == true)
            let before = picture.state.withLock { $0.history.count }
            // From reachable to stale says nothing new.
            _ = shell("\(enter) ip neigh change 10.9.0.3 nud stale dev va")
            _ = shell("\(enter) ip neigh del 10.9.0.2 dev va")
            #expect(
                picture.reaches { state in
                    !state.subjects.keys.contains { $0.name.text == "10.9.0.2@va" }
                })
            let told = picture.state.withLock { Array($0.history[before...]) }
            #expect(told.count == 1, "\(told)")
            _ = shell("\(enter) sh -c 'ip rule del pref 99; ip link set va name vc'")
            #expect(
                picture.reaches { state in
                    !state.subjects.keys.contains { $0.name.text.hasPrefix("ipv4 99 ") }
                        && state.subjects.keys.contains { $0.name.text == "10.9.0.3@vc" }
                })
            compareNeighbours(picture, enter)
            compareRules(picture, enter)
            _ = shell("\(enter) ip link del vc")
            #expect(
                picture.reaches { state in
                    !state.subjects.keys.contains { $0.type.text == "neighbour" }
                })
        }
    }

    @Test func aStormOfNeighboursLeavesNoDrift() throws {
        try inNamespace({ NeighbourSource() }, "neighbours") { picture, _, enter in
            _ = shell(
                """
                \(enter) sh -c 'ip link add va type bridge; ip link set va up
                for i in $(seq 1 200); do
                echo "neigh add 10.8.0.$i lladdr 02:00:00:00:00:02 nud permanent dev va"; done \
                | ip -batch -; for i in $(seq 1 150); do echo "neigh del 10.8.0.$i dev va"; done \
                | ip -batch -'
                """)
            #expect(
                picture.reaches { $0.subjects.keys.count { $0.type.text == "neighbour" } == 50 })
            compareNeighbours(picture, enter)
        }
    }

    // MARK: Firewall

    /// `nft` is not on every machine; the kernel's part is tested only with it.
    private static let hasNFT = shell("command -v nft") != ""

    private func compareFirewall(_ picture: Picture, _ enter: String) {
        let json = "\(enter) nft -j list ruleset | jq -r '.nftables[]"
        #expect(
            Set(picture.all("firewall-table").keys)
                == lines("\(json) | .table // empty | \"\\(.family) \\(.name)\"'"))
        let chains = picture.all("firewall-chain").map { name, one in
            "\(name) \(one.data["hook"]?.text ?? "-") \(one.data["policy"]?.text ?? "-") "
                + "\(one.data["priority"]?.int.map { String($0) } ?? "-")"
        }
        #expect(
            Set(chains)
                == lines(
                    "\(json) | .chain // empty | \"\\(.family) \\(.table) \\(.name) "
                        + "\\(.hook // \"-\") \\(.policy // \"-\") \\(.prio // \"-\")\"'"))
        #expect(
            Set(picture.all("firewall-rule").keys)
                == lines(
                    "\(json) | .rule // empty | "
                        + "\"\\(.family) \\(.table) \\(.chain) \\(.handle)\"'"))
        let sets = picture.all("firewall-set").map { name, one in
            "\(name) \(one.data["elements"]?.int ?? 0)"
        }
        #expect(
            Set(sets)
                == lines(
                    "\(json) | (.set // .map) // empty | "
                        + "\"\\(.family) \\(.table) \\(.name) \\(.elem // [] | length)\"'"))
    }

    @Test(.enabled(if: hasNFT, "nft is not installed"))
    func tablesChainsRulesAndSetsAreWhatNftSays() throws {
        try inNamespace({ FirewallSource() }, "firewall") { picture, _, enter in
            let rules = [
                "iifname \"lo\" accept", "ct state established,related accept",
                "tcp dport { 22, 80, 8000-8010 } counter accept comment \"web\"",
                "ip saddr 10.0.0.0/8 udp dport 53 drop", "ip daddr 192.0.2.7 reject",
                "ip saddr @bad drop", "ip6 daddr fe80::/64 accept", "tcp dport != 25 jump more",
                "meta skuid 1000 limit rate 10/second accept",
            ]
            let script =
                """
                table inet t {
                set bad { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 } }
                set seen { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
                chain more { }
                chain input { type filter hook input priority 10; policy drop;
                \(rules.joined(separator: "\n"))
                }
                }
                table ip n {
                chain out { type nat hook postrouting priority 100; masquerade; }
                }
                """
            _ = shell("\(enter) nft -f - <<'END'\n\(script)\nEND")
            #expect(
                picture.reaches { state in
                    state.subjects.keys.count { $0.type.text == "firewall-rule" } == 10
                })
            let texts = Set(
                picture.all("firewall-rule").values.compactMap { $0.data["rule"]?.text })
            let expected = [
                "iifname \"lo\" accept", "ct state established,related accept",
                "tcp dport { 22, 80, 8000-8010 } counter accept",
                "ip saddr 10.0.0.0/8 udp dport 53 drop", "ip daddr 192.0.2.7 reject",
                "ip saddr @bad drop", "ip6 daddr fe80::/64 accept", "tcp dport != 25 jump more",
                "meta skuid 1000 limit rate 10/second accept", "masquerade",
            ]
            #expect(texts == Set(expected))
            let web = picture.all("firewall-rule").values.first { $0.data["comment"] != nil }
            #expect(web?.data["comment"] == "web")
            #expect(web?.data["verdict"] == "accept")
            #expect(web?.links["IN"]?.first?.name.text == "inet t input")
            compareFirewall(picture, enter)
            let before = picture.all("firewall-chain")["inet t input"]?.data["digest"]
            _ = shell(
                "\(enter) sh -c 'nft add element inet t bad \"{ 192.0.2.3 }\"; nft insert rule "
                    + "inet t input ip saddr 127.0.0.1 accept'")
            #expect(
                picture.reaches { state in
                    state.subjects.contains { subject, one in
                        subject.name.text == "inet t input" && one.data["digest"] != before
                    }
                        && state.subjects.contains { subject, one in
                            subject.name.text == "inet t bad" && one.data["elements"] == 3
                        }
                })
            compareFirewall(picture, enter)
            _ = shell("\(enter) nft flush ruleset")
            #expect(
                picture.reaches { state in
                    !state.subjects.keys.contains { $0.type.text == "firewall-rule" }
                })
            compareFirewall(picture, enter)
        }
    }

    // MARK: iptables-legacy

    private static let hasLegacy = shell("command -v iptables-legacy") != ""

    private func compareLegacy(_ picture: Picture, _ enter: String) {
        for (family, program) in [("ip", "iptables-legacy"), ("ip6", "ip6tables-legacy")] {
            let rules = picture.all("iptables-rule").values.compactMap { one -> String? in
                guard one.data["family"]?.text == family, let chain = one.data["chain"]?.text,
                    let table = one.data["table"]?.text
                else { return nil }
                return "\(table) -A \(chain) \(one.data["rule"]?.text ?? "")"
            }
            let policies = picture.all("iptables-chain").values.compactMap { one -> String? in
                guard one.data["family"]?.text == family, let policy = one.data["policy"]?.text,
                    let table = one.data["table"]?.text, let chain = one.data["chain"]?.text
                else { return nil }
                return "\(table) -P \(chain) \(policy.uppercased())"
            }
            let names = lines("\(enter) cat /proc/net/\(family)_tables_names").sorted()
            let truth = names.flatMap { table in
                lines("\(enter) \(program) -t \(table) -S | grep -v ^-N").map { "\(table) \($0)" }
            }
            #expect((rules + policies).sorted() == truth.sorted(), "\(family)")
        }
    }

    @Test(.enabled(if: hasLegacy, "iptables-legacy is not installed"))
    func rulesOfLegacyAreWhatItSays() throws {
        try inNamespace({ FirewallSource() }, "firewall") { picture, group, enter in
            #expect(group.reports.first?.contract.mechanism.contains("iptables-legacy") == true)
            _ = shell(
                """
                \(enter) sh -c 'iptables-legacy -N more; iptables-legacy -P FORWARD DROP
                iptables-legacy -A INPUT -i lo -j ACCEPT
                iptables-legacy -A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j more
                iptables-legacy -A more -m state --state NEW,ESTABLISHED -m comment --comment "a b"
                iptables-legacy -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
                ip6tables-legacy -A OUTPUT -d fe80::/10 -p udp -m udp --sport 1:9 -j DROP'
                """)
            let count = { (wanted: Int) in
                picture.reaches { state in
                    state.subjects.keys.count { $0.type.text == "iptables-rule" } == wanted
                }
            }
            #expect(count(5))
            compareLegacy(picture, enter)
            // In front of the others: the jumps behind it lead elsewhere in the table by now.
            let before = Set(picture.all("iptables-rule").keys)
            _ = shell("\(enter) iptables-legacy -I INPUT -p icmp -j DROP")
            #expect(count(6))
            #expect(before.isSubset(of: picture.all("iptables-rule").keys))
            compareLegacy(picture, enter)
            _ = shell("\(enter) sh -c 'iptables-legacy -F; iptables-legacy -X'")
            #expect(count(2))
            compareLegacy(picture, enter)
        }
    }
}
