public import Resources

/// The clocks of a host.
public protocol Clock: Sendable {
    /// The wall clock; may jump.
    var now: WallTime { get }
    /// The monotonic clock.
    var ticks: Ticks { get }
}

/// The random source of a host.
public protocol Entropy: Sendable {
    /// 64 random bits.
    func next() -> UInt64
}

extension Entropy {
    /// A new identifier for a resource proposed at `time`.
    public func identifier(at time: WallTime) -> Identifier {
        Identifier(time: time, random: (next(), next()))
    }
}
