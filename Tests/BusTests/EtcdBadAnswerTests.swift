import Host
import Log
import LogSuite
import Resources
import Synchronization
import Testing

@testable import Bus

extension OnEtcd {
    /// What is not etcd's answer, or not a good one, is a typed error that names the server.
    @Suite struct EtcdBadAnswerTests {
        /// What a read of a key comes to when the server answers a range so.
        private func kind(
            ofRangeAnswered reply: ScriptedServer.Reply
        ) throws -> (kind: BusError.Kind?, text: String) {
            let server = try ScriptedServer { path, _ in
                path == "/v3/maintenance/status" ? ScriptedServer.goodStatus : reply
            }
            let client = try EtcdClient(endpoints: [server.endpoint], security: .plain)
            defer { client.close() }
            do throws(BusError) {
                let answer = try client.range(EtcdRange(key: "x"), milliseconds: 2000)
                return (nil, "\(answer)")
            } catch {
                #expect(error.description.contains(server.endpoint))
                return (error.kind, error.description)
            }
        }

        @Test(arguments: [
            "garbage", "", "[1]", "{\"kvs\":7}", "{\"kvs\":[1]}", "{\"kvs\":[{\"key\":\"%%%%\"}]}",
            "{\"kvs\":[{\"key\":\"eA==\",\"version\":\"-1\"}]}", "{\"header\":[]}",
            "{\"kvs\":[{\"key\":\"eA==\",\"version\":1.5}]}", "{\"more\":\"yes\"}",
            "{\"kvs\":[{\"key\":\"/w==\"}]}",
        ])
        func anAnswerThatIsNotEtcdsIsMalformed(body: String) throws {
            let (kind, text) = try kind(ofRangeAnswered: .answer(status: 200, body: body))
            #expect(kind == .malformed, "\(text)")
        }

        @Test func anAnswerAboveTheLimitIsRefused() throws {
            let body = String(repeating: " ", count: Limits.etcdAnswerBytes.value) + "{}"
            let (kind, text) = try kind(ofRangeAnswered: .answer(status: 200, body: body))
            #expect(kind == .tooLarge, "\(text)")
            #expect(text.contains("\(Limits.etcdAnswerBytes.value)"))
        }

        @Test func aCutAnswerIsNoAnswer() throws {
            let (kind, text) = try kind(
                ofRangeAnswered: .raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"kvs\":"))
            #expect(kind == .unanswered, "\(text)")
        }

        @Test(arguments: [
            (3, 400, BusError.Kind.refused), (11, 400, .refused), (8, 429, .refused),
            (7, 403, .forbidden), (16, 401, .forbidden), (14, 503, .unanswered),
            (4, 504, .unanswered),
        ])
        func anErrorOfEtcdIsToldApart(code: Int, status: Int, wanted: BusError.Kind) throws {
            let body = "{\"error\":\"why\",\"message\":\"why\",\"code\":\(code)}"
            let (kind, text) = try kind(ofRangeAnswered: .answer(status: status, body: body))
            #expect(kind == wanted, "\(text)")
            #expect(text.contains("why"))
        }

        @Test(arguments: ["3.4.20", "3.3.27", "2.3.8", "three"])
        func anOldServerIsRefused(version: String) throws {
            let server = try ScriptedServer { _, _ in
                .answer(status: 200, body: "{\"version\":\"\(version)\"}")
            }
            let client = try EtcdClient(endpoints: [server.endpoint], security: .plain)
            defer { client.close() }
            let loglet = EtcdSample.loglet(client)
            do throws(LogError) {
                _ = try loglet.append(Sample.drafts(1))
                Issue.record("\(version) was accepted")
            } catch {
                guard case .unreachable(let cause) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(cause.contains(version))
            }
            // Nothing but its version was asked of it.
            #expect(Set(server.asked.withLock { $0 }) == ["/v3/maintenance/status"])
        }

        @Test func aMemberOfAnotherClusterIsRefused() throws {
            let server = try ScriptedServer { _, _ in ScriptedServer.goodStatus }
            let client = try EtcdClient(endpoints: [server.endpoint], security: .plain, cluster: 6)
            defer { client.close() }
            do throws(BusError) {
                _ = try client.range(EtcdRange(key: "x"), milliseconds: 2000)
                Issue.record("it was accepted")
            } catch {
                #expect(error.kind == .refused)
                #expect(error.cause.contains("cluster 7, not of 6"))
            }
        }

