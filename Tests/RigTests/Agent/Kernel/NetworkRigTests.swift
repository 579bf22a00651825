import CHost
import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

@Suite(.serialized) struct NetworkRigTests {
    /// Runs a sensor in a network namespace of its own thread; `body` gets the namespace's file.
    private func inNamespace(_ body: (Picture, SensorGroup, String) throws -> Void) throws {
        let picture = Picture()
        let entered = Mutex("")
        let group = try SensorGroup(
            [
                {
                    // The sensor's thread alone leaves this namespace, for its whole life.
                    let thread = chost_leave_network()
                    let path = "/proc/\(getpid())/task/\(thread)/ns/net"
                    entered.withLock { $0 = thread > 0 ? path : "refused" }
                    return NetworkSensor(LinuxKernel())
                }
            ], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { !$0.subjects.isEmpty && $0.openGaps["network"] == 0 })
        let path = entered.withLock { $0 }
        #expect(path != "refused", "needs CAP_SYS_ADMIN")
        try body(picture, group, "nsenter --net=\(path)")
    }

    private func sweep(_ group: SensorGroup) -> SensorStatistics? {
        let before = group.reports.first?.statistics.sweeps ?? 0
        group.sweep()
        for _ in 0..<4000 {
            if let report = group.reports.first, report.statistics.sweeps > before {
                return report.statistics
            }
            usleep(5000)
        }
        Issue.record("no sweep: \(group.reports)")
        return nil
    }

    private func has(_ picture: Picture, _ type: String, _ name: String) -> Bool {
        picture.reaches { state in
            state.subjects.keys.contains { $0.type.text == type && $0.name.text == name }
        }
    }

    @Test func linksAddressesAndRoutesComeAndGo() throws {
        try inNamespace { picture, group, enter in
            _ = shell(
                """
                \(enter) sh -c 'ip link set lo up; ip link add va type veth peer name vb
                ip link add sw0 type bridge; ip link set vb master sw0; ip link set va up
                ip link set vb up; ip addr add 10.9.0.1/24 dev va
                ip route add 10.10.0.0/16 via 10.9.0.2; ip route add blackhole 10.11.0.0/16
                ip -6 addr add fd00::1/64 dev va nodad'
                """)
            #expect(has(picture, "interface", "va"))
            #expect(has(picture, "address", "10.9.0.1/24@va"))
            #expect(has(picture, "address", "fd00::1/64@va"))
            #expect(has(picture, "route", "10.10.0.0/16 via 10.9.0.2 dev va table main proto boot"))
            #expect(picture.all("interface")["vb"]?.data["master"] == "sw0")
            let first = try #require(sweep(group))
            #expect(first.drift == 0)
            try compare(picture, enter)
            // Setting the link down takes its IPv4 routes without a message.
            _ = shell("\(enter) sh -c 'ip link set va down; ip link set lo name loop 2>&1'")
            #expect(
                picture.reaches { state in
                    !state.subjects.keys.contains { $0.name.text.hasPrefix("10.10.0.0/16") }
                })
            _ = shell("\(enter) sh -c 'ip link set va name vc; ip link del sw0'")
            #expect(has(picture, "interface", "vc"))
            let second = try #require(sweep(group))
            #expect(second.drift == 0)
            try compare(picture, enter)
            _ = shell("\(enter) ip link del vc")
            #expect(picture.reaches { !$0.subjects.keys.contains { $0.name.text == "vc" } })
            let last = try #require(sweep(group))
            #expect(last.drift == 0)
            #expect(picture.state.withLock { $0.faults } == [])
            try compare(picture, enter)
        }
    }

    @Test func aStormOfLinksAndRoutesLeavesNoDrift() throws {
        try inNamespace { picture, group, enter in
            _ = shell(
                """
                \(enter) sh -c 'ip link add va type veth peer name vb; ip link set va up
                ip addr add 10.9.0.1/24 dev va
                for i in $(seq 1 60); do ip link add x$i type bridge; ip link set x$i up
                ip addr add 10.8.$i.1/24 dev x$i; done
                for i in $(seq 1 60); do ip link del x$i; done'
                """)
            let statistics = try #require(sweep(group))
            #expect(statistics.drift == 0)
            #expect(picture.state.withLock { $0.causes } == ["network: start"])
            try compare(picture, enter)
        }
    }

    /// Compares names with what `ip` says, in its own words.
    private func compare(_ picture: Picture, _ enter: String) throws {
        let links = lines("\(enter) ip -j link | jq -r '.[].ifname'")
        #expect(Set(picture.all("interface").keys) == links)
        let addresses = lines(
            "\(enter) ip -j addr | jq -r '.[] | .ifname as $i | .addr_info[]? "
                + "| \"\\(.local)/\\(.prefixlen)@\\($i)\"'")
        #expect(Set(picture.all("address").keys) == addresses)
        let routes = lines(
            "\(enter) sh -c 'ip -j -4 route show table all; ip -j -6 route show table all' | jq -r "
                + "'.[] | \"\\(.type // \"unicast\") \\(.dst) \\(.dev // \"-\") "
                + "\\(.table // \"main\")\"'")
        let seen = picture.all("route").values.map { one in
            let text = { (key: String) in one.data[key]?.text ?? "-" }
            return "\(text("kind")) \(shortened(text("destination"))) \(text("interface")) "
                + text("table")
        }
        #expect(Set(seen) == routes)
    }

    /// As `ip` shows a host route.
    private func shortened(_ destination: String) -> String {
        let suffix = destination.contains(":") ? "/128" : "/32"
        return destination.hasSuffix(suffix)
            ? String(destination.dropLast(suffix.count)) : destination
    }

    private func lines(_ command: String) -> Set<String> {
        Set(shell(command).split(separator: "\n").map { String($0) })
    }
}
