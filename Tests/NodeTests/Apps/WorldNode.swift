import Drivers
import Host
import Log
import MMSGraph
import Node
import Resources
import Trust
import ZeroProcs

/// A whole node in the World: both logs, the graph, handlers and executor, on a disk and processes
/// that outlive it. `kill` ends a life as kill -9 does; the next one begins with what is there.
final class WorldNode {
    let clock = SimulatedClock()
    let processes: SimulatedProcesses
    private let disk: SimulatedDisk
    private let store = SimulatedStore()
    private let entropy: SimulatedEntropy
    private let identity: NodeIdentity
    private let key = MachineKey()
    private(set) var life = WorldLife()
    private(set) var circle: Circle<SimulatedDisk, SimulatedStore>
    private var parts: Parts
    /// How often it was killed.
    private(set) var deaths = 0

    private struct Parts {
        let driver: ProcessDriver<SimulatedProcesses>
        let handlers: HandlerLoop<SimulatedDisk, SimulatedStore>
        let executor: ExecutorLoop<SimulatedDisk, SimulatedStore, SimulatedProcesses>
    }

    /// A node with its types and its machine in the graph.
    init(seed: UInt64) throws {
        disk = SimulatedDisk(seed: seed)
        entropy = SimulatedEntropy(seed: seed)
        processes = SimulatedProcesses(clock: clock, seed: seed)
        identity = try NodeIdentity(name: "world", time: clock.now, entropy: entropy)
        let made = try Self.open(disk, store, identity)
        circle = made.circle
        let driver = ProcessDriver(processes: processes) { _, _ in }
        parts = Self.parts(circle, driver, key, made.announcer, clock, entropy)
        let known: Set = ["machine", "socket", "deadletter"]
        let types = InstalledTypes.all.filter { known.contains($0.name.text) }
        try circle.install(
            CoreTypes.all + AppTypes.all + types, clock: clock, entropy: entropy)
        let data: ValueMap = ["cores": 4, "memory": .int(8 << 30)]
        let machine = Draft(
            id: entropy.identifier(at: clock.now), type: CoreTypes.known("machine"),
            namespace: identity.namespace, name: try ResourceName("world"), data: data)
        let batch = Batch([.create(machine)])
        _ = try circle.machine.propose(
            Proposal(caller: .system("sensor machine"), batch: batch, time: clock.now)
        ).get()
    }

    deinit { for writer in circle.writers { writer.stop() } }

    /// Counts the steps of this life from now on, and ends it before that one.
    func begin(endingBefore step: Int?) {
        life = WorldLife(endingBefore: step)
        disk.set(life)
        processes.set(life)
    }

    /// Ends this life and begins the next. Nothing of the graph was flushed; the log has it.
    func restart() throws {
        for writer in circle.writers { writer.stop() }
        life = WorldLife()
        disk.set(nil)
        disk.kill()
        store.crash()
        processes.restart()
        deaths += 1
        let made = try Self.open(disk, store, identity)
        circle = made.circle
        let driver = ProcessDriver(processes: processes) { _, _ in }
        parts = Self.parts(circle, driver, key, made.announcer, clock, entropy)
        try OpenCalls(circle).close(clock: clock, entropy: entropy)
    }

    /// Proposes commands to the fleet log as the administrator; false when that was refused, or the
    /// node died before the answer.
    func propose(_ commands: [Command]) -> Bool {
        let caller = Caller(identity: .local(uid: 0), right: .administrator)
        let outcome = circle.fleet.propose(
            Proposal(caller: caller, batch: Batch(commands), time: clock.now))
        if case .success = outcome { return true }
        return false
    }

    /// Proposes commands to the machine log as the executor.
    func report(_ commands: [Command]) -> Bool {
        let outcome = circle.machine.propose(
            Proposal(
                caller: .system("executor"), batch: Batch(commands), time: clock.now))
        parts.executor.notice()
        if case .success = outcome { return true }
        return false
    }

