import Host
import Log
import MMSGraph
import Resources
import Testing
import ZeroProcs

@testable import Node

/// What was refused is kept for audit, within bounds, without what is secret in it.
@Suite struct RefusalJournalTests {
    let disk = SimulatedDisk(seed: 5)
    let clock = SimulatedClock()
    private let someone = Identity.local(uid: 1000)

    private func journal() -> RefusalJournal<SimulatedDisk> {
        RefusalJournal(disk: disk, directory: "/refusals", clock: clock)
    }

    private func refusal(_ reason: String, _ code: Refusal.Code = .invalidValue) -> Refusal {
        Refusal(code, filter: "schema", subject: "config/c", reason: reason)
    }

    private func batch(_ name: String, _ data: ValueMap = [:]) throws -> Batch {
        Batch([
            .create(
                Draft(
                    id: Identifier(high: 1, low: 2), type: CoreTypes.known("config"),
                    namespace: try Namespace("/prod"), name: try ResourceName(name), data: data))
        ])
    }

    private func note(
        _ journal: RefusalJournal<SimulatedDisk>, _ name: String, _ reason: String = "will not do",
        data: ValueMap = [:]
    ) throws {
        journal.note(
            refusal(reason), of: try batch(name, data), by: someone, in: .root, look: { _ in nil })
    }

    private func names(_ journal: RefusalJournal<SimulatedDisk>) throws -> [String] {
        try journal.read(since: nil, limit: .max).lines.compactMap { $0.map?["name"]?.text }
    }

    private func text(of name: String) throws -> String {
        let file = try disk.open("/refusals/" + name, writing: false)
        return String(decoding: try file.read(at: 0, count: try file.size()), as: UTF8.self)
    }

