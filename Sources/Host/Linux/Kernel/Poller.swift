internal import CHost
internal import Glibc
internal import Synchronization

/// Waits on many descriptors, and can be woken by any thread.
public final class Poller: Sendable {
    private let epoll: Int32
    private let event: Int32

    /// A poller over nothing yet.
    public init() throws(KernelError) {
        epoll = chost_poll_new()
        event = chost_poll_event()
        guard epoll >= 0, event >= 0, chost_poll_add(epoll, event, 0, .max) == 0 else {
            throw refusal("wait for events", errno)
        }
    }

    deinit {
        _ = close(epoll)
        _ = close(event)
    }

    /// Adds a feed under a token; the World's feeds need none.
    public func add(_ feed: any KernelFeed, token: UInt64) throws(KernelError) {
        guard let descriptor = feed.descriptor else { return }
        let code = chost_poll_add(epoll, descriptor, feed.isUrgent ? 1 : 0, token)
        guard code == 0 else { throw refusal("wait for a feed", -code) }
    }

    /// Waits for feeds or a wake-up for at most so long; gives the tokens.
    public func wait(milliseconds: Int) -> [UInt64] {
        var tokens = [UInt64](repeating: 0, count: 16)
        let count = unsafe Int(
            chost_poll_wait(epoll, &tokens, 16, Int32(clamping: milliseconds)))
        if tokens.prefix(max(0, count)).contains(.max) { drain() }
        return tokens.prefix(max(0, count)).filter { $0 != .max }
    }

    /// Waits for a wake-up for at most so long; false when none came.
    public func waitForWake(milliseconds: Int) -> Bool {
        var tokens = [UInt64](repeating: 0, count: 1)
        let count = unsafe chost_poll_wait(epoll, &tokens, 1, Int32(clamping: milliseconds))
        return count > 0
    }

    /// Ends the wait of the thread that waits.
    public func wake() {
        var one: UInt64 = 1
        _ = unsafe write(event, &one, 8)
    }

    private func drain() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(event, &count, 8)
    }

    /// Nanoseconds of CPU that the calling thread has used.
    public static func threadCPU() -> UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
