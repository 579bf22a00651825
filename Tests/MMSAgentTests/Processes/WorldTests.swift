import Host
import Resources
import Testing

@testable import MMSAgent

/// A simulated machine with its sensors, and a picture of what they said.
private struct Rig {
    let kernel = SimulatedKernel()
    let sensors: [any Sensor]
    var random: SeededRandom
    var picture: [Observation.Subject: Observation.Sighting] = [:]
    var history: [Observation] = []
    var open: [String: Int] = [:]
    var faults: [String] = []
    /// The mount that was made last before anybody looked at mounts.
    var mountBefore: UInt64 = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        // Small buffers overflow on their own.
        let bytes = 832 * (seed.isMultiple(of: 3) ? 8 : 200)
        sensors = [
            ProcessSensor(kernel, bufferBytes: bytes), NetworkSensor(kernel, bufferBytes: bytes),
            LevelSensor(MountSource(), on: kernel),
        ]
    }

    mutating func apply(_ out: [Observation]) {
        history += out
        for observation in out {
            switch observation {
            case .present(let one):
                if let old = picture[one.subject], old.identity != one.identity {
                    faults.append("\(one.subject) changed identity")
                }
                picture[one.subject] = one
            case .edges: break
            case .absent(let subject, _, _):
                if picture.removeValue(forKey: subject) == nil {
                    faults.append("\(subject) was not there")
                }
            case .gap(let source, _, _): open[source, default: 0] += 1
            case .gapClosed(let source, _): open[source, default: 0] -= 1
            }
        }
    }

    mutating func start() {
        var out: [Observation] = []
        for sensor in sensors {
            mountBefore = kernel.lastUnique
            sensor.start(&out)
        }
        apply(out)
    }

    mutating func turn() {
        var out: [Observation] = []
        for sensor in sensors {
            for feed in sensor.feeds.indices { sensor.ready(feed, &out) }
            let now = kernel.clock.ticks
            if let due = sensor.deadline, due <= now { sensor.expire(now, &out) }
        }
        apply(out)
    }

    /// Lets what is queued and due be done, with nothing new.
    mutating func quiesce() {
        kernel.beforeRead = nil
        for _ in 0..<40 {
            kernel.time.advance(milliseconds: 100)
            turn()
        }
    }

    mutating func sweep() {
        var out: [Observation] = []
        for sensor in sensors { sensor.sweep(slices: false, &out) }
        apply(out)
        quiesce()
    }
}

extension SeededRandom {
    /// A number below `bound`.
    fileprivate mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// One random change of the machine.
private func change(_ kernel: SimulatedKernel, _ random: inout SeededRandom) {
    let pids = kernel.table.keys.sorted()
    let links = kernel.interfaces.keys.sorted().filter { $0 != 1 }
    let pid = pids[random.below(pids.count)]
    let link = links.isEmpty ? nil : links[random.below(links.count)]
    let byte = UInt8(random.below(6))
    switch random.below(16) {
    case 0...3: kernel.fork(pid)
    case 4, 5: kernel.execute(pid, "/bin/tool\(byte)", ["tool\(byte)", "a b", "\n)"])
    case 6, 7, 8: kernel.exit(pid, status: Int32(byte) << 8)
    case 9: kernel.reap()
    case 10: kernel.setUser(pid, UInt32(byte))
    case 11:
        if let link, random.oneIn(3) {
            kernel.removeInterface(link)
        } else {
            // Names and indexes are used again, as `ip link add … index N` does.
            let index = kernel.interfaces.keys.max().map { $0 + 1 - Int32(random.below(2)) }
            kernel.addInterface("if\(random.below(4))", index: random.oneIn(2) ? index : nil)
        }
    case 12:
        guard let link else { break }
        if random.oneIn(2) {
            kernel.setUp(link, !random.oneIn(3))
        } else {
            kernel.rename(link, "re\(link)-\(byte)")
        }
    case 13:
        guard let link else { break }
        random.oneIn(3)
            ? kernel.removeAddress([10, 0, 0, byte, 24], on: link)
            : kernel.addAddress([10, 0, 0, byte, 24], on: link)
    case 14:
        guard let link else { break }
        if random.oneIn(3), let first = kernel.routes.first {
            kernel.removeRoute(first)
        } else {
            kernel.addRoute([10, byte, 0, 0, 16], on: link)
        }
    default:
        let point = "/mnt \(byte)\n"
        random.oneIn(2) ? kernel.mount(point) : kernel.unmount(point)
    }
}

@Suite struct WorldTests {
    private func run(seed: UInt64) -> Rig {
        var rig = Rig(seed: seed)
        for _ in 0..<40 { change(rig.kernel, &rig.random) }
        // The machine changes while it is read.
        let kernel = rig.kernel
        var inner = SeededRandom(seed: seed &* 31 &+ 7)
        kernel.beforeRead = { if inner.oneIn(25) { change(kernel, &inner) } }
        rig.start()
        for _ in 0..<60 {
            for _ in 0..<rig.random.below(12) { change(kernel, &rig.random) }
            // Some machines lose nothing: what passes there has no gap to hide in.
            if rig.random.oneIn(15), !seed.isMultiple(of: 4) { kernel.dropEvents() }
            rig.turn()
        }
        rig.quiesce()
        return rig
    }

