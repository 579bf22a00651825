internal import Bus
internal import Host
internal import Log
internal import Resources

/// Proposers in a closed loop over one shared loglet.
struct Replicated {
    let client: EtcdClient
    /// How many proposers wait for an answer at any time.
    let flight: Int
    /// Bytes of one entry.
    let bytes: Int

    /// Appends for so long; the line that Scripts/bench reads.
    func measure(seconds: Double) throws -> String {
        let clock = LinuxClock()
        let log = LinuxEntropy().identifier(at: clock.now)
        let loglet = EtcdLoglet(
            calls: client, clock: clock,
            place: EntryGroup.Place(log: log, mount: .root, epoch: 1, name: "etcd:1"),
            start: .start)
        let payload = [UInt8](repeating: 97, count: bytes)
        let author = Identity.system("bench")
        var point = ChainPoint.start
        var waits: [UInt64] = []
        let began = clock.ticks
        let end = began.advanced(byMilliseconds: UInt64(seconds * 1000))
        while clock.ticks < end {
            let before = clock.ticks
            let drafts = (0..<flight).map { _ in
                EntryDraft(author: author, time: clock.now, payload: payload)
            }
            let entries = try loglet.append(drafts, behind: point.position, hash: point.hash)
            if let last = entries.last {
                point = ChainPoint(position: last.header.position, hash: last.chainHash)
            }
            waits.append(clock.ticks.nanoseconds(since: before))
        }
        let took = Double(clock.ticks.nanoseconds(since: began)) / 1e9
        // What was acknowledged is there, whole and in order.
        let (tail, _) = try loglet.checkPoint()
        guard tail == point, tail.position.rawValue == UInt64(waits.count * flight) else {
            throw LogError.unreachable(cause: "the tail is \(tail.position)")
        }
        waits.sort()
        let rate = Double(waits.count * flight) / took
        return "ops=\(Int(rate)) groups=\(waits.count) p50us=\(quantile(0.5, waits)) "
            + "p99us=\(quantile(0.99, waits))"
    }

    private func quantile(_ part: Double, _ sorted: [UInt64]) -> UInt64 {
        guard let last = sorted.indices.last else { return 0 }
        return sorted[min(last, Int(Double(sorted.count) * part))] / 1000
    }
}
