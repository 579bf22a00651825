internal import Host
internal import Resources

/// What a load did: how much, how fast, and how long each request took.
struct Figure {
    let key: String
    /// Commands or reads.
    let count: Int
    let nanoseconds: UInt64
    /// Of each request; empty when only the rate is of interest.
    var durations: [UInt64] = []

    /// One line of JSON.
    var line: String {
        var text = "{\"key\":\"\(key)\",\"ops\":\(Double(count) * 1e9 / Double(nanoseconds))"
        if !durations.isEmpty {
            let sorted = durations.sorted()
            for (name, share) in [("p50us", 0.5), ("p99us", 0.99), ("p999us", 0.999)] {
                let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
                text += ",\"\(name)\":\(Double(sorted[index]) / 1000)"
            }
        }
        return text + ",\"n\":\(count)}"
    }

    /// Runs `body` again and again for so long, timing each run.
    static func repeating(
        _ key: String, seconds: Double, _ body: () throws -> Void
    ) rethrows -> Figure {
        let clock = LinuxClock()
        let start = clock.ticks
        let length = UInt64(seconds * 1e9)
        var durations: [UInt64] = []
        var before = start
        while before.nanoseconds(since: start) < length {
            try body()
            let after = clock.ticks
            durations.append(after.nanoseconds(since: before))
            before = after
        }
        return Figure(
            key: key, count: durations.count, nanoseconds: before.nanoseconds(since: start),
            durations: durations)
    }
}
