internal import Host
internal import Resources
internal import Synchronization

/// The one thread that asks: a machine for each check, and the connections under way. Of one thread.
final class ProbeLoop {
    let poller: SocketPoller
    let inbox: ProbeInbox
    private let clock: LinuxClock
    private let report: @Sendable (Identifier, Health) -> Void
    private let run: CommandRunner
    private var tasks: [Identifier: Task] = [:]
    private var probes: [UInt64: Probe] = [:]
    private var lastToken: UInt64 = 0
    /// The checks in order, and when the next of them is due, never later than it is.
    private var order: [Identifier] = []
    private var nextDue = Ticks(nanoseconds: .max)
    private let scratch = Buffer(capacity: Limits.healthAnswer.value)

    private struct Task {
        var check: Check
        var machine: HealthCheck
        var due: Ticks
        /// The probe under way.
        var token: UInt64?
    }

    private struct Probe {
        let id: Identifier
        /// Below zero for a command.
        let descriptor: Int32
        let request: [UInt8]?
        var sent = false
        var answer = ProbeAnswer()
    }

    init(
        poller: SocketPoller, inbox: ProbeInbox, clock: LinuxClock, run: @escaping CommandRunner,
        report: @escaping @Sendable (Identifier, Health) -> Void
    ) {
        self.poller = poller
        self.inbox = inbox
        self.clock = clock
        self.run = run
        self.report = report
    }

    /// Asks until it is told to stop.
    func loop() {
        var events = SocketPoller.Events(128)
        while true {
            poller.wait(milliseconds: milliseconds, &events)
            for index in 0..<events.count {
                let (token, ready) = events[index]
                if token == SocketPoller.wakeUp {
                    poller.drain()
                } else {
                    handle(token, ready)
                }
            }
            for order in inbox.take() {
                switch order {
                case .checks(let checks): adopt(checks)
                case .result(let token, let result): conclude(token, result)
                case .stop: return closeAll()
                }
            }
            tickAll()
        }
    }

    /// Until the next probe is due, in steps, so that many are woken for at once.
    private var milliseconds: Int {
        guard !tasks.isEmpty else { return -1 }
        let left = nextDue.nanoseconds(since: clock.ticks) / 1_000_000
        let step = UInt64(Limits.healthStep.value)
        return Int(min(left / step + 1, 1000) * step)
    }

    /// A check that stays as it was keeps its machine.
    private func adopt(_ checks: [Check]) {
        var now = clock.ticks
        var next: [Identifier: Task] = [:]
        for check in checks.prefix(Limits.checkedTasks.value) {
            if let known = tasks[check.id], known.check == check {
                next[check.id] = known
            } else {
                next[check.id] = Task(
                    check: check, machine: HealthCheck(check.terms, now: now), due: now)
            }
            now = clock.ticks
        }
        for (id, task) in tasks where next[id]?.check != task.check {
            if let token = task.token { drop(token) }
        }
        tasks = next
        order = next.keys.sorted()
        nextDue = now
    }

    private func tickAll() {
        let now = clock.ticks
        guard nextDue <= now else { return }
        for id in order {
            guard let task = tasks[id], task.due <= now else { continue }
            // With as many probes as may be, the next ones wait for an end.
            if task.token == nil, probes.count >= Limits.healthProbes.value { continue }
            step(id) { $0.tick(now) }
        }
        nextDue = tasks.values.map(\.due).min() ?? Ticks(nanoseconds: .max)
    }

    /// Lets the machine of a check take a step, and does what it says.
    private func step(_ id: Identifier, _ body: (inout HealthCheck) -> [HealthCheck.Action]) {
        guard var task = tasks[id] else { return }
        for action in body(&task.machine) {
            switch action {
            case .probe(let until):
                task.due = until
                nextDue = min(nextDue, until)
                tasks[id] = task
                begin(id, task.check)
                guard let now = tasks[id] else { return }
                task = now
            case .wait(let until):
                task.due = until
                nextDue = min(nextDue, until)
                // The machine waits no more for a probe that took too long.
                if let token = task.token { drop(token) }
                task.token = nil
                tasks[id] = task
            case .becomeReady: report(id, .passing)
            case .becomeFailing(let reason): report(id, .failing(reason: reason))
            }
        }
    }