    @Test(arguments: 0..<10)
    func afterQuietThePictureIsTheTruth(shard: Int) {
        for seed in WorldSeeds.part(shard, of: 10, standard: 500) {
            var rig = run(seed: seed)
            let again = run(seed: seed)
            #expect(rig.history == again.history, "seed \(seed) does not repeat")
            check(rig, seed)
            let before = rig.history.count
            rig.sweep()
            for sensor in rig.sensors {
                #expect(sensor.statistics.drift == 0, "seed \(seed) \(sensor.contract.name)")
                #expect(sensor.statistics.sampled == 0, "seed \(seed) \(sensor.contract.name)")
                #expect(sensor.statistics.sweeps == 1, "seed \(seed) \(sensor.contract.name)")
            }
            #expect(rig.history.count == before, "seed \(seed): the sweep found something")
            check(rig, seed)
        }
    }

    private func check(_ rig: Rig, _ seed: UInt64) {
        let kernel = rig.kernel
        #expect(rig.faults == [], "seed \(seed)")
        #expect(rig.open.values.allSatisfy { $0 == 0 }, "seed \(seed): a gap is open")
        let (lost, gaps) = rig.sensors.reduce((0, 0)) {
            ($0.0 + Int($1.statistics.lost), $0.1 + Int($1.statistics.gaps))
        }
        #expect(gaps >= rig.sensors.count, "seed \(seed)")
        #expect(lost <= kernel.losses, "seed \(seed)")
        #expect((kernel.losses == 0) == (gaps == rig.sensors.count), "seed \(seed): \(gaps)")
        let processes = kernel.table.values.filter { !$0.isZombie }.map { one in
            "\(one.pid) \(one.parent) \(one.start) \(one.name) \(one.executable) \(one.user) "
                + "\(one.arguments)"
        }
        #expect(seen(rig, "process", process) == processes.sorted(), "seed \(seed)")
        let interfaces = kernel.interfaces.values.map {
            "7:\($0.index):\($0.instance) \($0.name) \($0.isUp)"
        }
        #expect(seen(rig, "interface", interface) == interfaces.sorted(), "seed \(seed)")
        let addresses = kernel.interfaces.values.flatMap { one in
            one.addresses.map { "10.0.0.\($0[3])/24@\(one.name)" }
        }
        #expect(seen(rig, "address") { $0.subject.name.text } == addresses.sorted(), "seed \(seed)")
        let routes = kernel.routes.map { route in
            "10.\(route.destination[1]).0.0/16 \(kernel.interfaces[route.interface]?.name ?? "?")"
        }
        #expect(seen(rig, "route", route) == routes.sorted(), "seed \(seed)")
        let mounts = kernel.mounts.map { "mount:\($0.unique) \($0.point)" }
        #expect(seen(rig, "mount", mount) == mounts.sorted(), "seed \(seed)")
        // Nothing passes unseen: each mount was told of, or there was a gap.
        let told = Set(
            rig.history.compactMap { observation in
                if case .present(let one) = observation { one.identity } else { nil }
            })
        let mountGaps = rig.sensors.last?.statistics.gaps ?? 0
        let untold = (rig.mountBefore + 1..<kernel.lastUnique + 1).filter {
            !told.contains("mount:\($0)")
        }
        #expect(mountGaps > 1 || untold.isEmpty, "seed \(seed): \(untold)")
    }

