internal import CHost
internal import Glibc
public import Resources
internal import Synchronization

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

/// The kernel's random source, asked for a page at a time: a call costs as much as the page.
public struct LinuxEntropy: Entropy {
    private static let page = Mutex(RandomPage())

    /// The source of this machine.
    public init() {}

    public func next() -> UInt64 { Self.page.withLock { $0.next() } }
}

/// Random words that were fetched and not yet used; each is used once.
private struct RandomPage {
    private var words: [UInt64] = []

    /// The most that getentropy(3) gives in one call, in words.
    private static let count = 32

    mutating func next() -> UInt64 {
        if let word = words.popLast() { return word }
        words = [UInt64](repeating: 0, count: Self.count)
        let result = unsafe words.withUnsafeMutableBytes { buffer in
            unsafe getentropy(buffer.baseAddress, buffer.count)
        }
        precondition(result == 0, "getentropy failed: errno \(errno)")
        return words.removeLast()
    }
}
