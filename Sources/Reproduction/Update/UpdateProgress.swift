internal import Resources

/// How far an update is: its state, and the bytes of the step that is being made.
public struct UpdateProgress: Hashable, Sendable {
    /// The machine of the update.
    public private(set) var controller: Controller
    /// Bytes of this step that are done.
    public private(set) var done: Int64 = 0
    /// Bytes of this step.
    public private(set) var total: Int64 = 0
    /// Bytes that came from elsewhere, in all steps.
    public private(set) var copied: Int64 = 0
    /// Nanoseconds since the step began.
    public private(set) var elapsed: UInt64 = 0
    private var began: Ticks

    init(_ controller: Controller, now: Ticks) {
        self.controller = controller
        began = now
    }

    /// Bytes a second of this step; 0 before there is any.
    public var rate: Double { elapsed == 0 ? 0 : Double(done) * 1e9 / Double(elapsed) }

    /// Seconds that the rest of this step takes at this rate; nil before there is one.
    public var estimate: Double? { rate > 0 ? Double(max(0, total - done)) / rate : nil }

    mutating func take(
        _ event: Controller.Event, now: Ticks
    ) throws(ReproductionError) {
        try controller.take(event)
        (done, total, elapsed, began) = (0, 0, 0, now)
    }

    mutating func set(done: Int64, of total: Int64, now: Ticks) {
        (self.done, self.total) = (done, total)
        elapsed = now.nanoseconds(since: began)
    }

    mutating func set(copied: Int64) { self.copied = copied }
}
