import Host
import Resources
import Testing

@testable import MMSAgent

/// Little-endian bytes of a number.
private func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}

/// A netlink message of a kind around a body.
func netlinkMessage(_ kind: UInt16, _ body: [UInt8]) -> [UInt8] {
    let length = UInt32(body.count + 16)
    return bytes(length) + bytes(kind) + bytes(UInt16(2)) + bytes(UInt32(1)) + bytes(UInt32(0))
        + body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
}

/// An attribute with its padding.
func netlinkAttribute(_ kind: UInt16, _ value: [UInt8]) -> [UInt8] {
    bytes(UInt16(value.count + 4)) + bytes(kind) + value
        + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
}

/// A TCP socket as sock_diag says it.
private func tcp(
    _ cookie: UInt64, state: UInt8, port: UInt16, to remote: UInt16 = 0, inode: UInt32
) -> [UInt8] {
    var body: [UInt8] = [2, state, 0, 0] + bytes(port.bigEndian) + bytes(remote.bigEndian)
    body += [127, 0, 0, 1] + [UInt8](repeating: 0, count: 12)
    body += (remote == 0 ? [0, 0, 0, 0] : [127, 0, 0, 1]) + [UInt8](repeating: 0, count: 12)
    body += bytes(UInt32(0)) + bytes(cookie) + [UInt8](repeating: 0, count: 12)
    return netlinkMessage(20, body + bytes(UInt32(0)) + bytes(inode))
}

/// A unix socket as sock_diag says it.
private func unix(
    _ cookie: UInt64, state: UInt8, name: [UInt8]?, peer: UInt32? = nil, inode: UInt32
) -> [UInt8] {
    var body: [UInt8] = [1, 1, state, 0] + bytes(inode) + bytes(cookie)
    if let name { body += netlinkAttribute(0, name) }
    if let peer { body += netlinkAttribute(2, bytes(peer)) }
    return netlinkMessage(20, body + netlinkAttribute(7, bytes(UInt32(0))))
}

/// A simulated machine with the sensor of its sockets, and a picture of what it said.
private final class Rig {
    let kernel = SimulatedKernel()
    let sensor: LevelSensor
    var sockets: [[UInt8]] = []
    var unixSockets: [[UInt8]] = []
    var outcome: DumpOutcome = .complete
    var present: [String: Observation.Sighting] = [:]
    var edges: [String: Observation.Edges] = [:]
    var origins: [Origin] = []
    var gaps: [String] = []

    init() {
        sensor = LevelSensor(SocketSource(bufferBytes: 832 * 4), on: kernel)
        kernel.answers[4] = { [unowned self] request in
            let isUnix = request[16] == 1
            let isTCP = request[16] == 2 && request[17] == 6
            return (isUnix ? self.unixSockets : isTCP ? self.sockets : [], self.outcome)
        }
        count(1)
    }

    func count(_ number: Int) {
        kernel.write(
            "/proc/thread-self/net/sockstat",
            "sockets: used \(number)\nTCP: inuse \(number) orphan 0\nUDP: inuse 0 mem 0\n")
    }

    func take(_ out: [Observation]) {
        for one in out {
            switch one {
            case .present(let sighting):
                present[sighting.subject.name.text] = sighting
                origins.append(sighting.origin)
            case .absent(let subject, let origin, _):
                present[subject.name.text] = nil
                origins.append(origin)
            case .edges(let one): edges[one.subject.name.text] = one
            case .gap(_, let cause, _): gaps.append(cause)
            case .gapClosed: gaps.append("closed")
            }
        }
    }

    func start() {
        var out: [Observation] = []
        sensor.start(&out)
        take(out)
    }

    func turn(milliseconds: UInt64 = 200) {
        var out: [Observation] = []
        for index in sensor.feeds.indices { sensor.ready(index, &out) }
        kernel.time.advance(milliseconds: milliseconds)
        if let due = sensor.deadline, due <= kernel.clock.ticks {
            sensor.expire(kernel.clock.ticks, &out)
        }
        take(out)
    }
}

