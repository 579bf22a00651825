public import Host
public import Resources

/// Sees every change of network interfaces, their addresses and the routes.
public final class NetworkSensor: Sensor {
    public private(set) var contract: SensorContract
    public var statistics = SensorStatistics()
    public private(set) var feeds: [any KernelFeed] = []

    private let kernel: any Kernel
    private let bufferBytes: Int
    private var table = NetworkTable()
    private var seen = SeenTable()
    private var namespace: UInt64 = 0
    /// When a difference found by a sweep, or a gap that stayed open, is looked at again.
    private var recheck: Ticks?
    /// When the routes that changes took with them are read; a burst shares one reading.
    private var reread: Ticks?
    private var polls: Ticks?
    private var incoming: [NetlinkMessage] = []

    /// A sensor of the network namespace that `kernel` shows.
    public init(_ kernel: any Kernel, bufferBytes: Int = Limits.sensorBuffer.value) {
        self.kernel = kernel
        self.bufferBytes = bufferBytes
        contract = SensorContract(
            name: "network", kinds: Self.order, mechanism: "rtnetlink groups",
            why: "the kernel announces every change of links, addresses and routes",
            privilege: "none; CAP_NET_ADMIN for a receive buffer that does not overflow",
            fallback: "dumps every 5 s",
            mayMiss: "IPv4 routes that go with a link or address are found by a dump after it; "
                + "other network namespaces are not seen")
    }

    private static let order = [Kind.interface, Kind.address, Kind.route]

    public var deadline: Ticks? { [recheck, reread, polls].compactMap(\.self).min() }

    public func start(_ out: inout [Observation]) {
        namespace = kernel.networkNamespace()
        do throws(KernelError) {
            feeds = [try kernel.networkEvents(bufferBytes: bufferBytes)]
        } catch {
            contract.mechanism = "dumps every 5 s"
            contract.why = "\(error.operation): \(error.cause)"
            polls = kernel.clock.ticks.advanced(byMilliseconds: 5000)
        }
        resync(cause: "start", &out)
    }

    public func stop() {
        for feed in feeds { feed.close() }
        feeds = []
    }

    public func ready(_ feed: Int, _ out: inout [Observation]) {
        if let cause = receive() {
            lose(cause, &out)
            return
        }
        if statistics.inGap {
            // What was read is not trusted; the reading to come has all this.
            incoming.removeAll(keepingCapacity: true)
            return
        }
        let now = kernel.clock.now
        // Each change is told, unless a storm meets a large table: then what differs after it.
        let isStorm = incoming.count * seen.count > 1 << 16
        for message in incoming where table.step(message) && !isStorm {
            report(.intercepted, now, &out)
        }
        if isStorm { report(.intercepted, now, &out) }
        incoming.removeAll(keepingCapacity: true)
        if table.wantsDump, reread == nil {
            reread = kernel.clock.ticks.advanced(byMilliseconds: 5)
        }
    }

    private func lose(_ cause: String, _ out: inout [Observation]) {
        incoming.removeAll(keepingCapacity: true)
        statistics.lost += 1
        resync(cause: cause, &out)
    }

    /// Takes what is queued, up to a batch; gives the cause when something was lost.
    private func receive() -> String? {
        guard let feed = feeds.first else { return nil }
        var cause: String?
        while incoming.count < Limits.sensorBatch.value {
            let state = feed.receive { datagram in
                statistics.events += 1
                if !NetlinkMessage.each(in: datagram, { incoming.append($0) }) {
                    cause = "a message was cut short"
                }
            }
            if case .lost(let why) = state { return why }
            if state == .empty { break }
        }
        return cause
    }

    private func report(_ origin: Origin, _ now: WallTime, _ out: inout [Observation]) {
        table.learn(kernel)
        let count = seen.become(
            table.seen(namespace: namespace), order: Self.order, origin, now, &out)
        if count == 0 { statistics.merged += 1 }
        statistics.subjects = UInt64(seen.count)
    }

