import Host
import Log
import LogSuite
import Resources
import Testing

@testable import Bus

/// Requests byte for byte, and answers as etcd 3.4.23 gave them.
@Suite struct EtcdFormatTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func keysAreWhatTheFormatSays() {
        let keys = EtcdKeys(log: Sample.log, loglet: "etcd:7")
        #expect(keys.entries == "pisces/\(Sample.log)/etcd:7/log")
        #expect(keys.seal == "pisces/\(Sample.log)/etcd:7/seal")
        #expect(keys.kept == "pisces-kept/\(Sample.log)/etcd:7")
        #expect(EtcdKeys.kept(ofEntries: keys.entries) == keys.kept)
        #expect(EtcdKeys.kept(ofEntries: keys.seal) == nil)
        #expect(EtcdKeys.chain(of: Sample.log) == "pisces/\(Sample.log)/chain")
    }

    @Test func anAppendIsATransaction() {
        let transaction = EtcdTransaction(
            compares: [.created("seal", 0), .version("log", 3), .modified("chain", 9)],
            success: [
                .put("log", Array("v3".utf8)), .range(EtcdRange(key: "log", keysOnly: true)),
            ],
            failure: [.range(EtcdRange(key: "a", end: "b", limit: 2))])
        #expect(
            text(EtcdRequest.transaction(transaction))
                == #"{"compare":[{"key":"c2VhbA==","target":"CREATE","result":"EQUAL","#
                + #""create_revision":0},{"key":"bG9n","target":"VERSION","result":"EQUAL","#
                + #""version":3},{"key":"Y2hhaW4=","target":"MOD","result":"EQUAL","#
                + #""mod_revision":9}],"success":[{"request_put":{"key":"bG9n","value":"djM="}},"#
                + #"{"request_range":{"key":"bG9n","keys_only":true}}],"#
                + #""failure":[{"request_range":{"key":"YQ==","range_end":"Yg==","limit":2}}]}"#)
    }

    @Test func aWatchAsksForFragmentsAndProgress() {
        let request = EtcdWatchRequest(key: "log", end: "seal\0", startRevision: 5)
        #expect(
            text(EtcdRequest.watch(request))
                == #"{"create_request":{"key":"bG9n","range_end":"c2VhbAA=","start_revision":5,"#
                + #""progress_notify":true,"fragment":true}}"#)
        #expect(text(EtcdRequest.compaction(4)) == #"{"revision":4,"physical":true}"#)
    }

    @Test func theAnswerOfATransactionIsRead() throws {
        let json = """
            {"header":{"cluster_id":"324952591200643719","member_id":"3319814642761637952",\
            "revision":"2","raft_term":"2"},"succeeded":true,"responses":[{"response_put":\
            {"header":{"revision":"2"}}},{"response_range":{"header":{"revision":"2"},"kvs":[\
            {"key":"bG9n","create_revision":"2","mod_revision":"2","version":"1"}],\
            "count":"1"}}]}
            """
        let answer = try EtcdAnswerReader(Array(json.utf8)).transaction()
        let found = EtcdKeyValue(key: "log", createRevision: 2, modRevision: 2, version: 1)
        #expect(
            answer
                == EtcdTransactionAnswer(
                    revision: 2, succeeded: true,
                    ranges: [EtcdRangeAnswer(revision: 2, keyValues: [found])]))
    }

    @Test func theMessagesOfAWatchAreRead() throws {
        let events = """
            {"result":{"header":{"revision":"7"},"events":[{"kv":{"key":"bG9n",\
            "create_revision":"2","mod_revision":"5","version":"4","value":"djM="}},\
            {"type":"DELETE","kv":{"key":"bG9n","mod_revision":"6"}}]}}
            """
        let message = try EtcdGatewayWatch.message(Array(events.utf8))
        #expect(message.revision == 7)
        #expect(message.events.map(\.isDeletion) == [false, true])
        #expect(message.events[0].keyValue.value == Array("v3".utf8))
        let compacted = #"{"result":{"header":{},"canceled":true,"compact_revision":"4"}}"#
        #expect(try EtcdGatewayWatch.message(Array(compacted.utf8)).compactRevision == 4)
        let created = #"{"result":{"header":{"revision":"7"},"created":true}}"#
        let first = try EtcdGatewayWatch.message(Array(created.utf8))
        #expect(first == EtcdWatchMessage(revision: 7))
    }

    @Test func theStateOfAMemberIsRead() throws {
        let json = """
            {"header":{"cluster_id":"324952591200643719","member_id":"3319814642761637952",\
            "revision":"1","raft_term":"2"},"version":"3.4.23","dbSize":"20480",\
            "leader":"3319814642761637952","raftIndex":"4","raftTerm":"2",\
            "raftAppliedIndex":"4","dbSizeInUse":"16384"}
            """
        let status = try EtcdAnswerReader(Array(json.utf8)).status()
        #expect(status.cluster == 324_952_591_200_643_719)
        #expect(status.leader == status.member && status.storeBytes == 20480)
    }

    @Test(
        arguments: [
            ([], [], nil), ([("pisces/L/etcd:1/log", 5)], [], 5),
            ([("pisces/L/etcd:1/log", 5)], [("pisces-kept/L/etcd:1", "9")], 9),
            (
                [("pisces/L/etcd:1/log", 5), ("pisces/L/etcd:2/log", 7)],
                [("pisces-kept/L/etcd:1", "-")], 7
            ),
            (
                [("pisces/L/etcd:1/log", 5), ("pisces/L/chain", 1)],
                [("pisces-kept/L/etcd:1", "what")], 0
            ),
        ] as [([(String, UInt64)], [(String, String)], UInt64?)])
    func aCompactionTakesOnlyWhatNobodyNeeds(
        keys: [(String, UInt64)], kept: [(String, String)], least: UInt64?
    ) {
        let found = keys.map {
            EtcdKeyValue(key: $0.0, createRevision: $0.1, modRevision: 99, version: 3)
        }
        let written = kept.map {
            EtcdKeyValue(
                key: $0.0, value: Array($0.1.utf8), createRevision: 6, modRevision: 6, version: 1)
        }
        #expect(KeptRevision.least(keys: found, kept: written) == least)
    }
}
