internal import Dispatch
internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization

/// Makes the machines that this one shall make, and lets go of those that nobody wants any more:
/// looks, decides a step, takes it, looks again. One thread, one machine after the other.
final class MachineLoop: Sendable {
    private let book: MachineBook
    private let care: MachineCare
    private let clock = LinuxClock()
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var isRunning = false
        /// When each is looked at again, and how often it failed in a row.
        var due: [ResourceName: (at: Ticks, failures: Int)] = [:]
    }

    init(api: API) {
        book = MachineBook(api.node)
        care = MachineCare(api: api)
        api.node.announcer.add { [weak self] commit in
            let type = MachineTypes.machinespec.name
            guard commit.changes.contains(where: { ($0.new ?? $0.old)?.type == type }) else {
                return
            }
            self?.notice()
        }
    }

    func start() throws(ThreadError) {
        try HostThread.start("machines") { [self] in run() }
        state.withLock { $0.isRunning = true }
    }

    /// Ends after the step that is taken; a copy ends where it is, and goes on the next time.
    func stop() {
        let isRunning = state.withLock { state in
            state.isStopping = true
            return state.isRunning
        }
        care.stop()
        wake.signal()
        if isRunning { ended.wait() }
    }

    /// What is wanted has changed: all are looked at again.
    private func notice() {
        state.withLock { $0.due = [:] }
        wake.signal()
    }

    private func run() {
        while !isStopping {
            let next = turn()
            _ = wake.wait(
                timeout: next.map { DispatchTime.now() + .milliseconds($0) } ?? .distantFuture)
            while wake.wait(timeout: .now()) == .success {}
        }
        ended.signal()
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Milliseconds until one is due; nil when there is none.
    private func turn() -> Int? {
        do throws(GraphError) {
            let me = care.machine
            let wanted = try book.wanted()
            let own = wanted.filter { $0.maker == me }.prefix(Limits.madeMachines.value)
            let entries = try book.entries()
            for spec in own where !isStopping && isDue(spec.name) {
                let known = entries.first { $0.name == spec.name }
                note(spec.name, care.keep(spec, known, in: book))
            }
            let mayStop = book.obeys(entries)
            for entry in entries where !isStopping && isDue(entry.name) {
                if own.contains(where: { $0.name == entry.name }) { continue }
                // Another machine has taken it over: that one drives what runs.
                if wanted.contains(where: { $0.name == entry.name }) {
                    note(entry.name, care.handOver(entry, in: book))
                } else if mayStop {
                    note(entry.name, care.letGo(entry, in: book))
                }
            }
            let names = Set(own.map(\.name)).union(try book.entries().map(\.name))
            return due(names)
        } catch {
            LinuxSystem.note("pisces: machines: \(error.operation) failed: \(error.cause)")
            return Limits.machineRetryMost.value
        }
    }

    private func isDue(_ name: ResourceName) -> Bool {
        let now = clock.ticks
        return state.withLock { state in state.due[name].map { $0.at <= now } ?? true }
    }

    private func note(_ name: ResourceName, _ outcome: MachineCare.Outcome) {
        let now = clock.ticks
        state.withLock { state in
            let failures = state.due[name]?.failures ?? 0
            switch outcome {
            case .gone: state.due[name] = nil
            case .kept: state.due[name] = (later(now, Limits.machineLook.value), 0)
            case .goesOn: state.due[name] = (later(now, Limits.machineRetry.value), failures)
            case .failed:
                let wait = min(
                    Limits.machineRetryMost.value,
                    Limits.machineRetry.value << min(failures, 16))
                state.due[name] = (later(now, wait), failures + 1)
            }
        }
    }

    private func later(_ now: Ticks, _ milliseconds: Int) -> Ticks {
        now.advanced(byMilliseconds: UInt64(milliseconds))
    }

    private func due(_ names: Set<ResourceName>) -> Int? {
        let now = clock.ticks
        return state.withLock { state in
            state.due = state.due.filter { names.contains($0.key) }
            return names.map { name in
                guard let at = state.due[name]?.at, at > now else { return 0 }
                return Int(clamping: at.nanoseconds(since: now) / 1_000_000) + 1
            }.min()
        }
    }
}
