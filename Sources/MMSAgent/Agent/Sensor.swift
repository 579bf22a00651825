public import Host
public import Resources

/// What a sensor owns, how it learns of changes on this host, and what it may miss.
public struct SensorContract: Hashable, Sendable {
    /// The sensor's name, the `source` of its gaps.
    public let name: String
    /// The types whose resources it alone reports.
    public let kinds: [TypeName]
    /// The mechanism in use on this host.
    public var mechanism: String
    /// Why it is that one.
    public var why: String
    /// The privilege the best mechanism needs.
    public let privilege: String
    /// What it does without that privilege.
    public let fallback: String
    /// What it may miss, in a sentence.
    public var mayMiss: String
    /// Relations of other sensors' types whose links this one alone reports.
    public var edges: [TypeName: [String]] = [:]
}

/// What a sensor has done so far.
public struct SensorStatistics: Hashable, Sendable {
    /// Kernel events taken.
    public var events: UInt64 = 0
    /// Events that needed no report of their own, because a later one said the same and more.
    public var merged: UInt64 = 0
    /// Times the kernel said that it dropped events; how many it dropped it does not say.
    public var lost: UInt64 = 0
    /// Full readings with synthetic deletes.
    public var resyncs: UInt64 = 0
    /// Gaps opened, the one at start included.
    public var gaps: UInt64 = 0
    /// Differences a sweep found that no event had announced though the contract says one would.
    public var drift: UInt64 = 0
    /// Differences a sweep found in what no event announces.
    public var sampled: UInt64 = 0
    /// Readings put off because the sensor had used its share of CPU.
    public var throttled: UInt64 = 0
    /// Paths that could not be watched for changes: the sweep looks after those.
    public var unwatched: UInt64 = 0
    /// What the last whole reading took.
    public var readNanoseconds: UInt64 = 0
    /// Sweeps done.
    public var sweeps: UInt64 = 0
    /// Subjects known now.
    public var subjects: UInt64 = 0
    /// Observations given.
    public var observations: UInt64 = 0
    /// CPU used, events, dumps and sink together.
    public var cpuNanoseconds: UInt64 = 0
    /// Time from the kernel's stamp on the last event to its report.
    public var lagNanoseconds: UInt64 = 0
    /// The most that was since the last resync.
    public var lagMostNanoseconds: UInt64 = 0
    /// True while a gap is open.
    public var inGap = false

    /// Nothing done yet.
    public init() {}
}

/// A part of the agent that owns some types and reports every change of their resources.
///
/// Subscribe first, dump second, apply what was buffered third; after a loss: gap, drain, dump,
/// diff with synthetic deletes, gap closed. The first dump is inside a gap of cause "start": what
/// a former life reported and this dump does not is gone. A sensor lives on one thread.
public protocol Sensor: AnyObject {
    /// What it owns, and how it works on this host.
    var contract: SensorContract { get }
    /// What it has done.
    var statistics: SensorStatistics { get set }
    /// The feeds it waits on, after `start`. Later ones come behind those that are there.
    var feeds: [any KernelFeed] { get }
    /// When it wants `expire` called, if ever.
    var deadline: Ticks? { get }
    /// Subscribes, then reads everything.
    func start(_ out: inout [Observation])
    /// Takes what the feed of that index has.
    func ready(_ feed: Int, _ out: inout [Observation])
    /// Does what was due.
    func expire(_ now: Ticks, _ out: inout [Observation])
    /// Reads everything anew inside a gap.
    func resync(cause: String, _ out: inout [Observation])
    /// Reads everything anew and counts what no event had announced. In `slices` it does so a
    /// little at a time, by its deadline.
    func sweep(slices: Bool, _ out: inout [Observation])
    /// Takes all that the machine has announced by now, and reads what nothing announces.
    func catchUp(_ out: inout [Observation])
    /// Ends its subscriptions.
    func stop()
}

extension Sensor {
    public func catchUp(_ out: inout [Observation]) {
        for index in feeds.indices {
            // Bounded: in a storm there is always more, but what was there first comes first.
            for _ in 0..<Limits.catchUpTurns.value {
                let before = statistics.events
                ready(index, &out)
                if statistics.events == before || feeds[index].isUrgent { break }
            }
        }
        if let due = deadline { expire(due, &out) }
    }

    /// Opens the gap of this sensor, unless it is open.
    func openGap(_ cause: String, at now: WallTime, _ out: inout [Observation]) {
        if statistics.inGap { return }
        statistics.gaps += 1
        statistics.inGap = true
        out.append(.gap(source: contract.name, cause: cause, since: now))
    }

    /// Closes the gap of this sensor.
    func closeGap(at now: WallTime, _ out: inout [Observation]) {
        statistics.inGap = false
        out.append(.gapClosed(source: contract.name, at: now))
    }
}
