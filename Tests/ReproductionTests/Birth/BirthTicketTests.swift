import Resources
import Testing
import Trust

@testable import Reproduction

@Suite struct BirthTicketTests {
    private func ticket() throws -> BirthTicket {
        BirthTicket(
            name: try ResourceName("pi-3"), parent: try ResourceName("pi-1"),
            generation: ContentDigest(of: [1]), invitation: "pisces-join-0123-4567",
            bus: "10.0.0.9:7118")
    }

    @Test func aTicketIsReadAsItWasWritten() throws {
        var ticket = try ticket()
        #expect(try BirthTicket(Array(ticket.text.utf8)) == ticket)
        ticket.network = ["address": "10.0.0.9/24", "gateway": "10.0.0.1"]
        ticket.interface = try ResourceName("eth1")
        ticket.disk = "/dev/vda"
        #expect(try BirthTicket(Array(ticket.text.utf8)) == ticket)
        // Who has its system only joins.
        ticket.generation = nil
        #expect(try BirthTicket(Array(ticket.text.utf8)) == ticket)
        #expect(ticket.text.utf8.count < BirthTicket.bytes)
    }

    @Test func whatIsBehindItsLastLineIsNotLookedAt() throws {
        let ticket = try ticket()
        let text = Array(ticket.text.utf8)
        #expect(try BirthTicket(text + [UInt8](repeating: 0, count: 4000)) == ticket)
        #expect(try BirthTicket(text + Array("old words of another file\n".utf8)) == ticket)
        #expect(BirthTicket.begins(text))
        #expect(!BirthTicket.begins([UInt8](repeating: 0, count: 4096)))
    }

    @Test func itIsCutNowhereWithoutBeingRefused() throws {
        let text = Array(try ticket().text.utf8)
        for count in 0..<text.count - 1 {
            let error = Sample.refusal { _ = try BirthTicket(Array(text[..<count])) }
            #expect(error?.kind == .badForm, "cut at \(count)")
        }
    }

    @Test(arguments: [
        ("pisces birth 1", "pisces birth 2", "its first line"),
        ("name pi-3", "name ", "is no part of one"),
        ("name pi-3", "name pi\u{202E}3", "its name"),
        ("name pi-3", "", "is no part of one"),
        ("name pi-3\n", "", "it says no name"),
        ("parent pi-1\n", "parent pi-1\nparent pi-2\n", "it says parent twice"),
        ("bus ", "buss ", "'buss 10.0.0.9:7118' is no part of one"),
        ("generation sha256:", "generation sha256:0", "its generation is no digest"),
        ("end\n", "disk sda\nend\n", "it has to begin with /dev/"),
        ("end\n", "interface \u{1}\nend\n", "its interface"),
    ])
    func whatIsNoTicketIsToldApart(part: String, other: String, cause: String) throws {
        let text = try ticket().text.replacing(part, with: other)
        let error = Sample.refusal { _ = try BirthTicket(Array(text.utf8)) }
        #expect(error?.kind == .badForm)
        #expect(error?.cause.contains(cause) == true, "\(error?.cause ?? "it was taken")")
    }

    @Test func whatIsNoTextIsRefused() {
        let error = Sample.refusal {
            _ = try BirthTicket(Array(BirthTicket.head.utf8) + [10, 0xFF, 0xFE, 10])
        }
        #expect(error?.cause == "it is no text")
    }
}
