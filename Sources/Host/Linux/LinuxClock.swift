internal import CHost
internal import Glibc
public import Resources

/// The clocks of Linux.
public struct LinuxClock: Clock {
    /// The clocks of this machine.
    public init() {}

    public var now: WallTime {
        let time = read(CLOCK_REALTIME)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public var ticks: Ticks {
        let time = read(CLOCK_MONOTONIC)
        return Ticks(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    private func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        let result = unsafe clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime fails only for a clock that does not exist")
        return time
    }
}

/// The kernel's random source.
public struct LinuxEntropy: Entropy {
    /// The source of this machine.
    public init() {}

    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
