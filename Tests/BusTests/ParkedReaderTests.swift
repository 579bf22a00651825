import Bus
import Host
import Log
import LogSuite
import Resources
import Synchronization
import Testing

@Suite struct ParkedReaderTests {
    /// Calls of a client, its watches counted.
    private struct CountedCalls: EtcdCalls {
        let client: SimulatedEtcdClient
        let watches: Count

        final class Count: Sendable {
            let value = Mutex(0)
        }

        func transact(
            _ transaction: EtcdTransaction, milliseconds: Int
        ) throws(BusError) -> EtcdTransactionAnswer {
            try client.transact(transaction, milliseconds: milliseconds)
        }

        func range(_ range: EtcdRange, milliseconds: Int) throws(BusError) -> EtcdRangeAnswer {
            try client.range(range, milliseconds: milliseconds)
        }

        func watch(
            _ request: EtcdWatchRequest, avoiding: Int?
        ) throws(BusError) -> SimulatedEtcdWatch {
            watches.value.withLock { $0 += 1 }
            return try client.watch(request, avoiding: avoiding)
        }

        func compact(before revision: UInt64, milliseconds: Int) throws(BusError) {
            try client.compact(before: revision, milliseconds: milliseconds)
        }
    }

    /// etcd takes 100 ms to show a new watch what came before it.
    @Test func whoReadsByTurnsOpensOneWatch() throws {
        let clock = SimulatedClock()
        let cluster = SimulatedEtcd(seed: 1, clock: clock)
        let calls = CountedCalls(client: cluster.client(0), watches: .init())
        let reader = EtcdLoglet(
            calls: calls, clock: clock, place: EtcdSample.place(), start: .start)
        let writer = EtcdSample.loglet(cluster, node: 1, clock: clock)
        var known = Position.zero
        for round in 0..<12 {
            let last = try writer.append(Sample.drafts(3, salt: round)).upperBound
            // What another reader took meanwhile is passed over.
            if round % 3 == 2 {
                known = last
                continue
            }
            let entries = try reader.follow(behind: known, milliseconds: 100)
            #expect(entries.first?.header.position == known.next)
            #expect(entries.last?.header.position == last)
            known = last
        }
        #expect(calls.watches.value.withLock { $0 } == 1)
        // Before its first entry it cannot stand again.
        let first = try reader.follow(behind: .zero, milliseconds: 100).first
        #expect(first?.header.position == Position(1))
        #expect(calls.watches.value.withLock { $0 } == 2)
    }
}
