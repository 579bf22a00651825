public import Host
public import Resources

/// Sees every process start, change its program, owner or name, and end.
public final class ProcessSensor: Sensor {
    public private(set) var contract: SensorContract
    public var statistics = SensorStatistics()
    public private(set) var feeds: [any KernelFeed] = []

    private let kernel: any Kernel
    private let bufferBytes: Int
    private var reader: ProcessReader
    /// Changes of the rule of `Redaction` and of users' names, behind the feed of events.
    private var rule: (any FileWatch)?
    private var table: ProcessTable
    private var incoming: [ProcessEvent] = []
    private var sweeping = Sweep.idle
    private var settles: Ticks?
    private var polls: Ticks?

    /// Where a sweep is. `idle` → `listing` → `confirming` → `idle`.
    private enum Sweep {
        case idle
        /// Reads a slice at a time; `listed` are all, `suspects` those that differ so far.
        case listing(listed: [Int32], next: Int, suspects: [Int32], due: Ticks)
        /// Waits for events in flight before the suspects are read again.
        case confirming(suspects: [Int32], due: Ticks)
    }

    /// A sensor of the processes that `kernel` shows.
    public init(_ kernel: any Kernel, bufferBytes: Int = Limits.sensorBuffer.value) {
        self.kernel = kernel
        self.bufferBytes = bufferBytes
        reader = ProcessReader(kernel)
        table = ProcessTable(ProcessTable.Setting(boot: "", bootTime: 0))
        contract = SensorContract(
            name: "processes", kinds: [Kind.process], mechanism: "process connector",
            why: "the kernel announces every fork, exec, exit and change of owner",
            privilege: "CAP_NET_ADMIN in the initial user and process namespaces",
            fallback: "reads /proc every second",
            mayMiss: "moves between control groups, rewritten command lines and replaced "
                + "executables are seen at the next exec or sweep")
    }

    public var deadline: Ticks? {
        let sweep: Ticks? =
            switch sweeping {
            case .idle: nil
            case .listing(_, _, _, let due), .confirming(_, let due): due
            }
        return [settles, polls, sweep].compactMap(\.self).min()
    }

    public func start(_ out: inout [Observation]) {
        table = ProcessTable(bootSetting(kernel))
        do throws(KernelError) {
            feeds = [try kernel.processEvents(bufferBytes: bufferBytes)]
        } catch {
            contract.mechanism = "poll of /proc every second"
            contract.why = "\(error.operation): \(error.cause); to do better: \(error.remedy)"
            contract.mayMiss = "processes that live less than a second; exit codes"
            polls = kernel.clock.ticks.advanced(byMilliseconds: 1000)
        }
        watchRule()
        resync(cause: "start", &out)
    }

    /// Follows the rule that takes secrets out of command lines, and the names of users. Without
    /// the subscription the rule is that of the start, and names are read by the sweep.
    private func watchRule() {
        rule = try? kernel.watchFiles()
        if let rule {
            _ = rule.become(WatchedPaths(named: [Redaction.path, "/etc/passwd"]))
            feeds.append(rule)
        }
        reader.redaction = Redaction(of: kernel)
    }

    public func stop() {
        for feed in feeds { feed.close() }
        feeds = []
    }

    public func ready(_ feed: Int, _ out: inout [Observation]) {
        if let rule, feeds[feed] === rule {
            _ = rule.receive { _ in }
            reader.redaction = Redaction(of: kernel)
            table.become(users: userNames(kernel), .intercepted, kernel.clock.now, &out)
            return
        }
        var cause: String?
        var taken = 0
        receiving: while taken < Limits.sensorBatch.value {
            switch receive() {
            case .empty: break receiving
            case .more: taken = incoming.count
            case .lost(let why):
                cause = why
                break receiving
            }
        }
        if let cause {
            incoming.removeAll(keepingCapacity: true)
            statistics.lost += 1
            resync(cause: cause, &out)
        } else {
            apply(&out)
        }
    }

    private func receive() -> FeedState {
        guard let feed = feeds.first, feed !== rule else { return .empty }
        return feed.receive { datagram in
            if let event = ProcessEvent(datagram) { incoming.append(event) }
        }
    }

    private func apply(_ out: inout [Observation]) {
        guard let last = incoming.last else { return }
        let now = kernel.clock.now
        for event in incoming { table.step(event, at: now, &out) }
        incoming.removeAll(keepingCapacity: true)
        readPending(now, &out)
        if !table.unsettled.isEmpty, settles == nil {
            settles = kernel.clock.ticks.advanced(byMilliseconds: 20)
        }
        let lag = kernel.clock.ticks.nanoseconds(since: Ticks(nanoseconds: last.time))
        statistics.lagNanoseconds = lag
        statistics.lagMostNanoseconds = max(lag, statistics.lagMostNanoseconds)
        count()
    }