        /// A write that was sent is never sent again, to whomever.
        @Test func aWriteWithoutAnAnswerIsNotRepeated() throws {
            let script: @Sendable (String, String) -> ScriptedServer.Reply = { path, _ in
                path == "/v3/maintenance/status" ? ScriptedServer.goodStatus : .silence
            }
            let servers = [try ScriptedServer(script), try ScriptedServer(script)]
            let client = try EtcdClient(endpoints: servers.map(\.endpoint), security: .plain)
            defer { client.close() }
            let put = EtcdTransaction(compares: [], success: [.put("x", [1])], failure: [])
            do throws(BusError) {
                _ = try client.transact(put, milliseconds: 300)
                Issue.record("it was answered")
            } catch {
                #expect(error.kind == .unanswered)
            }
            let sent = servers.flatMap { $0.asked.withLock { $0 } }.filter { $0 == "/v3/kv/txn" }
            #expect(sent.count == 1)
        }

        /// A read goes to the next member instead.
        @Test func aReadWithoutAnAnswerGoesToTheNextMember() throws {
            let silent = try ScriptedServer { path, _ in
                path == "/v3/maintenance/status" ? ScriptedServer.goodStatus : .silence
            }
            let good = try ScriptedServer { path, _ in
                path == "/v3/maintenance/status"
                    ? ScriptedServer.goodStatus
                    : .answer(status: 200, body: #"{"header":{"revision":"9"}}"#)
            }
            let client = try EtcdClient(
                endpoints: [silent.endpoint, good.endpoint], security: .plain)
            defer { client.close() }
            #expect(try client.range(EtcdRange(key: "x"), milliseconds: 2000).revision == 9)
        }

        /// A watch that breaks inside a message, sends no JSON, or a line without end.
        @Test(arguments: [
            "{\"result\":{\"created\":true", "no json\n", "{\"result\":7}\n",
            "{\"error\":{\"message\":\"mvcc\"}}\n",
        ])
        func aBrokenWatchIsToldApart(stream: String) throws {
            let server = try ScriptedServer { path, _ in
                path == "/v3/maintenance/status"
                    ? ScriptedServer.goodStatus
                    : .raw("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + stream)
            }
            let client = try EtcdClient(endpoints: [server.endpoint], security: .plain)
            defer { client.close() }
            let watch = try client.watch(
                EtcdWatchRequest(key: "a", end: "b", startRevision: 1), avoiding: nil)
            do throws(BusError) {
                let message = try watch.next(milliseconds: 5000)
                Issue.record("\(String(describing: message)) was taken")
            } catch {
                #expect(error.kind == .malformed, "\(error)")
            }
            watch.close()
        }

        @Test func aLineWithoutEndIsCutOff() {
            var lines = JSONLines(limit: 10)
            let first = lines.take(Array("{}\n{\"a\":1}\n12345".utf8))
            #expect(first?.count == 2)
            #expect(lines.isCut)
            let second = lines.take(Array("67890".utf8))
            #expect(second == [])
            let third = lines.take(Array("1".utf8))
            #expect(third == nil)
        }

        @Test func anEndpointThatIsNotOneIsRefused() {
            for endpoint in ["127.0.0.1:2379", "https://x:1", "http://x:1/", ""] {
                #expect(throws: BusError.self) {
                    _ = try EtcdClient(endpoints: [endpoint], security: .plain)
                }
            }
            #expect(throws: BusError.self) { _ = try EtcdClient(endpoints: [], security: .plain) }
        }

        @Test(arguments: [
            ("3.4.21", true), ("3.5.0-rc.1", true), ("3.4.20", false), ("3.10.0", true), ("3", nil),
            ("", nil), ("3.4.x", nil), ("3.4.-1", nil),
        ])
        func versionsAreComparedByNumber(text: String, isGood: Bool?) {
            #expect(EtcdVersion(text).map { $0 >= .oldest } == isGood)
        }
    }
}
