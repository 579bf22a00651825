internal import Resources

/// Passive health of a backend: one that refuses connections is set aside for a while, for twice as
/// long each time in a row, and taken back by the first connection that succeeds. One that is set
/// aside is still asked when no other is left.
struct SetAside: Equatable {
    private var failures = 0
    private var until: UInt64 = 0

    /// True while it is set aside; `now` is in nanoseconds.
    func isAside(_ now: UInt64) -> Bool { now < until }

    /// It could not be connected to.
    mutating func failed(_ now: UInt64) {
        let most = UInt64(Limits.balancerAsideMost.value)
        let time = min(most, UInt64(Limits.balancerAside.value) << UInt64(min(failures, 20)))
        failures += 1
        until = now &+ time * 1_000_000
    }

    /// It was connected to.
    mutating func succeeded() {
        if failures > 0 { self = SetAside() }
    }
}
