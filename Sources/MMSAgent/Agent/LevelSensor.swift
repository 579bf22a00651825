internal import Host
internal import Resources

/// A sensor over a source that is read whole: hint → reading → difference → observations.
///
/// A reading rests after itself in proportion to what it cost, so that a storm of hints or a large
/// machine takes a bounded share of a core; readings put off are counted (`throttled`).
final class LevelSensor: Sensor {
    var statistics = SensorStatistics()
    private(set) var feeds: [any KernelFeed] = []

    private let kernel: any Kernel
    private let source: any LevelSource
    private var seen: SeenTable
    /// The feed of file changes, behind those that the source opened at the start, and its place.
    private var files: (any FileWatch)?
    private var filesPlace: Int?
    private var due = Due()
    /// When the sensor may read again, and may sweep again.
    private var rested = Ticks(nanoseconds: 0)
    private var sweepRested = Ticks(nanoseconds: 0)

    /// When what is to be done is due.
    private struct Due {
        /// Reading after a hint.
        var hint: Ticks?
        /// Reading because the interval has passed.
        var poll: Ticks?
        /// Another look at differences found by a sweep, or at a gap that stayed open.
        var recheck: Ticks?
    }

    init(_ source: any LevelSource, on kernel: any Kernel) {
        self.source = source
        self.kernel = kernel
        seen = SeenTable(sampled: source.sampled)
    }

    /// Why files cannot be watched, when they cannot.
    private var refusal: KernelError?

    var contract: SensorContract {
        var contract = source.contract
        if let refusal {
            contract.why =
                "\(refusal.operation): \(refusal.cause), so the sweep looks after its files; to do "
                + "better: \(refusal.remedy)"
        }
        return contract
    }

    var deadline: Ticks? { [due.hint, due.poll, due.recheck].compactMap(\.self).min() }

    // MARK: Start and stop

    func start(_ out: inout [Observation]) {
        feeds = source.open(kernel)
        if source.watched != nil {
            do throws(KernelError) { files = try kernel.watchFiles() } catch { refusal = error }
            if let files {
                filesPlace = feeds.count
                feeds.append(files)
            }
            watch()
        }
        resync(cause: "start", &out)
        schedulePoll()
    }

    func stop() {
        for feed in feeds { feed.close() }
        feeds = []
    }

    private func watch() {
        guard let paths = source.watched else { return }
        statistics.unwatched = UInt64(files?.become(paths).count ?? paths.named.count)
    }

    private func schedulePoll() {
        due.poll = source.interval.map { interval in
            max(kernel.clock.ticks.advanced(byMilliseconds: interval), rested)
        }
    }

    // MARK: Hints

    func ready(_ feed: Int, _ out: inout [Observation]) {
        var cause: String?
        var hinted = false
        var taken = 0
        receiving: while taken < Limits.sensorBatch.value {
            let before = taken
            let state = feeds[feed].receive { datagram in
                taken += 1
                switch meaning(feed, datagram) {
                case .nothing: break
                case .changed: hinted = true
                case .lost(let why): cause = why
                }
            }
            switch state {
            case .lost(let why):
                cause = why
                break receiving
            case .empty:
                // A watched file says nothing but that it changed.
                if taken == 0, feeds[feed].isUrgent { hinted = true }
                break receiving
            case .more: if taken == before { break receiving }
            }
        }
        statistics.events += UInt64(max(taken, hinted ? 1 : 0))
        if let cause {
            statistics.lost += 1
            resync(cause: cause, &out)
        } else if hinted {
            hint()
        }
    }

    private func meaning(_ feed: Int, _ datagram: RawSpan) -> Hint {
        guard let filesPlace, feed >= filesPlace else { return source.take(feed, datagram) }
        return feed == filesPlace ? .changed : source.take(feed - 1, datagram)
    }

    private func hint() {
        if due.hint != nil {
            statistics.merged += 1
            return
        }
        let wanted = kernel.clock.ticks.advanced(byMilliseconds: source.settle)
        if rested > wanted { statistics.throttled += 1 }
        due.hint = max(wanted, rested)
    }

    func expire(_ now: Ticks, _ out: inout [Observation]) {
        if let due = due.recheck, due <= now {
            self.due.recheck = nil
            statistics.inGap ? recover(&out) : confirm(&out)
        }
        if let due = due.hint, due <= now { read(.intercepted, &out) }
        if let due = due.poll, due <= now {
            if source.stirred(kernel) { read(.sampled, &out) }
            schedulePoll()
        }
    }