@Suite struct SocketTests {
    @Test func aSocketIsSeenByTheTickAndItsEndIsAnEvent() {
        let rig = Rig()
        rig.sockets = [tcp(1, state: 10, port: 80, inode: 11)]
        rig.kernel.link("/proc/1/fd/3", to: "socket:[11]")
        rig.start()
        #expect(rig.present.keys.sorted() == ["tcp 127.0.0.1:80"])
        #expect(rig.present["tcp 127.0.0.1:80"]?.identity == "boot:1")
        #expect(rig.edges["1"]?.identity == "boot:1:1")
        #expect(rig.edges["1"]?.links["LISTENS"]?.map(\.name.text) == ["tcp 127.0.0.1:80"])
        // No count, no reading.
        rig.sockets.append(tcp(2, state: 1, port: 80, to: 4000, inode: 12))
        for _ in 0..<10 { rig.turn() }
        #expect(rig.present.count == 1)
        rig.count(2)
        rig.kernel.link("/proc/1/fd/4", to: "socket:[12]")
        for _ in 0..<10 { rig.turn() }
        #expect(rig.present["tcp 127.0.0.1:80 → 127.0.0.1:4000"]?.data["state"] == "established")
        #expect(rig.edges["1"]?.links["CONNECTS"]?.count == 1)
        // The end of a socket that nobody saw changes nothing; that of a seen one does.
        rig.origins = []
        rig.kernel.send(netlink: 4, tcp(99, state: 7, port: 1, inode: 0))
        rig.turn(milliseconds: 50)
        #expect(rig.origins == [])
        let ended = rig.sockets.removeLast()
        rig.kernel.remove("/proc/1/fd/4")
        rig.kernel.send(netlink: 4, ended)
        rig.turn(milliseconds: 50)
        #expect(rig.present.count == 1)
        #expect(rig.origins == [.intercepted])
        #expect(rig.edges["1"]?.links["CONNECTS"] == [])
        var out: [Observation] = []
        rig.sensor.sweep(slices: false, &out)
        #expect(out.isEmpty && rig.sensor.statistics.drift == 0)
    }

    @Test func lossIsAGapAndATornReadingLeavesItOpen() {
        let rig = Rig()
        rig.sockets = [tcp(1, state: 10, port: 80, inode: 11)]
        rig.start()
        #expect(rig.gaps == ["start", "closed"])
        rig.kernel.dropEvents()
        rig.outcome = .interrupted
        rig.sockets = []
        rig.turn()
        #expect(rig.gaps.count == 3)
        #expect(rig.present.count == 1)
        rig.outcome = .complete
        for _ in 0..<10 { rig.turn() }
        #expect(rig.gaps.last == "closed")
        #expect(rig.present.isEmpty)
    }

    @Test func socketsOfOneAddressKeepTheirNames() {
        let rig = Rig()
        let both = [1, 2].map { tcp($0, state: 10, port: 80, inode: UInt32($0)) }
        rig.sockets = both
        rig.start()
        #expect(rig.present.keys.sorted() == ["tcp 127.0.0.1:80", "tcp 127.0.0.1:80#2"])
        rig.sockets = [both[1]]
        rig.kernel.send(netlink: 4, both[0])
        rig.turn()
        #expect(rig.present.keys.sorted() == ["tcp 127.0.0.1:80#2"])
        rig.sockets = [both[1], tcp(3, state: 10, port: 80, inode: 3)]
        rig.count(9)
        for _ in 0..<10 { rig.turn() }
        #expect(rig.present["tcp 127.0.0.1:80"]?.identity == "boot:3")
    }

