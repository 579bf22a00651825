internal import Resources

extension ProcessTable {
    /// Makes the table what a dump says, and reports the differences.
    mutating func reconcile(
        _ dump: [ProcessReading], at now: WallTime, _ out: inout [Observation]
    ) {
        dropPending()
        var seen: Set<Int32> = []
        for reading in dump where !reading.stat.isEnded { seen.insert(reading.stat.pid) }
        for pid in records.keys.sorted() where !seen.contains(pid) {
            guard let record = records[pid] else { continue }
            remove(record, .resync, now, &out)
        }
        for reading in dump where !reading.stat.isEnded {
            adopt(reading, .resync, now, &out)
        }
        // The dump has the new parents of orphans already.
        dropPending()
    }

    /// Takes a full reading as the truth about its process.
    mutating func adopt(
        _ reading: ProcessReading, _ origin: Origin, _ now: WallTime, _ out: inout [Observation]
    ) {
        let pid = reading.stat.pid
        var fresh = reading.record(over: nil, isEnded: false)
        // After a loss what was told before proves nothing.
        if origin != .resync { fresh.keepOwner(of: records[pid]) }
        if let old = records[pid], old.start != fresh.start { remove(old, origin, now, &out) }
        setThreads(pid, reading.stat.threads)
        keep(fresh, origin, now, &out)
    }

    /// How a full reading differs from what is known; nil says that there is no such process.
    func difference(_ pid: Int32, _ reading: ProcessReading?) -> ProcessRecord.Difference {
        let live = reading.flatMap { $0.stat.isEnded ? nil : $0 }
        switch (records[pid], live) {
        case (nil, nil): return .none
        case (nil, .some), (.some, nil): return .announced
        case (.some(let record), .some(let reading)):
            var fresh = reading.record(over: nil, isEnded: false)
            fresh.keepOwner(of: record)
            return record.difference(to: fresh)
        }
    }

    /// Sets right what a sweep found.
    mutating func correct(
        _ pid: Int32, _ reading: ProcessReading?, at now: WallTime, _ out: inout [Observation]
    ) {
        if let reading, !reading.stat.isEnded {
            adopt(reading, .sampled, now, &out)
        } else if let record = records[pid] {
            remove(record, .sampled, now, &out)
        }
    }
}
