import Bus
import Host
import Log
import LogSuite
import Resources
import Synchronization
import Testing

extension OnEtcd {
    /// I1 to I5 and I7 of design/01, at the level of loglets and register: in the World, and on a real
    /// member where nothing must be lost or delayed for it.
    @Suite struct InvariantTests {
        /// The highest position that was acknowledged to anybody.
        final class Reached: Sendable {
            private let highest = Mutex(Position.zero)

            var position: Position { highest.withLock { $0 } }

            func note(_ position: Position) {
                highest.withLock { $0 = max($0, position) }
            }
        }

        /// A log in one etcd, as several clients see it.
        struct SharedLog<Calls: EtcdCalls>: Sendable {
            let calls: Calls
            let clock: any Clock

            func loglet(
                _ number: UInt64 = 1, start: ChainPoint = .start
            ) -> EtcdLoglet<Calls> {
                EtcdLoglet(
                    calls: calls, clock: clock,
                    place: EtcdSample.place("etcd:\(number)", epoch: number), start: start)
            }

            var register: EtcdRegister<Calls> { EtcdRegister(calls: calls, log: Sample.log) }

            /// Sets the first chain.
            func begin() throws {
                let chain = try #require(EtcdSample.chain(version: 1, ends: []))
                try register.compareAndSet(expected: 0, chain)
            }

            /// Seal, tail, compare-and-set; gives the new chain.
            func move(from loglet: EtcdLoglet<Calls>) throws -> Chain {
                let chain = try #require(try register.read())
                let tail = try loglet.seal()
                let next = try #require(EtcdRun.successor(of: chain, sealedAt: tail))
                try register.compareAndSet(expected: chain.version, next)
                return next
            }
        }

        private func inWorld(seed: UInt64 = 1) -> (SharedLog<SimulatedEtcdClient>, SimulatedEtcd) {
            let clock = SimulatedClock()
            let etcd = SimulatedEtcd(seed: seed, clock: clock)
            return (SharedLog(calls: etcd.client(0), clock: clock), etcd)
        }

        private func onEtcd(
            _ body: (SharedLog<EtcdClient>) async throws -> Void
        ) async throws {
            let etcd = try RealEtcd()
            let client = try etcd.client()
            defer { client.close() }
            try await body(SharedLog(calls: client, clock: LinuxClock()))
            withExtendedLifetime(etcd) {}
        }

        @Test func i1AcknowledgedEntriesAreBeforeTheEndOfTheirLoglet() async throws {
            try await i1(inWorld().0)
            try await onEtcd(i1)
        }

        /// Two clients append until they are refused, while a third one seals.
        private func i1<Calls>(_ log: SharedLog<Calls>) async throws {
            let reached = Reached()
            try await withThrowingTaskGroup(of: Position?.self) { group in
                for _ in 0..<2 {
                    group.addTask { @concurrent in
                        let loglet = log.loglet()
                        defer { loglet.close() }
                        var last: Position?
                        while true {
                            // The sealer needs one of the pool's two threads.
                            await Task.yield()
                            do throws(LogError) {
                                last = try loglet.append(Sample.drafts(2)).upperBound
                                let position = last ?? .zero
                                reached.note(position)
                            } catch {
                                if case .sealed = error { return last }
                                // The other one was first too often.
                                if case .unreachable = error { continue }
                                throw error
                            }
                        }
                    }
                }
                let sealer = log.loglet()
                defer { sealer.close() }
                while reached.position < Position(20) { await Task.yield() }
                let end = try sealer.seal()
                for try await last in group {
                    if let last { #expect(last <= end) }
                }
                #expect(reached.position <= end)
                #expect(try log.loglet().checkTail() == (end, true))
            }
        }

        @Test func i2NoAppendSucceedsAfterTheTailWasSealed() async throws {
            try i2(inWorld().0)
            try await onEtcd { try i2($0) }
        }

        private func i2<Calls>(_ log: SharedLog<Calls>) throws {
            let (old, other) = (log.loglet(), log.loglet())
            _ = try old.append(Sample.drafts(3))
            _ = try other.append(Sample.drafts(1))
            _ = try log.loglet().seal()
            let (tail, isSealed) = try log.loglet().checkTail()
            #expect(isSealed && tail == Position(4))
            for client in [old, other, log.loglet()] {
                #expect(throws: LogError.sealed(tail: Position(4))) {
                    _ = try client.append(Sample.drafts(1))
                }
                let point = client.knownTail
                #expect(throws: LogError.sealed(tail: Position(4))) {
                    _ = try client.append(
                        Sample.drafts(1), behind: point.position, hash: point.hash)
                }
                #expect(try client.checkTail() == (Position(4), true))
                client.close()
            }
        }

