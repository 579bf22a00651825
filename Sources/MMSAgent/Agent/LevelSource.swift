internal import Host
internal import Resources

/// A part of the machine that is read whole: what its subjects are now, and what hints that they
/// have changed. `LevelSensor` makes a sensor of it.
protocol LevelSource: AnyObject {
    /// What it owns and how it works on this host; `open` may change mechanism, why and mayMiss.
    var contract: SensorContract { get }
    /// Fields that no event announces, by type: a sweep counts them as sampled, not as drift.
    var sampled: [TypeName: SampledFields] { get }
    /// Milliseconds between readings where events do not tell all; nil for none. Asked after
    /// `open`.
    var interval: UInt64? { get }
    /// A cheap look when the interval has passed: false when nothing can have changed, so that
    /// nothing is read.
    func stirred(_ kernel: any Kernel) -> Bool
    /// Milliseconds a hint waits for others before everything is read.
    var settle: UInt64 { get }
    /// Subscribes to what hints of changes. What is refused is said in the contract.
    func open(_ kernel: any Kernel) -> [any KernelFeed]
    /// Subscribes to what was not there at `open`, a driver's file for example. Asked for after each
    /// reading; what it gives is not given again.
    func openLate(_ kernel: any Kernel) -> [any KernelFeed]
    /// What a datagram of a feed means, those of `open` counted first. Called with the oldest first.
    func take(_ feed: Int, _ datagram: RawSpan) -> Hint
    /// Reads everything; nil with the cause when it could not be read whole.
    func read(_ kernel: any Kernel) -> Reading
    /// Subjects that events told of and that were gone before they could be read: after a reading
    /// each is reported once, and as gone at once.
    func takePassed() -> [Seen]
    /// Paths whose changes are hints, asked for after each reading; nil when it watches none.
    var watched: WatchedPaths? { get }
}

/// What a datagram of a feed means to a source.
enum Hint: Hashable, Sendable {
    case nothing
    /// Something of the source's has changed.
    case changed
    /// Events before this one are missing.
    case lost(cause: String)
}

/// What a reading of a source gave.
enum Reading: Sendable {
    case whole([Seen])
    /// It changed under the reading, or a part of it could not be read.
    case torn(cause: String)
}

extension LevelSource {
    var sampled: [TypeName: SampledFields] { [:] }
    var interval: UInt64? { nil }
    func stirred(_ kernel: any Kernel) -> Bool { true }
    var settle: UInt64 { 5 }
    var watched: WatchedPaths? { nil }
    func takePassed() -> [Seen] { [] }
    func open(_ kernel: any Kernel) -> [any KernelFeed] { [] }
    func openLate(_ kernel: any Kernel) -> [any KernelFeed] { [] }
    func take(_ feed: Int, _ datagram: RawSpan) -> Hint { .changed }
}
