public import Resources
internal import Synchronization

/// The World's processes: a seeded table whose programs fail to start, die and ignore SIGTERM, and
/// a ledger that outlives a crash of Pisces. Nothing moves but in `step()`, after the clock moved.
public final class SimulatedProcesses: Processes {
    /// How often what goes wrong: once in so many, 0 for never.
    public struct Faults: Hashable, Sendable {
        /// Starts that fail.
        public var failedStart: UInt64 = 0
        /// Milliseconds that a start takes, also one that fails.
        public var startTime: UInt64 = 0
        /// Programs that die on their own.
        public var death: UInt64 = 0
        /// Programs that ignore SIGTERM.
        public var ignoredTerm: UInt64 = 0
        /// Milliseconds within which what dies on its own does.
        public var lifetime: UInt64 = 60_000

        /// No faults.
        public init() {}
    }

    /// Where in its next start Pisces dies.
    public enum CrashPoint: Hashable, Sendable, CaseIterable {
        case beforeIntent, afterIntent, beforeRecord, afterRecord
    }

    fileprivate struct Program {
        let process: ProcessIdentity
        var dies: (at: Ticks, how: ExitStatus)?
        let ignoresTerm: Bool
        /// Our child, until Pisces dies: then nobody learns its status.
        var isChild = true
    }

    fileprivate struct Entry {
        var intent: [UInt8]
        var record: LedgerRecord?
        /// A child between fork and its record: it will finish whatever becomes of Pisces.
        var pending: LedgerRecord?
        var end: ProcessEnd?
        var starts = 0
    }

    fileprivate struct State {
        var random: SeededRandom
        var faults: Faults
        var entries: [Identifier: Entry] = [:]
        var programs: [Int32: Program] = [:]
        var watches: [Identifier: ProcessIdentity] = [:]
        var kills: [Int32: Ticks] = [:]
        var nextPid: Int32 = 100
        var boot = 1
        var crash: CrashPoint?
        var isCrashed = false
        /// Whose steps the changes are.
        var life: WorldLife?
        var handler: (@Sendable (Identifier, ProcessEnd) -> Void)?
    }

    private let clock: SimulatedClock
    private let state: Mutex<State>

    /// The processes of a machine with that clock.
    public init(clock: SimulatedClock, seed: UInt64, faults: Faults = Faults()) {
        self.clock = clock
        state = Mutex(State(random: SeededRandom(seed: seed), faults: faults))
    }

    // MARK: What the World does

    /// What goes wrong from now on.
    public func set(_ faults: Faults) { state.withLock { $0.faults = faults } }

    /// Lets due deaths and kills happen and reports ends. Returns how many ended.
    @discardableResult
    public func step() -> Int {
        let now = clock.ticks
        let wall = clock.now
        let (handler, ends) = state.withLock { state in
            (state.handler, state.takeEnds(at: now, wall))
        }
        for (key, end) in ends { handler?(key, end) }
        return ends.count
    }

    /// Pisces dies in the middle of its next start: that call and all later ones of this life fail.
    public func crashDuringNextStart(_ point: CrashPoint) { state.withLock { $0.crash = point } }

    /// Whose steps changes are from now on; nil: nobody counts.
    public func set(_ life: WorldLife?) { state.withLock { $0.life = life } }

    /// Pisces dies now, if it has not already, and a new life begins. Programs run on.
    public func restart() {
        state.withLock { state in
            state.isCrashed = false
            state.life = nil
            state.crash = nil
            state.handler = nil
            state.watches = [:]
            // Who asked for them to be killed is gone.
            state.kills = [:]
            for pid in state.programs.keys { state.programs[pid]?.isChild = false }
        }
    }

    /// The machine restarts: no program survives, the ledger does.
    public func reboot() {
        restart()
        state.withLock { state in
            state.programs = [:]
            state.boot += 1
            for key in state.entries.keys { state.entries[key]?.pending = nil }
        }
    }

    /// How often the program of a key has really been started.
    public func starts(of key: Identifier) -> Int {
        state.withLock { $0.entries[key]?.starts ?? 0 }
    }

    /// The programs that run, in order of their numbers.
    public var running: [ProcessIdentity] {
        state.withLock { $0.programs.values.map(\.process).sorted { $0.pid < $1.pid } }
    }