        /// A request that is still on its way when the loglet is sealed comes before the seal or not at
        /// all; its author looks, and then retries in the next loglet.
        @Test func i3WhatBecomesDurableAfterTheSealNeverAppears() throws {
            var (inTime, tooLate) = (0, 0)
            for seed in UInt64(0)..<50 {
                let (log, etcd) = inWorld(seed: seed)
                try log.begin()
                let loglet = log.loglet()
                _ = try loglet.append(Sample.drafts(2))
                var faults = EtcdFaults()
                faults.delaysRequests = 1000
                etcd.set(faults)
                let late = Sample.drafts(1, bytes: 9)
                let point = loglet.knownTail
                do throws(LogError) {
                    _ = try loglet.append(late, behind: point.position, hash: point.hash)
                    Issue.record("it was answered")
                } catch {
                    guard case .unanswered = error else {
                        Issue.record("\(error)")
                        return
                    }
                }
                etcd.set(EtcdFaults())
                let mover = log.loglet()
                let chain = try log.move(from: mover)
                etcd.settle()
                let (end, isSealed) = try log.loglet().checkPoint()
                #expect(isSealed && end == mover.knownTail)
                let old = try log.loglet().read(from: Position(1), maximumBytes: .max)
                if old.contains(where: { $0.payload == late[0].payload }) {
                    inTime += 1
                } else {
                    tooLate += 1
                    _ = try log.loglet(chain.version, start: end).append(late)
                }
                let new = try log.loglet(chain.version, start: end)
                    .read(from: end.position.next, maximumBytes: .max)
                #expect((old + new).filter { $0.payload == late[0].payload }.count == 1)
            }
            #expect(inTime > 0 && tooLate > 0)
        }

        @Test func i4OneMoverWinsAndLogletsAdjoin() async throws {
            try await i4(inWorld().0)
            try await onEtcd(i4)
        }

        private func i4<Calls>(_ log: SharedLog<Calls>) async throws {
            try log.begin()
            _ = try log.loglet().append(Sample.drafts(5))
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask { @concurrent in
                        let chain = try #require(try log.register.read())
                        guard chain.version == 1 else { return false }
                        let tail = try log.loglet().seal()
                        let next = try #require(EtcdRun.successor(of: chain, sealedAt: tail))
                        do throws(LogError) {
                            try log.register.compareAndSet(expected: 1, next)
                            return true
                        } catch {
                            #expect(error == .chainChanged(expected: 1, found: 2))
                            return false
                        }
                    }
                }
                var wins = 0
                for try await isWinner in group where isWinner { wins += 1 }
                #expect(wins == 1)
            }
            let chain = try #require(try log.register.read())
            #expect(chain.version == 2)
            #expect(chain.links.map(\.first) == [Position(1), Position(6)])
            #expect(chain.links.map(\.last) == [Position(5), nil])
        }

        @Test func i5AllReadersSeeTheSameAcrossTheBoundary() async throws {
            try await i5(inWorld().0)
            try await onEtcd(i5)
        }

        /// One reader is parked on the old tail while the log moves; others come later.
        private func i5<Calls>(_ log: SharedLog<Calls>) async throws {
            try log.begin()
            let writer = log.loglet()
            _ = try writer.append(Sample.drafts(3))
            let parked = log.loglet()
            var seen = try parked.follow(behind: .zero, milliseconds: 5000)
            #expect(seen.count == 3)
            #expect(try parked.follow(behind: Position(3), milliseconds: 1).isEmpty)
            _ = try writer.append(Sample.drafts(2, salt: 1))
            let chain = try log.move(from: writer)
            let next = log.loglet(chain.version, start: writer.knownTail)
            _ = try next.append(Sample.drafts(4, salt: 2))
            seen += try follow(parked, behind: Position(3), until: Position(5))
            #expect(throws: LogError.sealed(tail: Position(5))) {
                _ = try parked.follow(behind: Position(5), milliseconds: 5000)
            }
            let last = try #require(seen.last)
            let after = log.loglet(
                chain.version, start: ChainPoint(position: Position(5), hash: last.chainHash))
            seen += try follow(after, behind: Position(5), until: Position(9))
            let late =
                try log.loglet().read(from: Position(1), maximumBytes: .max)
                + log.loglet(chain.version, start: after.start)
                .read(from: Position(6), maximumBytes: .max)
            #expect(late == seen)
            #expect(seen.map(\.header.position.rawValue) == Array(1...9))
            // A reader that comes with another history is not let in.
            let stranger = log.loglet(
                chain.version, start: ChainPoint(position: Position(5), hash: .zero))
            #expect(throws: LogError.self) {
                _ = try stranger.read(from: Position(6), maximumBytes: .max)
            }
        }

        private func follow<Calls>(
            _ loglet: EtcdLoglet<Calls>, behind position: Position, until end: Position
        ) throws -> [LogEntry] {
            var entries: [LogEntry] = []
            for _ in 0..<100 where (entries.last?.header.position ?? position) < end {
                entries += try loglet.follow(
                    behind: entries.last?.header.position ?? position, milliseconds: 1000)
            }
            return entries
        }

        @Test func i7AStaleClientNeitherAppendsNorReadsAStaleTail() async throws {
            try i7(inWorld().0)
            try await onEtcd { try i7($0) }
        }

        private func i7<Calls>(_ log: SharedLog<Calls>) throws {
            try log.begin()
            let stale = log.loglet()
            _ = try stale.append(Sample.drafts(2))
            let mover = log.loglet()
            let chain = try log.move(from: mover)
            _ = try log.loglet(chain.version, start: mover.knownTail).append(Sample.drafts(1))
            // Its own view says that the tail is 2 and open; etcd knows better.
            let point = stale.knownTail
            #expect(throws: LogError.sealed(tail: Position(2))) {
                _ = try stale.append(Sample.drafts(1), behind: point.position, hash: point.hash)
            }
            #expect(try stale.checkTail() == (Position(2), true))
            #expect(throws: LogError.chainChanged(expected: 1, found: 2)) {
                try log.register.compareAndSet(
                    expected: 1, try #require(EtcdSample.chain(version: 2, ends: [2])))
            }
        }
    }
}