    func catchUp(_ out: inout [Observation]) {
        for index in feeds.indices { ready(index, &out) }
        if due.hint != nil {
            read(.intercepted, &out)
        } else if source.interval != nil || !source.sampled.isEmpty {
            read(.sampled, &out)
        }
    }

    // MARK: Reading

    /// Reads, rests in proportion, and reports; opens a gap when it could not.
    private func read(_ origin: Origin, _ out: inout [Observation]) {
        due.hint = nil
        switch look() {
        case .success(let next): report(next, origin, &out)
        case .failure(let torn): miss(torn, &out)
        }
    }

    /// Opens a gap for what could not be read, to be closed in a second.
    private func miss(_ torn: Torn, _ out: inout [Observation]) {
        statistics.lost += 1
        openGap(torn.cause, at: kernel.clock.now, &out)
        due.recheck = kernel.clock.ticks.advanced(byMilliseconds: 1000)
    }

    private struct Torn: Error { let cause: String }

    /// One reading, with the rest it earns.
    private func look() -> Result<[Observation.Subject: Seen], Torn> {
        let begun = kernel.clock.ticks
        defer {
            let cost = kernel.clock.ticks.nanoseconds(since: begun)
            statistics.readNanoseconds = cost
            let now = kernel.clock.ticks
            rested = Ticks(
                nanoseconds: now.nanoseconds + cost * UInt64(Limits.sensorRest.value))
            sweepRested = Ticks(
                nanoseconds: now.nanoseconds + cost * UInt64(Limits.sweepRest.value))
        }
        switch source.read(kernel) {
        case .torn(let cause): return .failure(Torn(cause: cause))
        case .whole(let list):
            watch()
            let late = source.openLate(kernel)
            feeds += late
            if files?.hasGrown == true || !late.isEmpty {
                // What changed there between the reading and the subscription was not told.
                due.hint = kernel.clock.ticks.advanced(byMilliseconds: source.settle)
            }
            // Of two with one name the first stays: a source names what it can tell apart.
            return .success(
                Dictionary(list.map { ($0.subject, $0) }, uniquingKeysWith: { a, _ in a }))
        }
    }

    private func report(
        _ next: [Observation.Subject: Seen], _ origin: Origin, _ out: inout [Observation]
    ) {
        let now = kernel.clock.now
        let passed = source.takePassed()
        var count = 0
        if !passed.isEmpty {
            var known = next
            for one in passed { known[one.subject] = one }
            count = seen.become(known, order: contract.kinds, origin, now, &out)
        }
        count += seen.become(next, order: contract.kinds, origin, now, &out)
        if count == 0, origin == .intercepted { statistics.merged += 1 }
        statistics.subjects = UInt64(seen.count)
    }

    func resync(cause: String, _ out: inout [Observation]) {
        openGap(cause, at: kernel.clock.now, &out)
        recover(&out)
    }

    /// Reads everything and closes the gap; tries again in a second when it could not.
    private func recover(_ out: inout [Observation]) {
        due.hint = nil
        switch look() {
        case .success(let next):
            statistics.resyncs += 1
            report(next, .resync, &out)
            closeGap(at: kernel.clock.now, &out)
        case .failure:
            due.recheck = kernel.clock.ticks.advanced(byMilliseconds: 1000)
        }
    }

    // MARK: Sweep

    func sweep(slices: Bool, _ out: inout [Observation]) {
        if slices, sweepRested > kernel.clock.ticks {
            statistics.throttled += 1
            return
        }
        for index in feeds.indices where !feeds[index].isUrgent { ready(index, &out) }
        if statistics.inGap {
            recover(&out)
        } else if due.hint != nil {
            read(.intercepted, &out)
        } else {
            switch look() {
            case .failure(let torn): return miss(torn, &out)
            case .success(let next) where seen.differences(from: next).isEmpty:
                statistics.sweeps += 1
                return
            case .success: break
            }
        }
        // Events in flight get the time to come before a difference counts.
        due.recheck = kernel.clock.ticks.advanced(byMilliseconds: 50)
    }

    private func confirm(_ out: inout [Observation]) {
        for index in feeds.indices where !feeds[index].isUrgent { ready(index, &out) }
        if due.hint != nil { read(.intercepted, &out) }
        statistics.sweeps += 1
        let next: [Observation.Subject: Seen]
        switch look() {
        case .success(let whole): next = whole
        case .failure(let torn): return miss(torn, &out)
        }
        let differences = seen.differences(from: next)
        statistics.drift += differences.announced
        statistics.sampled += differences.sampled
        if !differences.isEmpty { report(next, .sampled, &out) }
    }
}