    // MARK: What Pisces asks

    public func intend(_ key: Identifier, _ intent: [UInt8]) throws(ProcessError) {
        try perform("intend", key) { state throws(ProcessError) in
            try state.step("intend", key)
            try state.crashIf(.beforeIntent, key)
            state.finishPending(key)
            if state.entries[key]?.record != nil { throw Self.alreadyStarted(key) }
            state.entries[key] = Entry(intent: intent)
            try state.crashIf(.afterIntent, key)
        }
    }

    public func launch(
        _ launch: Launch, as key: Identifier
    ) throws(ProcessError) -> LedgerRecord {
        clock.advance(milliseconds: state.withLock { $0.faults.startTime })
        let now = clock.ticks
        let wall = clock.now
        return try perform("start", key) { state throws(ProcessError) -> LedgerRecord in
            guard var entry = state.entries[key] else {
                throw ProcessError(
                    .unknownKey, operation: "start", subject: "\(key)", cause: "has no intent")
            }
            if entry.record != nil || entry.pending != nil { throw Self.alreadyStarted(key) }
            if state.happens(\.failedStart) {
                throw ProcessError(
                    .exhausted, operation: "start", subject: launch.executable,
                    cause: "simulated: no memory for another process")
            }
            try state.step("start", key)
            let record = LedgerRecord(process: state.addProgram(at: now), since: wall)
            entry.starts += 1
            entry.pending = record
            state.entries[key] = entry
            try state.step("start", key)
            try state.crashIf(.beforeRecord, key)
            state.finishPending(key)
            try state.step("start", key)
            try state.crashIf(.afterRecord, key)
            state.watches[key] = record.process
            return record
        }
    }

    public func ledger() throws(ProcessError) -> [LedgerEntry] {
        try perform("read ledger", nil) { state in
            for key in state.entries.keys { state.finishPending(key) }
            return state.entries.keys.sorted().compactMap { state.ledgerEntry($0) }
        }
    }

    public func entry(_ key: Identifier) throws(ProcessError) -> LedgerEntry? {
        try perform("read ledger", key) { state in
            state.finishPending(key)
            return state.ledgerEntry(key)
        }
    }

    public func watch(
        _ process: ProcessIdentity, as key: Identifier
    ) throws(ProcessError) -> Bool {
        try perform("watch process", key) { state in
            guard state.programs[process.pid]?.process == process else { return false }
            state.watches[key] = process
            return true
        }
    }

    public func process(_ pid: Int32) -> ProcessIdentity? {
        state.withLock { $0.programs[pid]?.process }
    }

    public func stop(
        _ process: ProcessIdentity, as key: Identifier, graceMilliseconds: UInt64,
        signal: Int32
    ) throws(ProcessError) {
        let now = clock.ticks
        let deadline = now.advanced(byMilliseconds: graceMilliseconds)
        try perform("stop", key) { state throws(ProcessError) in
            try state.step("stop", key)
            guard let program = state.programs[process.pid], program.process == process else {
                return
            }
            state.watches[key] = process
            if program.ignoresTerm || graceMilliseconds == 0 {
                state.kills[process.pid] = min(state.kills[process.pid] ?? deadline, deadline)
            } else {
                state.programs[process.pid]?.dies = (now, .signal(signal))
            }
        }
    }

    public func signal(
        _ process: ProcessIdentity, as key: Identifier, _ signal: Int32
    ) throws(ProcessError) {
        let now = clock.ticks
        try perform("signal", key) { state in
            // Programs of the World handle all signals but the one nobody can.
            guard signal == 9, state.programs[process.pid]?.process == process else { return }
            state.programs[process.pid]?.dies = (now, .signal(9))
        }
    }

    public func settle(_ key: Identifier, _ end: ProcessEnd) throws(ProcessError) {
        try perform("settle", key) { state throws(ProcessError) in
            try state.step("settle", key)
            if state.entries[key]?.end == nil { state.entries[key]?.end = end }
        }
    }

    /// Programs of the World say nothing.
    public func listOutput(of key: Identifier, as name: String) throws(ProcessError) {}
    public func keepOutput(of key: Identifier, as name: String) throws(ProcessError) {}

