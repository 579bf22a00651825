internal import Host
internal import Resources
internal import Synchronization

/// A watch of a simulated cluster.
public final class SimulatedEtcdWatch: EtcdWatch {
    public let member = 0
    private let cluster: SimulatedEtcd
    private let number: Int

    init(cluster: SimulatedEtcd, number: Int) {
        self.cluster = cluster
        self.number = number
    }

    deinit { close() }

    public func next(milliseconds: Int) throws(BusError) -> EtcdWatchMessage? {
        let message = try cluster.next(number)
        if message == nil { cluster.clock.advance(milliseconds: UInt64(max(0, milliseconds))) }
        return message
    }

    public func close() { cluster.state.withLock { $0.watches[number] = nil } }
}

extension SimulatedEtcd {
    /// Most events of one message.
    private static let eventsMost: UInt64 = 8

    func open(_ request: EtcdWatchRequest, node: Int) -> SimulatedEtcdWatch {
        state.withLock { state in
            state.watchesOpened += 1
            state.watches[state.watchesOpened] = Watching(
                node: node, request: request, next: request.startRevision)
            return SimulatedEtcdWatch(cluster: self, number: state.watchesOpened)
        }
    }

    /// What a watch shows now; nil for nothing. A watch that reaches nobody is silent.
    func next(_ number: Int) throws(BusError) -> EtcdWatchMessage? {
        let outcome = state.withLock { state -> Result<EtcdWatchMessage?, BusError> in
            guard var watching = state.watches[number] else {
                return .failure(Self.error(.unreachable, "the watch was closed"))
            }
            if state.happens(\.breaksWatches) {
                state.watches[number] = nil
                return .failure(Self.error(.unreachable, "the watch broke"))
            }
            if state.health != .up || state.cutOff.contains(watching.node)
                || state.happens(\.delaysEvents)
            {
                return .success(nil)
            }
            if watching.next < state.model.compacted {
                state.watches[number] = nil
                return .success(
                    EtcdWatchMessage(
                        revision: 0, cancelled: "compacted",
                        compactRevision: state.model.compacted))
            }
            let events = state.events(&watching, most: Self.eventsMost)
            state.watches[number] = watching
            if events.isEmpty { return .success(nil) }
            return .success(EtcdWatchMessage(revision: state.model.revision, events: events))
        }
        return try outcome.get()
    }
}

extension SimulatedEtcd.State {
    /// The next events of a watch, as the faults let them through.
    fileprivate mutating func events(
        _ watching: inout SimulatedEtcd.Watching, most: UInt64
    ) -> [EtcdWatchMessage.Event] {
        let count = Int(random.next(upperBound: most)) + 1
        let new = model.puts(
            of: watching.request.key, watching.request.end, from: watching.next, count: count)
        guard let newest = new.last else { return [] }
        watching.next = newest.modRevision + 1
        var shown: [EtcdKeyValue] = []
        if let last = watching.last, happens(\.repeatsEvents) { shown.append(last) }
        for put in new {
            if happens(\.losesEvents) { continue }
            if happens(\.reordersEvents) {
                watching.late.append(put)
                continue
            }
            shown.append(put)
            if happens(\.repeatsEvents) { shown.append(put) }
        }
        if !watching.late.isEmpty, random.oneIn(2) {
            shown += watching.late
            watching.late = []
        }
        watching.last = newest
        if happens(\.damagesValues), let index = shown.indices.last, !shown[index].value.isEmpty {
            let byte = Int(random.next(upperBound: UInt64(shown[index].value.count)))
            let bit = UInt8(truncatingIfNeeded: random.next() & 7)
            shown[index].value[byte] ^= 1 << bit
        }
        return shown.map { EtcdWatchMessage.Event(keyValue: $0) }
    }
}
