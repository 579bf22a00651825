import Bus
import Host
import Log
import Resources
import Testing
import ZeroProcs

@testable import Node

/// Docs/Formats/forward.md, byte for byte.
@Suite struct FormTests {
    private let peer = FleetWorld.name("b")
    private let id = Identifier(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)

    private var proposals: [Proposal] {
        var batch = Batch([.delete(id: id, expect: Position(7))], reason: "why")
        batch.session = Batch.Session(client: id, sequence: 3)
        let time = WallTime(milliseconds: 1000)
        let grant = Grant([.write, .read], prefix: .root, expires: WallTime(milliseconds: 2000))
        let rights: [Caller.Right] = [.administrator, .proven, .system, .none, .token(grant)]
        return rights.map { right in
            Proposal(
                caller: Caller(identity: .local(uid: 5), right: right), batch: batch, time: time)
        }
    }

    private var outcomes: [Outcome] {
        var refusal = Refusal(
            .conflict, filter: "apply", subject: "it", reason: "because", remedy: "do",
            field: "f", current: Position(9))
        refusal.command = 2
        return [
            .success(Receipt(log: .root, position: Position(12), ids: [id], repeated: true)),
            .failure(refusal),
            .failure(Refusal(.forbidden, filter: "permission", subject: "it", reason: "no")),
        ]
    }

    private var entries: [LogEntry] {
        get throws {
            let place = EntryGroup.Place(log: id, mount: .root, epoch: 4, name: "x")
            let drafts = [
                EntryDraft(
                    author: .local(uid: 1), time: WallTime(milliseconds: -1), payload: [1, 2]),
                EntryDraft(author: .system("pen"), time: WallTime(milliseconds: 5), payload: []),
            ]
            return try EntryGroup(
                drafts, behind: ChainPoint(position: Position(8), hash: .zero), in: place,
                limit: 4096
            ).entries
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let read = try ProposalForm.proposals(ProposalForm.encode(proposals), of: peer)
        #expect(read.map(\.caller) == proposals.map(\.caller))
        #expect(read.map(\.batch) == proposals.map(\.batch))
        #expect(read.map(\.time) == proposals.map(\.time))
        #expect(read.allSatisfy(\.isForwarded))
        #expect(try ProposalForm.outcomes(ProposalForm.encode(outcomes), count: 3) == outcomes)
        let question = EntryForm.Question(
            mount: .root, behind: Position(8), milliseconds: 250, bytes: 4096)
        #expect(try EntryForm.question(EntryForm.encode(question)) == question)
        let found = try EntryForm.entries(EntryForm.encode(entries), of: .root)
        #expect(try found.entries == entries)
        #expect(found.trimmed == nil)
        let gone = try EntryForm.entries(
            EntryForm.encode([], trimmed: Position(3)), of: .root)
        #expect(gone.entries.isEmpty && gone.trimmed == Position(3))
    }

    @Test func theBytesAreThoseOfThePage() throws {
        let one = [proposals[4]]
        #expect(hex(ProposalForm.encode(one)) == "FIXTURE1")
        #expect(hex(ProposalForm.encode(outcomes)) == "FIXTURE2")
        let question = EntryForm.Question(
            mount: .root, behind: Position(8), milliseconds: 250, bytes: 4096)
        #expect(hex(EntryForm.encode(question)) == "FIXTURE3")
        #expect(try hex(EntryForm.encode([entries[0]])) == "FIXTURE4")
    }

    @Test func whatIsCutShortOrOfAnotherVersionIsRefused() throws {
        let forms: [[UInt8]] = [
            ProposalForm.encode(proposals), ProposalForm.encode(outcomes),
            try EntryForm.encode(entries),
        ]
        for whole in forms {
            var other = whole
            other[1] = 2
            for bytes in (0..<whole.count).map({ Array(whole[..<$0]) }) + [whole + [0], other] {
                #expect { try ProposalForm.proposals(bytes, of: peer) } throws: isMalformed
                #expect { try ProposalForm.outcomes(bytes, count: 3) } throws: isMalformed
                #expect { try EntryForm.entries(bytes, of: .root) } throws: isMalformed
                #expect { try EntryForm.question(bytes) } throws: isMalformed
            }
        }
        // Outcomes of another number of proposals than were sent.
        #expect { try ProposalForm.outcomes(ProposalForm.encode(outcomes), count: 2)
        } throws: isMalformed
    }

    private func isMalformed(_ error: any Error) -> Bool {
        (error as? BusError)?.kind == .malformed
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
