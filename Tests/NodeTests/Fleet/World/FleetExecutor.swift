import Bus
import Drivers
import Host
import Log
import MMSGraph
import Node
import Resources
import Testing
import Trust
import ZeroProcs

/// What runs the tasks of a machine of the fleet: the executor over its log and graph, and processes
/// that outlive Pisces.
final class FleetExecutor {
    let processes: SimulatedProcesses
    private let clock: SimulatedClock
    private let entropy: SimulatedEntropy
    private let machine: Namespace
    private let key = MachineKey()
    private var parts: Parts
    /// How far the fleet's log was obeyed, at each look.
    private(set) var obeyed: [Position] = []

    private struct Parts {
        let circle: Circle<SimulatedDisk, SimulatedStore>
        let driver: ProcessDriver<SimulatedProcesses>
        let loop: ExecutorLoop<SimulatedDisk, SimulatedStore, SimulatedProcesses>

        init(_ node: FleetMachine, _ executor: FleetExecutor.Means) throws {
            circle = node.life.circle
            driver = ProcessDriver(processes: executor.processes) { _, _ in }
            loop = ExecutorLoop(
                circle: circle, feed: ChangeFeed(graph: circle.graph), driver: driver,
                devices: AppDevices(key: executor.key, state: "/nowhere"), clock: executor.clock,
                entropy: executor.entropy, startsAtOnce: 1)
            try circle.machine.start()
        }
    }

    fileprivate struct Means {
        let processes: SimulatedProcesses
        let key: MachineKey
        let clock: SimulatedClock
        let entropy: SimulatedEntropy
    }

    init(_ node: FleetMachine, in world: FleetWorld, seed: UInt64) throws {
        processes = SimulatedProcesses(clock: world.clock, seed: seed)
        (clock, entropy) = (world.clock, world.entropy)
        machine = try Namespace.machine(node.name.text)
        let means = Means(processes: processes, key: key, clock: clock, entropy: entropy)
        parts = try Parts(node, means)
    }

    deinit { parts.circle.machine.stop() }

    /// The machine loses its power: no program is left, and Pisces has its logs and its ledger.
    func crash(_ node: FleetMachine) throws {
        try parts.circle.machine.sequencer.log.sync()
        parts.circle.machine.stop()
        processes.reboot()
        try node.crash()
        let means = Means(processes: processes, key: key, clock: clock, entropy: entropy)
        parts = try Parts(node, means)
    }

    /// Looks and steps until nothing is left to do, also with time; at most so often.
    func rest() throws {
        for _ in 0..<200 {
            let before = parts.circle.graph.applied(machine)
            let pause = parts.loop.turn()
            let ended = processes.step()
            obeyed.append(try parts.circle.graph.cursor(of: "executor", in: .root))
            if before != parts.circle.graph.applied(machine) || ended > 0 { continue }
            guard let pause else { return }
            clock.advance(milliseconds: UInt64(max(1, pause)))
        }
        Issue.record("there is no end: \(parts.loop.counted)")
    }

    /// The lives that run, by task, each with its process.
    func lives() throws -> [String: [String]] {
        var lives: [String: [String]] = [:]
        for (id, state) in try parts.driver.observe() {
            guard case .running(let process, _) = state,
                let instance = try parts.driver.instance(id)
            else { continue }
            lives[instance.task ?? instance.name, default: []].append(
                "\(id) as \(process) ×\(processes.starts(of: id))")
        }
        return lives
    }

    var failure: String? { parts.loop.counted.lastFailure }
}