    @Test func whatNoProgramHoldsIsNoResource() {
        let rig = Rig()
        rig.sockets = [
            tcp(1, state: 5, port: 80, to: 1, inode: 0),
            tcp(2, state: 5, port: 80, to: 2, inode: 7),
            tcp(3, state: 1, port: 80, to: 3, inode: 0),
        ]
        rig.unixSockets = [
            unix(10, state: 10, name: Array("/run/a\nb\0".utf8), inode: 20),
            unix(11, state: 1, name: Array("/run/a\nb\0".utf8), peer: 22, inode: 21),
            unix(12, state: 1, name: nil, peer: 21, inode: 22),
            unix(13, state: 10, name: [0] + Array("x\0y".utf8), inode: 23),
            unix(14, state: 7, name: [0xFF, 0x41], inode: 24),
        ]
        rig.kernel.link("/proc/1/fd/3", to: "socket:[20]")
        rig.kernel.link("/proc/1/fd/4", to: "socket:[21]")
        let client = rig.kernel.fork(1) ?? 0
        rig.kernel.link("/proc/\(client)/fd/5", to: "socket:[22]")
        rig.start()
        let name = "unix stream /run/a\\u{a}b"
        #expect(
            rig.present.keys.sorted() == [
                "tcp 127.0.0.1:80 → 127.0.0.1:2", "tcp 127.0.0.1:80 → 127.0.0.1:3", name,
                "unix stream @x@y", "unix stream \\xffA",
            ])
        #expect(rig.edges["1"]?.links["LISTENS"]?.map(\.name.text) == [name])
        #expect(rig.edges["1"]?.links["CONNECTS"] == nil)
        #expect(rig.edges["\(client)"]?.links["CONNECTS"]?.map(\.name.text) == [name])
    }

    @Test func withoutSocketDiagnosisItReadsTheTables() {
        let rig = Rig()
        rig.kernel.answers[4] = nil
        let line =
            " 0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 "
        let long =
            " 1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A "
            + "00000000:00000000 00:00000000 00000000     0        0 78 1 0 100 0 0 10 0\n"
        let folder = "/proc/thread-self/net"
        rig.kernel.write("\(folder)/tcp", "head\n\(line)77 1 0\n 1: cut")
        rig.kernel.write("\(folder)/tcp6", "head\n" + long)
        rig.kernel.write(
            "\(folder)/unix",
            "Num\n0000: 00000002 00000000 00010000 0001 01 90 /run/a b\n0: 2 0 0 0001 03 91\nb:\n")
        rig.start()
        #expect(
            rig.present.keys.sorted() == [
                "tcp 127.0.0.1:80", "tcp [::1]:8080", "unix stream /run/a b",
            ])
        #expect(rig.present["tcp 127.0.0.1:80"]?.data["uid"] == 1000)
        #expect(rig.sensor.contract.mechanism.contains("every 5 s"))
        #expect(rig.sensor.contract.why.contains("Protocol not supported"))
        rig.kernel.write("\(folder)/tcp", "head\n")
        for _ in 0..<60 { rig.turn() }
        #expect(rig.present["tcp 127.0.0.1:80"] == nil)
    }

    @Test func anUnprivilegedReaderSaysWhatItLacks() {
        let rig = Rig()
        rig.kernel.isUnprivileged = true
        rig.sockets = [tcp(1, state: 10, port: 80, inode: 11)]
        rig.kernel.link("/proc/1/fd/3", to: "socket:[11]")
        rig.start()
        #expect(rig.present.count == 1)
        #expect(rig.edges.isEmpty)
        #expect(rig.sensor.contract.why.contains("Operation not permitted"))
        #expect(rig.sensor.contract.mayMiss.contains("processes of other users"))
    }

    /// The end of a run of random openings, ends and losses, with readings that are interrupted.
    private func run(seed: UInt64) -> (names: [String], truth: [String], rig: Rig) {
        var random = SeededRandom(seed: seed)
        let rig = Rig()
        rig.sockets = []
        rig.count(0)
        rig.start()
        var open: [UInt64: [UInt8]] = [:]
        var last: UInt64 = 0
        for _ in 0..<200 {
            switch random.next() % 8 {
            case 0...2:
                last += 1
                let port = UInt16(random.next() % 6 + 1)
                open[last] = tcp(last, state: 10, port: port, inode: UInt32(last))
            case 3, 4:
                guard let cookie = open.keys.sorted().first(where: { _ in random.oneIn(2) }),
                    let ended = open.removeValue(forKey: cookie)
                else { break }
                rig.kernel.send(netlink: 4, ended)
            case 5: if random.oneIn(4) { rig.kernel.dropEvents() }
            case 6: rig.outcome = random.oneIn(5) ? .interrupted : .complete
            default: rig.turn(milliseconds: random.next() % 700)
            }
            rig.sockets = open.keys.sorted().compactMap { open[$0] }
            rig.count(open.count)
        }
        rig.outcome = .complete
        for _ in 0..<30 { rig.turn() }
        return (
            rig.present.values.map(\.identity).sorted(), open.keys.map { "boot:\($0)" }.sorted(),
            rig
        )
    }

    @Test func twoHundredSeedsEndInTheTruePicture() {
        for seed in 0..<200 as Range<UInt64> {
            let (names, truth, rig) = run(seed: seed)
            #expect(names == truth, "seed \(seed)")
            #expect(rig.gaps.last == "closed", "seed \(seed)")
            var out: [Observation] = []
            rig.sensor.sweep(slices: false, &out)
            #expect(out == [] && rig.sensor.statistics.drift == 0, "seed \(seed)")
        }
    }

    @Test func everyTruncationOfASocketMessageIsRefused() {
        let whole = tcp(1, state: 10, port: 80, inode: 11)
        for end in 1..<whole.count {
            let cut = Array(whole[..<end])
            #expect(SocketDiagnosis.ended(unsafe cut.span.bytes) == nil)
        }
        #expect(SocketDiagnosis.ended(unsafe whole.span.bytes) == [1])
    }

    @Test func randomBytesNeitherTrapNorLoop() {
        var random = SeededRandom(seed: 5)
        for round in 0..<20_000 {
            var bytes = (0..<Int(random.next() % 160)).map { _ in UInt8(random.next() & 0xFF) }
            if bytes.count > 20 {
                bytes.replaceSubrange(0..<4, with: [UInt8(bytes.count), 0, 0, 0])
                bytes.replaceSubrange(4..<6, with: [20, 0])
                bytes[16] = [1, 2, 10][round % 3]
            }
            _ = NetlinkMessage.each(in: unsafe bytes.span.bytes) { message in
                _ = SocketRecord(message, .tcp)?.label
                _ = SocketRecord(unix: message)?.label
                _ = NeighbourRecord(message)
                _ = RuleRecord(message)
                _ = FirewallTable(message)
                _ = FirewallChain(message)
                _ = FirewallSet(message)?.keyWords
                if let rule = FirewallRule(message) { _ = FirewallText.of(rule, sets: [:]) }
            }
            _ = SocketFiles.sockets(bytes, .tcp, .ipv4)
            _ = SocketFiles.unixSockets(bytes)
            _ = SocketFiles.packetSockets(bytes)
            _ = SharedMemory.seen(bytes, boot: "b")
            _ = DescriptorReader.Target(unsafe bytes.span.bytes)
        }
    }
}