    private func seen(
        _ rig: Rig, _ type: String, _ text: (Observation.Sighting) -> String
    ) -> [String] {
        rig.picture.values.filter { $0.subject.type.text == type }.map(text).sorted()
    }

    private func process(_ one: Observation.Sighting) -> String {
        let text = { (key: String) in one.data[key]?.text ?? "?" }
        let number = { (key: String) in one.data[key]?.int ?? -1 }
        let arguments = (one.data["commandLine"]?.list ?? []).compactMap(\.text)
        let start = one.identity.split(separator: ":").last ?? ""
        return "\(number("pid")) \(number("ppid")) \(start) \(text("name")) \(text("executable")) "
            + "\(number("uid")) \(arguments)"
    }

    private func interface(_ one: Observation.Sighting) -> String {
        let isUp = one.data["up"]?.bool ?? false
        return "\(one.identity) \(one.subject.name) \(isUp)"
    }

    private func route(_ one: Observation.Sighting) -> String {
        "\(one.data["destination"]?.text ?? "?") \(one.data["interface"]?.text ?? "?")"
    }

    private func mount(_ one: Observation.Sighting) -> String {
        "\(one.identity) \(one.data["mountPoint"]?.text ?? "?")"
    }

    @Test func withoutPrivilegeProcessesArePolledAndTheContractSaysSo() {
        let kernel = SimulatedKernel()
        kernel.isUnprivileged = true
        let sensor = ProcessSensor(kernel)
        var out: [Observation] = []
        sensor.start(&out)
        #expect(sensor.contract.mechanism.contains("poll"))
        #expect(sensor.contract.why.contains("CAP_NET_ADMIN"))
        out = []
        let pid = kernel.fork(1)
        kernel.time.advance(milliseconds: 1000)
        sensor.expire(kernel.clock.ticks, &out)
        #expect(out.count == 1)
        guard case .present(let one) = out.first else {
            Issue.record("nothing was seen")
            return
        }
        #expect(one.data["pid"]?.int == pid.map { Int64($0) })
        #expect(one.origin == .sampled)
    }
}

@Suite struct SweepRaceTests {
    /// A reading during which a program changes twice is older than what the events told.
    @Test func anExecWhileASweepReadsIsNeitherDriftNorForgotten() throws {
        let kernel = SimulatedKernel()
        let pid = try #require(kernel.fork(1))
        let sensor = ProcessSensor(kernel)
        var out: [Observation] = []
        sensor.start(&out)
        // By how many readings a change comes: at the first, and while the same process is read.
        var plan: [Int: String] = [1: "/bin/first"]
        var reads = 0
        kernel.beforeRead = {
            reads += 1
            if let program = plan[reads] { kernel.execute(pid, program, [program]) }
        }
        sensor.sweep(slices: false, &out)
        plan = [:]
        kernel.time.advance(milliseconds: 100)
        sensor.ready(0, &out)
        // The listed difference is looked at again: at the first of five readings, and the fourth.
        (plan, reads) = ([1: "/bin/second", 4: "/bin/third"], 0)
        sensor.expire(kernel.clock.ticks, &out)
        kernel.beforeRead = nil
        for _ in 0..<3 {
            kernel.time.advance(milliseconds: 100)
            sensor.ready(0, &out)
            sensor.expire(kernel.clock.ticks, &out)
        }
        let last = out.last { observation in
            if case .present(let one) = observation {
                one.subject.name.text == "\(pid)"
            } else {
                false
            }
        }
        guard case .present(let one)? = last else { throw SeedError() }
        #expect(one.data["executable"]?.text == "/bin/third")
        #expect(one.data["name"]?.text == "third")
        #expect(sensor.statistics.drift == 0)
    }

    private struct SeedError: Error {}
}
