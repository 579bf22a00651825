internal import CHost
internal import Glibc
internal import Resources
internal import Synchronization

/// Waits for ends of processes on one thread, by their pidfds, and kills what outlives its grace.
final class ExitWatcher: Sendable {
    private struct Watch {
        let key: Identifier
        let process: ProcessIdentity
        let descriptor: Int32
        /// When it is killed, once it was asked to end.
        var killAt: Ticks?
    }

    private struct State {
        var watches: [Identifier: Watch] = [:]
        var isFinished = false
        var thread: pthread_t?
    }

    private let state = Mutex(State())
    /// A pipe whose reading end wakes the thread.
    private let wake: (reading: Int32, writing: Int32)

    init() throws(ProcessError) {
        var ends: [Int32] = [-1, -1]
        let error = unsafe chost_wake_pipe(&ends)
        guard error == 0 else {
            throw ProcessError(errno: error, operation: "open", subject: "process watcher")
        }
        wake = (ends[0], ends[1])
    }

    deinit {
        for (_, watch) in state.withLock({ $0.watches }) {
            Children.unwatch(watch.process.pid)
            _ = close(watch.descriptor)
        }
        _ = close(wake.reading)
        _ = close(wake.writing)
    }

    func isWatching(_ key: Identifier) -> Bool { state.withLock { $0.watches[key] != nil } }

    /// Takes over the descriptor.
    func watch(_ key: Identifier, _ process: ProcessIdentity, descriptor: Int32) {
        state.withLock { state in
            guard state.watches[key] == nil else {
                _ = close(descriptor)
                return
            }
            state.watches[key] = Watch(key: key, process: process, descriptor: descriptor)
            Children.watch(process.pid)
        }
        interrupt()
    }

    func stop(
        _ key: Identifier, graceMilliseconds: UInt64, _ number: Int32
    ) throws(ProcessError) {
        let deadline = LinuxClock().ticks.advanced(byMilliseconds: graceMilliseconds)
        let error: Int32 = state.withLock { state in
            guard let watch = state.watches[key] else { return 0 }
            // A second stop may shorten the grace, never lengthen it.
            state.watches[key]?.killAt = min(watch.killAt ?? deadline, deadline)
            return signal(watch, graceMilliseconds == 0 ? SIGKILL : number)
        }
        interrupt()
        if error == 0 || error == ESRCH { return LastStep.taken() }
        throw ProcessError(errno: error, operation: "stop", subject: "\(key)")
    }

    func send(_ number: Int32, to key: Identifier) throws(ProcessError) {
        let error = state.withLock { $0.watches[key].map { signal($0, number) } ?? 0 }
        if error == 0 || error == ESRCH { return LastStep.taken() }
        throw ProcessError(errno: error, operation: "signal", subject: "\(key)")
    }

    private func signal(_ watch: Watch, _ number: Int32) -> Int32 {
        chost_pidfd_signal(watch.descriptor, watch.process.pid, number, 1)
    }

    private func interrupt() {
        var one: UInt8 = 1
        // A full pipe wakes the thread all the same.
        unsafe _ = write(wake.writing, &one, 1)
    }

    /// Starts the thread that reports ends to `handler`.
    func begin(_ handler: @escaping @Sendable (Identifier, ExitStatus?) -> Void) {
        state.withLock { state in
            precondition(state.thread == nil, "the ends of processes have one listener")
            state.thread = startThread { [self] in turn(handler) }
        }
    }

    /// Ends the thread and waits for it, unless it is the caller.
    func finish() {
        let thread = state.withLock { state in
            state.isFinished = true
            let thread = state.thread
            state.thread = nil
            return thread
        }
        interrupt()
        guard let thread else { return }
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    private func turn(_ handler: (Identifier, ExitStatus?) -> Void) {
        while !state.withLock({ $0.isFinished }) {
            var waits = state.withLock { state in
                state.watches.values.map { wait(for: $0.descriptor) }
            }
            waits.append(wait(for: wake.reading))
            unsafe _ = poll(&waits, nfds_t(waits.count), timeout())
            for ready in waits where ready.revents != 0 {
                if ready.fd == wake.reading {
                    drain()
                } else if let (key, exit) = collect(ready.fd) {
                    handler(key, exit)
                }
            }
            killOverdue()
            Children.reapOrphans()
        }
    }

    private func wait(for descriptor: Int32) -> pollfd {
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }

    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        unsafe _ = read(wake.reading, &bytes, bytes.count)
    }

    /// Milliseconds until the next kill, or until orphans are looked for again.
    private func timeout() -> Int32 {
        let next = state.withLock { $0.watches.values.compactMap(\.killAt).min() }
        guard let next else { return 5000 }
        return Int32(min(5000, next.nanoseconds(since: LinuxClock().ticks) / 1_000_000 + 1))
    }

    /// Takes the end of the process of that descriptor. What is left of its group dies with it,
    /// before it is reaped: until then its number cannot be another's.
    private func collect(_ descriptor: Int32) -> (Identifier, ExitStatus?)? {
        state.withLock { state -> (Identifier, ExitStatus?)? in
            guard let watch = state.watches.values.first(where: { $0.descriptor == descriptor })
            else { return nil }
            _ = signal(watch, SIGKILL)
            var code: Int32 = 0
            var status: Int32 = 0
            let result = unsafe chost_pidfd_reap(descriptor, &code, &status)
            if result == 0 { return nil }
            state.watches[watch.key] = nil
            Children.unwatch(watch.process.pid)
            _ = close(descriptor)
            guard result == 1 else { return (watch.key, nil) }
            return (watch.key, code == CLD_EXITED ? .code(status) : .signal(status))
        }
    }

    private func killOverdue() {
        let now = LinuxClock().ticks
        state.withLock { state in
            for (key, watch) in state.watches {
                guard let killAt = watch.killAt, killAt <= now else { continue }
                _ = signal(watch, SIGKILL)
                // Once more in a while, for a group that forked while it was killed.
                state.watches[key]?.killAt = now.advanced(byMilliseconds: 1000)
            }
        }
    }
}

/// Starts a thread that runs `body` to its end.
func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let error = unsafe pthread_create(
        &thread, nil,
        { context in
            if let context = unsafe context {
                unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
            }
            return nil
        }, context)
    precondition(error == 0, "out of threads or memory")
    return thread
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
