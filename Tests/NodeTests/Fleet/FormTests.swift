import Bus
import Host
import Log
import MMSGraph
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
        #expect(!read.contains { !$0.isForwarded })
        let told = try ProposalForm.outcomes(ProposalForm.encode(outcomes), count: 3)
        #expect(told == outcomes)
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
        // The token of a caller who may read and write everywhere, until 2,000 ms.
        #expect(
            hex(ProposalForm.encode(one))
                == "82018184676c6f63616c3a3584826472656164657772697465612f801907d019"
                + "03e88600f66377687982500123456789abcdeffedcba98765432100380818302"
                + "500123456789abcdeffedcba987654321007")
        #expect(
            hex(ProposalForm.encode(outcomes))
                == "8201838500612f0c81500123456789abcdeffedcba9876543210f5890168636f"
                + "6e666c696374656170706c79626974676265636175736562646f616609028901"
                + "69666f7262696464656e6a7065726d697373696f6e626974626e6ff6f6f6f6")
        let question = EntryForm.Question(
            mount: .root, behind: Position(8), milliseconds: 250, bytes: 4096)
        #expect(hex(EntryForm.encode(question)) == "8501612f0818fa191000")
        let entry = try hex(EntryForm.encode([entries[0]]))
        #expect(
            entry == "8301f681860904676c6f63616c3a312042010258205cc187c990613808"
                + "fc54f07629e15fa96e4af1a64a3758a247badc807f9d96b0")
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
                #expect(isMalformed { try ProposalForm.proposals(bytes, of: peer) })
                #expect(isMalformed { try ProposalForm.outcomes(bytes, count: 3) })
                #expect(isMalformed { try EntryForm.entries(bytes, of: .root) })
                #expect(isMalformed { try EntryForm.question(bytes) })
            }
        }
        // Outcomes of another number of proposals than were sent.
        #expect(
            isMalformed {
                try ProposalForm.outcomes(ProposalForm.encode(outcomes), count: 2)
            })
    }

    private func isMalformed<Answer>(_ read: () throws -> Answer) -> Bool {
        do {
            _ = try read()
            return false
        } catch {
            return (error as? BusError)?.kind == .malformed
        }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    @Test func questionsForAStateAndItsPiecesAreReadAsWritten() throws {
        let question = ImageForm.Question(
            mount: try Namespace("/machines/b"), number: 3, behind: id, bytes: 1000)
        #expect(try ImageForm.question(ImageForm.encode(question)) == question)
        let piece = ImageForm.Piece(
            number: 3, log: id, position: Position(7), epoch: 2, chain: [1, 2],
            time: .init(milliseconds: 9), digest: [3], resources: [[4], [5, 6]],
            requests: [.init(client: id, sequence: 5, position: Position(6))], last: id)
        #expect(try ImageForm.piece(ImageForm.encode(piece)) == piece)
        #expect(throws: BusError.self) { try ImageForm.piece(ImageForm.encode(question)) }
        #expect(throws: BusError.self) { try ImageForm.question([0x81, 0x02]) }
        #expect(
            hex(ImageForm.encode(question))
                == "86026b2f6d616368696e65732f620300500123456789abcdeffedcba9876543210"
                + "1903e8")
        #expect(
            hex(ImageForm.encode(piece))
                == "8b0203500123456789abcdeffedcba9876543210070242010209410382410442"
                + "05068183500123456789abcdeffedcba98765432100506"
                + "500123456789abcdeffedcba9876543210")
    }

    @Test func statementsAndStatesThatAreKeptAreReadAsWritten() throws {
        let statement = Statement(position: Position(7), chain: [1, 2], digest: [3])
        #expect(try Statement(encoded: statement.encoded) == statement)
        #expect(hex(statement.encoded) == "840107420102" + "4103")
        let asked = Statement.question(.root, Position(7))
        #expect(hex(asked) == "8301612f07")
        #expect(try Statement.asked(asked) == (.root, Position(7)))
        var image = StateImage(
            .init(
                number: 3, log: id, position: Position(7), epoch: 2, chain: [1, 2],
                time: .init(milliseconds: 9), digest: [3], last: id))
        image.resources = [[4], [5, 6]]
        image.requests = [.init(client: id, sequence: 5, position: Position(6))]
        #expect(try StateImage(encoded: image.encoded) == image)
        #expect(
            hex(image.encoded)
                == "8901500123456789abcdeffedcba987654321007024201020941038241044205"
                + "068183500123456789abcdeffedcba98765432100506")
        for bytes in [[], [0x80], image.encoded + [0], Array(image.encoded.dropLast())] {
            #expect(isMalformed { try StateImage(encoded: bytes) })
            #expect(isMalformed { try Statement(encoded: bytes) })
            #expect(isMalformed { try Statement.asked(bytes) })
        }
    }
}