    /// Writes that this machine has obeyed the fleet's log up to there.
    func obey(_ position: Position) throws {
        var batch = Batch([])
        batch.cursors = [Batch.Cursor(handler: "executor", log: .root, position: position)]
        _ = try circle.machine.propose(
            Proposal(caller: .system("executor"), batch: batch, time: clock.now)
        ).get()
    }

    /// The handlers of this life.
    var handlers: HandlerLoop<SimulatedDisk, SimulatedStore> { parts.handlers }

    func identify() -> Identifier { entropy.identifier(at: clock.now) }

    func all(_ type: StaticString) throws -> [Resource] {
        try circle.graph.reader().all(type).sorted { $0.name < $1.name }
    }

    /// The lives that run, as the ledger has them, each with the name of its task.
    func running() throws -> [String: [Identifier]] {
        var lives: [String: [Identifier]] = [:]
        for (id, state) in try parts.driver.observe() {
            guard case .running = state, let instance = try parts.driver.instance(id) else {
                continue
            }
            lives[instance.task ?? instance.name, default: []].append(id)
        }
        return lives
    }

    /// Handlers, executor and machine at work until nothing is left to do, also with time. False
    /// when the life ended meanwhile, or there is no end of it.
    func rest(_ look: () throws -> Void) throws -> Bool {
        for _ in 0..<400 {
            let before = [circle.graph.applied(.root), circle.graph.applied(identity.namespace)]
            for _ in 0..<20 where parts.handlers.turn() {}
            let pause = parts.executor.turn()
            let ended = processes.step()
            if life.isOver { return false }
            try look()
            let after = [circle.graph.applied(.root), circle.graph.applied(identity.namespace)]
            if before != after || ended > 0 { continue }
            let due = parts.handlers.due.map { Int($0.milliseconds - clock.now.milliseconds) }
            guard let wait = [pause, due].compactMap(\.self).min() else { return true }
            clock.advance(milliseconds: UInt64(max(1, wait)))
        }
        return false
    }

    private static func parts(
        _ circle: Circle<SimulatedDisk, SimulatedStore>,
        _ driver: ProcessDriver<SimulatedProcesses>, _ key: MachineKey, _ announcer: Announcer,
        _ clock: SimulatedClock, _ entropy: SimulatedEntropy
    ) -> Parts {
        let feed = ChangeFeed(graph: circle.graph)
        announcer.add { feed.publish($0.changes, of: $0.log, upTo: $0.position) }
        return Parts(
            driver: driver,
            handlers: HandlerLoop(circle: circle, feed: feed, clock: clock, entropy: entropy),
            executor: ExecutorLoop(
                circle: circle, feed: feed, driver: driver,
                devices: AppDevices(key: key, state: "/nowhere"), clock: clock, entropy: entropy,
                startsAtOnce: 1))
    }

    private static func open(
        _ disk: SimulatedDisk, _ store: SimulatedStore, _ identity: NodeIdentity
    ) throws -> (circle: Circle<SimulatedDisk, SimulatedStore>, announcer: Announcer) {
        let graph = try Graph(store: store, mounts: [.root, identity.namespace])
        let announcer = Announcer()
        let writers = try [
            ("/fleet", Namespace.root, identity.fleetLog, Durability.synced),
            ("/machine", identity.namespace, identity.machineLog, .grouped),
        ].map { (directory, mount, id, durability) in
            var options = LogOptions(durability: durability)
            options.firstSegmentBytes = 256 << 10
            options.segmentBytes = 256 << 10
            let log = try CommandLog.open(
                disk: disk, directory: directory, mount: mount, clusterID: identity.cluster,
                logID: id, options: options)
            let sequencer = Sequencer(mount: mount, log: log, graph: graph) {
                announcer.committed($0)
            }
            try sequencer.replay()
            // A life that is over is ended by who drives it.
            return SequencerThread(sequencer) { _ in }
        }
        for writer in writers { try writer.start() }
        return (Circle(graph: graph, fleet: writers[0], machine: writers[1]), announcer)
    }
}