    @Test func aLineIsAsThePageSays() throws {
        try note(journal(), "c")
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = try LinuxFile.read("/\(root)/Docs/Formats/refusals.md")
        let lines = String(decoding: page, as: UTF8.self).split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("    {") }).dropFirst(4)
        #expect(try text(of: "current") == line + "\n")
    }

    @Test func itSurvivesAKillAndATornLine() throws {
        let first = journal()
        for number in 0..<10 { try note(first, "c\(number)") }
        disk.kill()
        let size = try text(of: "current").utf8.count
        // A life that ended within a line leaves a piece of it.
        let torn = Array(#"{"at":"2026-11-"#.utf8)
        try unsafe disk.open("/refusals/current", writing: true).write(
            torn.span.bytes, at: size)
        let second = journal()
        #expect(try second.read(since: nil, limit: .max).damaged == 1)
        try note(second, "after")
        let read = try second.read(since: nil, limit: .max)
        #expect(read.damaged == 0)
        #expect(try names(second) == (0..<10).map { "c\($0)" } + ["after"])
        // A damaged line hides no other one.
        disk.flip("/refusals/current", at: 0, mask: 0x55)
        #expect(try second.read(since: nil, limit: .max).damaged == 1)
        #expect(try names(second).count == 10)
    }

    @Test func twoFilesAreTheMost() throws {
        let journal = journal()
        var written = 0
        while written < 3 * Limits.refusalBytes.value / 256 {
            clock.advance(milliseconds: UInt64(Limits.refusalPause.value))
            try note(journal, "c\(written)")
            written += 1
        }
        #expect(try disk.list("/refusals") == ["current", "previous"])
        for name in ["current", "previous"] {
            #expect(try text(of: name).utf8.count <= Limits.refusalBytes.value)
        }
        let kept = try names(journal)
        #expect(kept.count > written / 4 && kept.count < written)
        #expect(kept == ((written - kept.count)..<written).map { "c\($0)" }, "the newest, in order")
        #expect(try self.journal().read(since: nil, limit: 3).lines.count == 3)
    }

    @Test func aFloodIsCountedAndSaysSo() throws {
        let journal = journal()
        let flood = 100_000
        for number in 0..<flood { try note(journal, "c\(number)") }
        // Read what it is on disk before reading tells the rest.
        let size = try text(of: "current").utf8.count
        #expect(size < 512 * Limits.refusalBurst.value)
        let lines = try journal.read(since: nil, limit: .max).lines
        let summary = try #require(lines.last?.map)
        #expect(lines.count == Limits.refusalBurst.value + 1)
        #expect(summary["coalesced"]?.int == Int64(flood - Limits.refusalBurst.value))
        #expect(
            summary["by"] == [
                [
                    "author": "local:1000", "filter": "schema", "code": "invalidValue",
                    "count": .int(Int64(flood - Limits.refusalBurst.value)),
                ]
            ])
        // After a while single ones are kept again, and a flood of many authors has one line too.
        clock.advance(milliseconds: 3 * UInt64(Limits.refusalPause.value))
        try note(journal, "later")
        #expect(try names(journal).last == "later")
        for number in 0..<200 {
            journal.note(
                refusal("no", .forbidden), of: try batch("x"),
                by: try #require(Identity("token:t\(number)")), in: .root, look: { _ in nil })
        }
        let last = try #require(try journal.read(since: nil, limit: 1).lines.first?.map)
        #expect(last["by"]?.list?.count == Limits.refusalKinds.value)
        let told = last["by"]?.list?.compactMap { $0.map?["count"]?.int }.reduce(0, +) ?? 0
        #expect(told + (last["others"]?.int ?? 0) == last["coalesced"]?.int)
        #expect(last["coalesced"]?.int == 198, "two had lines of their own")
    }

    @Test func noValueOfTheCommandIsInIt() throws {
        let secret = "correct-horse-battery"
        let long = String(repeating: "s3cret-", count: 40)
        let data: ValueMap = [
            "text": .text(secret), "deep": ["list": [.text("t0psecret"), .int(4711)]],
            "long": .text(long), "state": "on",
        ]
        let reasons = [
            "text must be one of a, b, not \(secret)", "deep must not be t0psecret",
            "no 4711 here", "not \(printable(long))", "state must be off, not on",
        ]
        let journal = journal()
        for (number, reason) in reasons.enumerated() {
            try note(journal, "c\(number)", reason, data: data)
        }
        let kept = try text(of: "current")
        for word in [secret, "t0psecret", "4711", "s3cret", "not on"] {
            #expect(!kept.contains(word), "\(word)")
        }
        #expect(kept.contains("text must be one of a, b, not …"))
        let many = ValueMap(
            (0...Limits.refusalValues.value).map { ("k\($0)", Value.text("v\($0)")) })
        try note(journal, "many", "not v7", data: many)
        #expect(try text(of: "current").contains(#""reason":"…""#))
    }

    @Test func aDiskThatFailsLosesNoCount() throws {
        let journal = journal()
        try note(journal, "before")
        disk.set(readOnly: true)
        for number in 0..<5 { try note(journal, "during\(number)") }
        #expect(journal.failure != nil)
        disk.set(readOnly: false)
        try note(journal, "after")
        #expect(journal.failure == nil)
        let lines = try journal.read(since: nil, limit: .max).lines
        #expect(lines.compactMap { $0.map?["coalesced"]?.int } == [5])
        #expect(try names(journal) == ["before", "after"])
    }

    @Test func sinceIsAMoment() throws {
        let journal = journal()
        try note(journal, "old")
        clock.advance(milliseconds: 5000)
        let moment = clock.now
        try note(journal, "new")
        let lines = try journal.read(since: moment, limit: .max).lines
        #expect(lines.map { $0.map?["name"] } == ["new"])
    }

    /// The sequencer tells it of what it refuses, each refusal once.
    @Test func whatTheFiltersRefuseIsInIt() throws {
        let journal = journal()
        let world = SimulatedDisk(seed: 9)
        let graph = try Graph(store: SimulatedStore(), mounts: [.root])
        let log = try CommandLog.open(
            disk: world, directory: "/fleet", mount: .root,
            clusterID: Identifier(high: 1, low: 1), logID: Identifier(high: 1, low: 2),
            options: LogOptions(durability: .synced))
        let sequencer = Sequencer(
            mount: .root, log: log, graph: graph,
            refused: { proposal, refusal in
                journal.note(
                    refusal, of: proposal.batch, by: proposal.caller.identity, in: .root,
                    look: { id in (try? graph.resource(id))?.draft })
            }, publish: { _ in })
        let caller = Caller(identity: someone, right: .none)
        let outcomes = sequencer.commit(
            try (0..<3).map {
                Proposal(caller: caller, batch: try batch("c\($0)"), time: clock.now)
            })
        #expect(outcomes.allSatisfy { if case .failure = $0 { true } else { false } })
        #expect(sequencer.counted.refused == 3)
        #expect(try names(journal) == ["c0", "c1", "c2"])
        let line = try #require(try journal.read(since: nil, limit: 1).lines.first?.map)
        #expect(line["code"] == "forbidden" && line["filter"] == "permission")
        #expect(line["author"] == "local:1000")
    }
}