    /// Reads what the table asks for; an answer may ask for more (orphans' parents).
    private func readPending(_ now: WallTime, _ out: inout [Observation]) {
        while true {
            let reads = table.takeReads()
            if reads.isEmpty { return }
            for (pid, parts) in reads {
                table.answer(pid, reader.read(pid, parts), at: now, &out)
                if parts.contains(.executable) { noteRead(pid) }
            }
        }
    }

    private func noteRead(_ pid: Int32) {
        table.noteRead(pid, at: kernel.clock.ticks.nanoseconds)
    }

    private func count() {
        statistics.events = table.events
        statistics.merged = table.merged
        statistics.subjects = UInt64(table.records.count)
    }

    // MARK: Everything anew

    public func resync(cause: String, _ out: inout [Observation]) {
        openGap(cause, at: kernel.clock.now, &out)
        drain()
        table.become(users: userNames(kernel), .resync, kernel.clock.now, &out)
        let dump = kernel.processes().compactMap { reader.read($0, .all) }
        let now = kernel.clock.now
        table.reconcile(dump, at: now, &out)
        for reading in dump { noteRead(reading.stat.pid) }
        statistics.resyncs += 1
        statistics.lagMostNanoseconds = 0
        sweeping = .idle
        settles = nil
        count()
        closeGap(at: now, &out)
    }

    /// Drops what is queued: it is older than the dump to come. Bounded, because a storm may
    /// fill the queue as fast as it is drained.
    private func drain() {
        let most = max(1, 4 * bufferBytes / (832 * 64))
        for _ in 0..<most {
            if receive() == .empty { break }
        }
        incoming.removeAll(keepingCapacity: true)
    }

    // MARK: Sweep

    public func sweep(slices: Bool, _ out: inout [Observation]) {
        ready(0, &out)
        table.become(users: userNames(kernel), .sampled, kernel.clock.now, &out)
        sweeping = .listing(
            listed: kernel.processes(), next: 0, suspects: [], due: kernel.clock.ticks)
        while !slices, case .listing = sweeping { continueSweep(&out) }
    }

    public func expire(_ now: Ticks, _ out: inout [Observation]) {
        if let due = settles, due <= now {
            settles = nil
            table.settle()
            readPending(kernel.clock.now, &out)
        }
        if let due = polls, due <= now {
            polls = now.advanced(byMilliseconds: 1000)
            poll(&out)
        }
        switch sweeping {
        case .listing(_, _, _, let due) where due <= now: continueSweep(&out)
        case .confirming(_, let due) where due <= now: confirm(&out)
        case .idle, .listing, .confirming: break
        }
    }

    /// What the sensor does in place of events: the same reading as a sweep, taken as the truth.
    private func poll(_ out: inout [Observation]) {
        let now = kernel.clock.now
        let listed = kernel.processes()
        for pid in listed { table.correct(pid, reader.read(pid, .all), at: now, &out) }
        for pid in table.records.keys.sorted() where !listed.contains(pid) {
            table.correct(pid, nil, at: now, &out)
        }
        table.dropPending()
        count()
    }

    private func continueSweep(_ out: inout [Observation]) {
        guard case .listing(let listed, let next, var suspects, _) = sweeping else { return }
        let slice = listed[next...].prefix(Limits.sweepSlice.value)
        for pid in slice where table.difference(pid, reader.read(pid, .all)) != .none {
            suspects.append(pid)
        }
        guard slice.endIndex == listed.endIndex else {
            sweeping = .listing(
                listed: listed, next: slice.endIndex, suspects: suspects,
                due: kernel.clock.ticks.advanced(byMilliseconds: 40))
            return
        }
        let all = Set(listed)
        suspects += table.records.keys.filter { !all.contains($0) }.sorted()
        sweeping = .confirming(
            suspects: suspects, due: kernel.clock.ticks.advanced(byMilliseconds: 50))
    }

    /// Events that were in flight have come by now: what differs still was never announced.
    private func confirm(_ out: inout [Observation]) {
        guard case .confirming(let suspects, _) = sweeping else { return }
        ready(0, &out)
        sweeping = .idle
        for pid in suspects {
            table.clearTouched()
            let reading = reader.read(pid, .all)
            guard table.difference(pid, reading) != .none else { continue }
            ready(0, &out)
            // An event came while it was read: the reading may be older than what that told.
            if table.touched.contains(pid) { continue }
            switch table.difference(pid, reading) {
            case .none: continue
            case .unannounced: statistics.sampled += 1
            case .announced: statistics.drift += 1
            }
            table.correct(pid, reading, at: kernel.clock.now, &out)
            noteRead(pid)
        }
        readPending(kernel.clock.now, &out)
        statistics.sweeps += 1
        count()
    }
}
