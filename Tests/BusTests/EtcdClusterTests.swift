import Bus
import Host
import Log
import LogSuite
import Resources
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension OnEtcd {
    /// Real members: three of them, their loss, their change, and mutual TLS.
    @Suite struct EtcdClusterTests {
        /// Repeats a call that a lost member may disturb.
        private func eventually<Result>(
            _ body: () throws(LogError) -> Result?
        ) throws -> Result {
            let clock = LinuxClock()
            let end = clock.ticks.advanced(byMilliseconds: 60_000)
            var last: LogError?
            while clock.ticks < end {
                do throws(LogError) {
                    if let result = try body() { return result }
                } catch {
                    switch error {
                    case .unreachable, .unanswered, .behind: last = error
                    default: throw error
                    }
                }
                usleep(20_000)
            }
            throw RealEtcd.StartFailure(description: "not within 60 s: \(String(describing: last))")
        }

        @Test func theLogGoesOnWhenAMemberIsLost() throws {
            let etcd = try RealEtcd(members: 3)
            let client = try etcd.client()
            defer { client.close() }
            let (writer, reader) = (EtcdSample.loglet(client), EtcdSample.loglet(client))
            defer {
                writer.close()
                reader.close()
            }
            var copy: [LogEntry] = []
            var wanted: UInt64 = 0
            for round in 0..<6 {
                // First the member asked, which also serves the watch, is stopped, then killed.
                if round == 1 { etcd.signal(0, SIGSTOP) }
                if round == 3 {
                    etcd.signal(0, SIGCONT)
                    etcd.end(1)
                }
                if round == 5 { try etcd.start(1) }
                for _ in 0..<5 {
                    let draft = Sample.drafts(1, bytes: 64, salt: Int(wanted))
                    // An append without an answer is looked for before it is tried again.
                    _ = try eventually { () throws(LogError) -> Bool? in
                        let tail = try writer.checkPoint().tail
                        if tail.position.rawValue > wanted { return true }
                        _ = try writer.append(draft, behind: tail.position, hash: tail.hash)
                        return true
                    }
                    wanted += 1
                }
                while UInt64(copy.count) < wanted {
                    copy += try eventually { () throws(LogError) -> [LogEntry]? in
                        try reader.follow(behind: Position(UInt64(copy.count)), milliseconds: 1000)
                    }
                }
            }
            #expect(copy.map(\.header.position.rawValue) == Array(1...wanted))
            let all = try eventually { () throws(LogError) -> [LogEntry]? in
                try EtcdSample.loglet(client).read(from: Position(1), maximumBytes: .max)
            }
            #expect(all == copy)
        }

        @Test func membersComeLearnAndGo() throws {
            let etcd = try RealEtcd()
            let client = try etcd.client()
            defer { client.close() }
            let first = try #require(try client.members().first)
            #expect(first.name == "m0" && !first.isLearner)
            #expect(first.clients == etcd.endpoints)
            let added = try client.add(peers: ["http://127.0.0.1:1"], asLearner: true)
            #expect(added.isLearner && added.name.isEmpty)
            #expect(try client.members().count == 2)
            // It never started, so it has not caught up.
            do throws(BusError) {
                _ = try client.promote(added.id)
                Issue.record("a learner without data was promoted")
            } catch {
                #expect(error.kind == .refused)
            }
            #expect(try client.remove(added.id).map(\.id) == [first.id])
            #expect(try client.alarms().isEmpty)
            let status = try client.status(of: 0)
            #expect(status.leader == first.id && status.version >= .oldest)
            do throws(BusError) {
                _ = try client.remove(added.id)
                Issue.record("a member was removed twice")
            } catch {
                #expect(error.kind == .refused)
            }
        }

        @Test func aFullQuotaIsAnAlarmAndNothingIsWritten() throws {
            let etcd = try RealEtcd(extra: ["--quota-backend-bytes", "262144"])
            let client = try etcd.client()
            defer { client.close() }
            let loglet = EtcdSample.loglet(client)
            defer { loglet.close() }
            var refusal: LogError?
            for round in 0..<64 where refusal == nil {
                do throws(LogError) {
                    _ = try loglet.append(Sample.drafts(1, bytes: 32_000, salt: round))
                } catch {
                    refusal = error
                }
            }
            guard case .unreachable(let cause) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(cause.contains("space exceeded"))
            #expect(try client.alarms().map(\.kind) == [.noSpace])
            let tail = try loglet.checkTail().tail
            let last = try loglet.read(from: tail, maximumBytes: 1)
            #expect(last.first?.header.position == tail)
        }

        @Test func aGroupAboveTheLimitIsRefusedBeforeItIsSent() throws {
            let etcd = try RealEtcd()
            let client = try etcd.client()
            defer { client.close() }
            let loglet = EtcdSample.loglet(client)
            defer { loglet.close() }
            // The largest batch of one entry fits.
            let largest = [
                EntryDraft(
                    author: Sample.author, time: WallTime(milliseconds: 1),
                    payload: [UInt8](repeating: 7, count: Limits.batchBytes.value))
            ]
            #expect(try loglet.append(largest) == Position(1)...Position(1))
            #expect(
                try EtcdSample.loglet(client).read(from: Position(1), maximumBytes: .max).count == 1
            )
            do throws(LogError) {
                _ = try loglet.append(largest + largest)
                Issue.record("two of them were accepted")
            } catch {
                guard case .tooLarge(_, let bytes, let limit) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(bytes > limit && limit == Limits.etcdGroupBytes.value)
            }
        }

        @Test func mutualTLSLetsInWhoHasACertificate() throws {
            let certificates = try Certificates()
            let etcd = try RealEtcd(certificates: certificates)
            let client = try etcd.client(certificates.security)
            defer { client.close() }
            let loglet = EtcdSample.loglet(client)
            defer { loglet.close() }
            #expect(try loglet.append(Sample.drafts(2)) == Position(1)...Position(2))
            #expect(try loglet.read(from: Position(1), maximumBytes: .max).count == 2)
            // A certificate of another CA.
            let foreign = try Certificates()
            let stranger = try etcd.client(foreign.security)
            defer { stranger.close() }
            do throws(BusError) {
                _ = try stranger.range(EtcdRange(key: "x"), milliseconds: 2000)
                Issue.record("a stranger was let in")
            } catch {
                #expect(error.kind == .unreachable)
            }
            #expect(throws: BusError.self) {
                _ = try EtcdClient(
                    endpoints: etcd.endpoints,
                    security: .files(
                        authority: "/nowhere", certificate: "/nowhere", key: "/nowhere"))
            }
        }

        /// Two logs in one etcd: what one lets go of must not take from the other.
        @Test func aTrimKeepsWhatOthersStillRead() throws {
            let etcd = try RealEtcd()
            let client = try etcd.client()
            defer { client.close() }
            let (first, second) = (
                EtcdSample.loglet(client, "etcd:1"), EtcdSample.loglet(client, "etcd:2")
            )
            defer {
                first.close()
                second.close()
            }
            for round in 0..<10 {
                _ = try second.append(Sample.drafts(1, salt: round))
                _ = try first.append(Sample.drafts(1, salt: round))
            }
            try first.trim(before: Position(9))
            // The second one still needs its first put, which is older than anything of the first.
            #expect(
                try EtcdSample.loglet(client, "etcd:2").read(from: Position(1), maximumBytes: .max)
                    .count == 10)
            try second.trim(before: Position(6))
            #expect(throws: LogError.trimmed(first: Position(6))) {
                _ = try EtcdSample.loglet(client, "etcd:2").read(
                    from: Position(1), maximumBytes: .max)
            }
            #expect(
                try EtcdSample.loglet(client, "etcd:1").read(from: Position(9), maximumBytes: .max)
                    .count == 2)
            // A sealed loglet that nobody reads any more holds nothing back.
            _ = try second.seal()
            try second.trim(before: Position(11))
            try first.trim(before: Position(10))
            #expect(throws: LogError.trimmed(first: Position(10))) {
                _ = try EtcdSample.loglet(client, "etcd:1").read(
                    from: Position(1), maximumBytes: .max)
            }
            // The last put stays readable whatever was compacted.
            #expect(
                try EtcdSample.loglet(client, "etcd:2").read(from: Position(10), maximumBytes: .max)
                    .count == 1)
        }
    }
}