    public func forget(_ key: Identifier) throws(ProcessError) {
        try perform("forget", key) { state throws(ProcessError) in
            try state.step("forget", key)
            state.entries[key] = nil
            state.watches[key] = nil
        }
    }

    public func onEnd(_ handler: @escaping @Sendable (Identifier, ProcessEnd) -> Void) {
        state.withLock { $0.handler = handler }
    }

    /// A dead Pisces can do nothing.
    private func perform<Result>(
        _ operation: String, _ key: Identifier?,
        _ body: (inout State) throws(ProcessError) -> Result
    ) throws(ProcessError) -> Result {
        var failure: ProcessError?
        let result: Result? = state.withLock { state in
            if state.isCrashed || state.life?.isOver == true {
                failure = State.crashed(operation, key)
                return nil
            }
            do throws(ProcessError) { return try body(&state) } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        guard let result else { preconditionFailure("a call gives a result or an error") }
        return result
    }

    private static func alreadyStarted(_ key: Identifier) -> ProcessError {
        ProcessError(
            .alreadyStarted, operation: "start", subject: "\(key)", cause: "was started before")
    }
}

extension SimulatedProcesses.State {
    static func crashed(_ operation: String, _ key: Identifier?) -> ProcessError {
        ProcessError(
            .failed, operation: operation, subject: key.map { "\($0)" } ?? "all",
            cause: "simulated: Pisces was killed")
    }

    /// Counts a change, which a life that is over does not make.
    func step(_ operation: String, _ key: Identifier) throws(ProcessError) {
        if let life, !life.takesStep() { throw Self.crashed(operation, key) }
    }

    mutating func crashIf(
        _ point: SimulatedProcesses.CrashPoint, _ key: Identifier
    ) throws(ProcessError) {
        guard crash == point else { return }
        isCrashed = true
        throw Self.crashed("start", key)
    }

    mutating func happens(_ fault: KeyPath<SimulatedProcesses.Faults, UInt64>) -> Bool {
        let odds = faults[keyPath: fault]
        return odds > 0 && random.oneIn(odds)
    }

    mutating func addProgram(at now: Ticks) -> ProcessIdentity {
        let process = ProcessIdentity(
            pid: nextPid, start: now.nanoseconds / 10_000_000, boot: "boot-\(boot)")
        nextPid += 1
        var program = SimulatedProcesses.Program(
            process: process, dies: nil, ignoresTerm: happens(\.ignoredTerm))
        if happens(\.death) {
            let life = random.next(upperBound: max(1, faults.lifetime))
            let how: ExitStatus = random.oneIn(2) ? .code(1) : .signal(11)
            program.dies = (now.advanced(byMilliseconds: life), how)
        }
        programs[process.pid] = program
        return process
    }

    /// What the child does between fork and exec, with or without its parent.
    mutating func finishPending(_ key: Identifier) {
        guard let pending = entries[key]?.pending else { return }
        entries[key]?.record = pending
        entries[key]?.pending = nil
    }

    func ledgerEntry(_ key: Identifier) -> LedgerEntry? {
        entries[key].map {
            LedgerEntry(key: key, intent: $0.intent, record: $0.record, end: $0.end)
        }
    }

    /// Ends what is due; the ends of watched programs in order of their keys.
    mutating func takeEnds(at now: Ticks, _ wall: WallTime) -> [(Identifier, ProcessEnd)] {
        var ended: [Int32: ExitStatus?] = [:]
        for (pid, program) in programs {
            if let kill = kills[pid], kill <= now {
                ended[pid] = .some(program.isChild ? .signal(9) : nil)
            } else if let death = program.dies, death.at <= now {
                ended[pid] = .some(program.isChild ? death.how : nil)
            }
        }
        var ends: [(Identifier, ProcessEnd)] = []
        for key in watches.keys.sorted() {
            guard let process = watches[key], let exit = ended[process.pid] else { continue }
            let end = ProcessEnd(exit: exit, at: wall)
            watches[key] = nil
            if entries[key]?.end == nil { entries[key]?.end = end }
            ends.append((key, end))
        }
        for pid in ended.keys {
            programs[pid] = nil
            kills[pid] = nil
        }
        return isCrashed || life?.isOver == true ? [] : ends
    }
}
