public import Host
public import Resources
internal import Synchronization

/// Makes a sensor on the thread that will run it.
public typealias SensorMaker = @Sendable () -> any Sensor

/// Sensors that share one thread: it waits for all their feeds and gives what they saw to a sink,
/// in order, many observations a call when the machine is busy.
///
/// The sink runs on that thread. While it does not return, events wait in the kernel's buffers;
/// when those overflow, that is a gap.
public final class SensorGroup: Sendable {
    /// What a sensor is and has done.
    public struct Report: Hashable, Sendable {
        public let contract: SensorContract
        public let statistics: SensorStatistics
    }

    private enum Request {
        case resync(String), sweep, stop
        /// Catch up, then wake who waits.
        case catchUp(Poller)
    }

    private struct State {
        var requests: [Request] = []
        var reports: [Report] = []
        var runs = false
    }

    private let makers: [SensorMaker]
    private let sink: @Sendable ([Observation]) -> Void
    private let sweepInterval: UInt64?
    private let poller: Poller
    private let ended: Poller
    private let state = Mutex(State())

    /// A group of sensors. Sweeps come every `sweepInterval` milliseconds, or only when asked for
    /// if that is nil.
    public init(
        _ makers: [SensorMaker],
        sweepInterval: UInt64? = UInt64(Limits.sweepInterval.value),
        sink: @escaping @Sendable ([Observation]) -> Void
    ) throws(KernelError) {
        self.makers = makers
        self.sweepInterval = sweepInterval
        self.sink = sink
        poller = try Poller()
        ended = try Poller()
    }

    /// Starts the thread; returns before the first dump is done.
    public func start() throws(ThreadError) {
        let first = state.withLock { state in
            defer { state.runs = true }
            return !state.runs
        }
        precondition(first, "a group of sensors runs once")
        do throws(ThreadError) {
            try HostThread.start("sensors") { self.run() }
        } catch {
            state.withLock { $0.runs = false }
            throw error
        }
    }

    /// Ends the thread; no call of the sink comes after it returns.
    public func stop() {
        guard state.withLock({ $0.runs }) else { return }
        ask(.stop)
        while state.withLock({ $0.runs }) { _ = ended.wait(milliseconds: 1000) }
    }

    /// Makes a sensor read everything anew, inside a gap of cause "asked for".
    public func resync(_ name: String) { ask(.resync(name)) }

    /// Makes all sensors look for drift now; `sweeps` in their statistics rises when done.
    public func sweep() { ask(.sweep) }

    /// Waits until every sensor has reported what had happened on the machine before the call, for
    /// at most so long; false when that was not enough. What they report is with the sink then.
    ///
    /// Kernel feeds are filled before the system call that causes an event returns, so whatever the
    /// caller saw happen is in a feed: a feed taken to its end has told of it.
    public func catchUp(milliseconds: Int) throws(KernelError) -> Bool {
        guard state.withLock({ $0.runs }) else { return true }
        let done = try Poller()
        ask(.catchUp(done))
        return done.waitForWake(milliseconds: milliseconds)
    }

    /// What each sensor is and has done, as of its last turn.
    public var reports: [Report] { state.withLock { $0.reports } }

    private func ask(_ request: Request) {
        state.withLock { $0.requests.append(request) }
        poller.wake()
    }

    // MARK: The thread

    private func run() {
        let clock = LinuxClock()
        let sensors = makers.map { $0() }
        // Known before their first reading, which may take a while.
        publish(sensors)
        var out: [Observation] = []
        var joined = [Int](repeating: 0, count: sensors.count)
        for (index, sensor) in sensors.enumerated() {
            turn(sensor, &out) { sensor, out in sensor.start(&out) }
            join(sensor, index, &joined[index])
        }
        var nextSweep = sweepInterval.map { clock.ticks.advanced(byMilliseconds: $0) }
        while obey(sensors, &out) {
            publish(sensors)
            for (index, sensor) in sensors.enumerated() { join(sensor, index, &joined[index]) }
            for token in poller.wait(milliseconds: patience(sensors, nextSweep, clock.ticks)) {
                let feed = Int(token & 0xFFFF)
                turn(sensors[Int(token >> 16)], &out) { $0.ready(feed, &$1) }
            }
            let now = clock.ticks
            for sensor in sensors {
                if let due = sensor.deadline, due <= now {
                    turn(sensor, &out) { $0.expire(now, &$1) }
                }
            }
            if let due = nextSweep, due <= now {
                for sensor in sensors { turn(sensor, &out) { $0.sweep(slices: true, &$1) } }
                nextSweep = sweepInterval.map { now.advanced(byMilliseconds: $0) }
            }
        }
        publish(sensors)
        for sensor in sensors { sensor.stop() }
        state.withLock { $0.runs = false }
        ended.wake()
    }

    /// Waits on the feeds of a sensor behind the first so many. One that cannot be waited on is
    /// found stale by the sweeps; its sensor says so.
    private func join(_ sensor: any Sensor, _ index: Int, _ joined: inout Int) {
        let feeds = sensor.feeds
        while joined < feeds.count {
            do throws(KernelError) {
                try poller.add(feeds[joined], token: UInt64(index) << 16 | UInt64(joined))
            } catch {
                sensor.statistics.lost += 1
            }
            joined += 1
        }
    }

    private func turn(
        _ sensor: any Sensor, _ out: inout [Observation],
        _ body: (any Sensor, inout [Observation]) -> Void
    ) {
        let before = Poller.threadCPU()
        body(sensor, &out)
        sensor.statistics.observations += UInt64(out.count)
        if !out.isEmpty {
            sink(out)
            out.removeAll(keepingCapacity: true)
        }
        sensor.statistics.cpuNanoseconds += Poller.threadCPU() - before
    }

    /// Does what was asked for; false when that was to stop.
    private func obey(_ sensors: [any Sensor], _ out: inout [Observation]) -> Bool {
        let requests = state.withLock { state in
            defer { state.requests.removeAll() }
            return state.requests
        }
        for request in requests {
            switch request {
            case .stop: return false
            case .catchUp(let done):
                for sensor in sensors { turn(sensor, &out) { $0.catchUp(&$1) } }
                done.wake()
            case .sweep:
                for sensor in sensors { turn(sensor, &out) { $0.sweep(slices: false, &$1) } }
            case .resync(let name):
                for sensor in sensors where sensor.contract.name == name {
                    turn(sensor, &out) { $0.resync(cause: "asked for", &$1) }
                }
            }
        }
        return true
    }

    /// Milliseconds to the next deadline, rounded up; -1 when there is none.
    private func patience(_ sensors: [any Sensor], _ sweep: Ticks?, _ now: Ticks) -> Int {
        guard let due = (sensors.compactMap(\.deadline) + [sweep].compactMap(\.self)).min() else {
            return -1
        }
        return Int(clamping: (due.nanoseconds(since: now) + 999_999) / 1_000_000)
    }

    private func publish(_ sensors: [any Sensor]) {
        let reports = sensors.map { Report(contract: $0.contract, statistics: $0.statistics) }
        state.withLock { $0.reports = reports }
    }
}
