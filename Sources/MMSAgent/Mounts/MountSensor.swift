public import Host
public import Resources

/// Sees every change of the mounts of its namespace.
public final class MountSensor: Sensor {
    public private(set) var contract: SensorContract
    public var statistics = SensorStatistics()
    public private(set) var feeds: [any KernelFeed] = []

    private let kernel: any Kernel
    private let path = "/proc/self/mountinfo"
    private var table = MountTable()
    private var seen = SeenTable()
    private var polls: Ticks?
    private var recheck: Ticks?

    /// A sensor of the mount namespace that `kernel` shows.
    public init(_ kernel: any Kernel) {
        self.kernel = kernel
        contract = SensorContract(
            name: "mounts", kinds: [Kind.mount], mechanism: "poll of /proc/self/mountinfo",
            why: "the kernel wakes its readers at every change, on all kernels",
            privilege: "none", fallback: "reads it every 5 s",
            mayMiss: "a mount that comes and goes before it is read; changes of options of the "
                + "file system that remount nothing are seen at the next sweep")
    }

    public var deadline: Ticks? { [polls, recheck].compactMap(\.self).min() }

    public func start(_ out: inout [Observation]) {
        do throws(KernelError) {
            feeds = [try kernel.watch(path, trigger: nil)]
        } catch {
            contract.mechanism = "reads /proc/self/mountinfo every 5 s"
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
        statistics.events += 1
        _ = feeds[feed].receive { _ in }
        guard let records = read() else {
            statistics.lost += 1
            openGap("\(path) was not whole", at: kernel.clock.now, &out)
            recheck = kernel.clock.ticks.advanced(byMilliseconds: 1000)
            return
        }
        if report(records, .intercepted, &out) == 0 { statistics.merged += 1 }
    }

    public func resync(cause: String, _ out: inout [Observation]) {
        openGap(cause, at: kernel.clock.now, &out)
        guard let records = read() else {
            recheck = kernel.clock.ticks.advanced(byMilliseconds: 1000)
            return
        }
        statistics.resyncs += 1
        report(records, .resync, &out)
        closeGap(at: kernel.clock.now, &out)
    }

    @discardableResult
    private func report(
        _ records: [MountRecord], _ origin: Origin, _ out: inout [Observation]
    ) -> Int {
        let count = seen.become(
            table.seen(records), order: [Kind.mount], origin, kernel.clock.now, &out)
        statistics.subjects = UInt64(seen.reported.count)
        return count
    }

    /// The table with unique identifiers; nil when a line of it could not be read.
    ///
    /// The identifiers come by another call. A mount made between the two has none yet, and one
    /// whose number was used again between them would get a wrong one: the table is read until
    /// it is the same before and after.
    private func read() -> [MountRecord]? {
        for _ in 0..<Limits.dumpAttempts.value {
            guard let before = kernel.read(path) else { return nil }
            let unique = kernel.mountIdentifiers()
            guard kernel.read(path) == before else { continue }
            var (records, unread) = unsafe MountRecord.table(before.span.bytes)
            guard unread == 0, before.last == 10, before.count < Limits.kernelTextBytes.value else {
                return nil
            }
            for index in records.indices { records[index].unique = unique[records[index].reused] }
            return records
        }
        return nil
    }

    public func sweep(slices: Bool, _ out: inout [Observation]) {
        if statistics.inGap {
            resync(cause: "still open", &out)
        } else if differs() {
            recheck = kernel.clock.ticks.advanced(byMilliseconds: 50)
            return
        }
        statistics.sweeps += 1
    }

    public func expire(_ now: Ticks, _ out: inout [Observation]) {
        if let due = polls, due <= now {
            polls = now.advanced(byMilliseconds: 5000)
            if let records = read() { report(records, .sampled, &out) }
        }
        guard let due = recheck, due <= now else { return }
        recheck = nil
        if statistics.inGap {
            resync(cause: "still open", &out)
            return
        }
        statistics.sweeps += 1
        if differs(), let records = read() {
            let before = seen.reported
            let count = UInt64(report(records, .sampled, &out))
            // What comes and goes is announced; options of a file system may change silently.
            let isSilent = before.keys == seen.reported.keys
            if isSilent { statistics.sampled += count } else { statistics.drift += count }
        }
    }

    private func differs() -> Bool {
        guard let records = read() else { return true }
        var copy = table
        return copy.seen(records) != seen.reported
    }
}
