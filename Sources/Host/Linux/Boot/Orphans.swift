internal import Glibc

/// Takes the ends of processes that nobody waits for: what was left behind by its parent is a
/// child of process 1 from then on.
///
/// Children of this process itself have owners who wait for them within moments. So only what has
/// ended and is found so at two looks in a row is taken.
public struct Orphans: Sendable {
    private var ended: Set<Int32> = []

    /// Nothing seen yet.
    public init() {}

    /// The pure part: what to take, of those that have ended now and are nobody's.
    public mutating func toTake(ended now: Set<Int32>) -> [Int32] {
        let twice = now.intersection(ended)
        ended = now.subtracting(twice)
        return twice.sorted()
    }

    /// One look; how many were taken.
    public mutating func sweep() -> Int {
        let bytes = (try? LinuxFile.read("/proc/1/task/1/children")) ?? []
        let children = bytes.split(separator: UInt8(ascii: " ")).compactMap {
            Int32(String(decoding: $0, as: UTF8.self))
        }
        let take = toTake(
            ended: Set(children.filter { hasEnded($0) && !Children.isWatched($0) }))
        for pid in take {
            var status: Int32 = 0
            unsafe _ = waitpid(pid, &status, WNOHANG)
        }
        return take.count
    }

    private func hasEnded(_ pid: Int32) -> Bool {
        var information = unsafe siginfo_t()
        let code = unsafe waitid(
            P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
        // Without an end the kernel leaves the structure's signal zero.
        return unsafe code == 0 && information.si_signo != 0
    }
}