    // MARK: Everything anew

    public func resync(cause: String, _ out: inout [Observation]) {
        openGap(cause, at: kernel.clock.now, &out)
        for _ in 0..<Limits.dumpAttempts.value {
            guard let feed = feeds.first else { break }
            if feed.receive({ _ in }) == .empty { break }
        }
        incoming.removeAll(keepingCapacity: true)
        statistics.resyncs += 1
        guard read(.resync, &out) == nil else {
            // The gap stays open until a reading succeeds.
            recheck = kernel.clock.ticks.advanced(byMilliseconds: 1000)
            return
        }
        closeGap(at: kernel.clock.now, &out)
    }

    /// Dumps, applies what came meanwhile, reports the differences. Gives the cause on failure.
    private func read(_ origin: Origin, _ out: inout [Observation]) -> String? {
        var cause = "the tables changed faster than they could be read"
        for _ in 0..<Limits.dumpAttempts.value {
            var (shadow, outcome) = dump()
            switch outcome {
            case .complete: break
            case .interrupted: continue
            case .failed(let why): return why
            }
            if let lost = receive() {
                statistics.lost += 1
                cause = lost
                incoming.removeAll(keepingCapacity: true)
                continue
            }
            // Without a loss an index that another interface has now was told to be free.
            if origin == .intercepted { shadow.instances = table.instances }
            for message in incoming { shadow.step(message) }
            incoming.removeAll(keepingCapacity: true)
            table = shadow
            reread = shadow.wantsDump ? kernel.clock.ticks.advanced(byMilliseconds: 5) : nil
            report(origin, kernel.clock.now, &out)
            return nil
        }
        return cause
    }

    private func dump() -> (NetworkTable, DumpOutcome) {
        var shadow = NetworkTable()
        var isWhole = true
        for kind in NetworkDump.allCases {
            let outcome = kernel.dump(kind) { datagram in
                isWhole = NetlinkMessage.each(in: datagram, { shadow.step($0) }) && isWhole
            }
            if outcome != .complete { return (shadow, outcome) }
        }
        shadow.wantsDump = false
        return (shadow, isWhole ? .complete : .failed("a message was cut short"))
    }

    // MARK: Sweep

    public func sweep(slices: Bool, _ out: inout [Observation]) {
        ready(0, &out)
        follow(&out)
        if statistics.inGap {
            recover(&out)
        } else if differs() {
            // Events in flight get the time to come before this counts.
            recheck = kernel.clock.ticks.advanced(byMilliseconds: 50)
            return
        }
        statistics.sweeps += 1
    }

    public func expire(_ now: Ticks, _ out: inout [Observation]) {
        if let due = polls, due <= now {
            polls = now.advanced(byMilliseconds: 5000)
            _ = read(.sampled, &out)
        }
        if let due = reread, due <= now { follow(&out) }
        guard let due = recheck, due <= now else { return }
        recheck = nil
        if statistics.inGap {
            recover(&out)
            return
        }
        ready(0, &out)
        follow(&out)
        statistics.sweeps += 1
        if differs() {
            let before = out.count
            _ = read(.sampled, &out)
            statistics.drift += UInt64(out.count - before)
        }
    }

    /// Reads the routes that went with what changed.
    private func follow(_ out: inout [Observation]) {
        guard table.wantsDump, !statistics.inGap else { return }
        if let cause = read(.intercepted, &out) { lose(cause, &out) }
    }

    private func recover(_ out: inout [Observation]) {
        if read(.resync, &out) == nil {
            closeGap(at: kernel.clock.now, &out)
        } else {
            recheck = kernel.clock.ticks.advanced(byMilliseconds: 1000)
        }
    }

    private func differs() -> Bool {
        var (shadow, outcome) = dump()
        shadow.instances = table.instances
        return outcome != .complete
            || shadow.seen(namespace: namespace) != table.seen(namespace: namespace)
    }
}