    private func begin(_ id: Identifier, _ check: Check) {
        lastToken += 1
        let token = lastToken
        switch check.probe {
        case .command(let command):
            probes[token] = Probe(id: id, descriptor: -1, request: nil)
            tasks[id]?.token = token
            let inbox = inbox
            let poller = poller
            run(check.id, command, check.terms.timeout) { result in
                inbox.put(.result(token, result))
                poller.wake()
            }
        case .http(let address, let path):
            let text =
                "GET \(path) HTTP/1.1\r\nHost: \(address)\r\nUser-Agent: pisces-health\r\n"
                + "Accept: */*\r\nConnection: close\r\n\r\n"
            connect(id, token, to: address, request: Array(text.utf8))
        case .tcp(let address): connect(id, token, to: address, request: nil)
        }
    }

    private func connect(
        _ id: Identifier, _ token: UInt64, to address: SocketAddress, request: [UInt8]?
    ) {
        let (descriptor, _) = Socket.connect(to: address)
        guard descriptor >= 0, poller.add(descriptor, token: token) == 0 else {
            if descriptor >= 0 { Socket.close(descriptor) }
            let words = Socket.words(descriptor < 0 ? -descriptor : 0)
            return finish(id, .failed(reason: "cannot connect to \(address): \(words)"))
        }
        var probe = Probe(id: id, descriptor: descriptor, request: request)
        probes[token] = probe
        tasks[id]?.token = token
        guard let request else { return }
        // On this machine the connection is there by now, and the request need not wait.
        let count = send(request, on: descriptor)
        if count == Socket.again { return }
        guard count == request.count else {
            let words = Socket.words(count < 0 ? Int32(clamping: -count) : 0)
            return conclude(token, .failed(reason: "cannot connect: \(words)"))
        }
        probe.sent = true
        probes[token] = probe
    }

    private func send(_ request: [UInt8], on descriptor: Int32) -> Int {
        unsafe request.withUnsafeBytes { bytes -> Int in
            guard let start = bytes.baseAddress else { return 0 }
            // SAFETY: the kernel reads the array's own bytes while it is held here.
            return unsafe Socket.write(descriptor, from: start, bytes.count)
        }
    }

    private func handle(_ token: UInt64, _ ready: SocketPoller.Ready) {
        guard var probe = probes[token], probe.descriptor >= 0 else { return }
        if !probe.sent {
            guard !ready.isDisjoint(with: [.write, .gone]) else { return }
            let code = Socket.error(of: probe.descriptor)
            if code != 0 {
                return conclude(token, .failed(reason: "cannot connect: \(Socket.words(code))"))
            }
            guard let request = probe.request else { return conclude(token, .passed) }
            // A new connection has room for a head; what it refuses is an error.
            guard send(request, on: probe.descriptor) == request.count else {
                return conclude(token, .failed(reason: "the request could not be sent"))
            }
            probe.sent = true
            probes[token] = probe
        }
        if ready.contains(.read) { read(token, &probe) }
    }

    private func read(_ token: UInt64, _ probe: inout Probe) {
        while true {
            scratch.clear()
            let descriptor = probe.descriptor
            // SAFETY: the buffer gives its own room, and the kernel writes at most that.
            let count = unsafe scratch.fill { target, room in
                unsafe Socket.read(descriptor, into: target, room)
            }
            if count == Socket.again { break }
            if count == 0 { return conclude(token, probe.answer.ended) }
            if count < 0 {
                return conclude(token, .failed(reason: Socket.words(Int32(clamping: -count))))
            }
            if let result = scratch.withBytes({ probe.answer.take($0) }) {
                return conclude(token, result)
            }
        }
        probes[token] = probe
    }

    /// A probe has ended.
    private func conclude(_ token: UInt64, _ result: HealthCheck.Result) {
        guard let probe = probes[token] else { return }
        drop(token)
        tasks[probe.id]?.token = nil
        finish(probe.id, result)
    }

    private func finish(_ id: Identifier, _ result: HealthCheck.Result) {
        let now = clock.ticks
        step(id) { $0.result(result, now) }
    }

    /// Forgets a probe; a reset leaves nothing in the kernel's tables behind.
    private func drop(_ token: UInt64) {
        guard let probe = probes.removeValue(forKey: token) else { return }
        if probe.descriptor >= 0 { Socket.close(probe.descriptor, reset: true) }
    }

    private func closeAll() {
        for token in probes.keys.sorted() { drop(token) }
        tasks = [:]
    }
}

/// An order for the loop.
enum ProbeOrder: Sendable {
    case checks([Check])
    case result(UInt64, HealthCheck.Result)
    case stop
}

/// Where the loop's orders wait.
final class ProbeInbox: Sendable {
    private let orders = Mutex<[ProbeOrder]>([])

    func put(_ order: ProbeOrder) { orders.withLock { $0.append(order) } }

    func take() -> [ProbeOrder] {
        orders.withLock { orders in
            let taken = orders
            orders = []
            return taken
        }
    }
}
