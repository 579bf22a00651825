import Resources
import Testing

@testable import Trust

@Suite struct InvitationTests {
    static func invitation(
        _ addresses: [String] = ["192.0.2.1:7300"], naming machines: [UInt8] = []
    ) throws -> Invitation {
        Invitation(
            id: Identifier(high: 0x0123_4567, low: 0x89AB), random: (11, 22),
            authority: try FleetKeys().authority.fingerprint,
            machines: try machines.map { try FleetKeys.machine($0).signerKey.fingerprint },
            expires: WallTime(milliseconds: 1_795_000_360_000), addresses: addresses)
    }

    @Test func itsTextReadsBack() throws {
        let invitation = try Self.invitation(["192.0.2.1:7300", "[2001:db8::1]:7300"])
        let read = try Invitation(invitation.text)
        #expect(read == invitation)
        #expect(read.digest == invitation.digest && read.digest.count == 32)
        #expect(read.isOf(try FleetKeys().authority.fingerprint))
        #expect(!read.isOf(try FleetKeys(2).authority.fingerprint))
    }

    @Test func itNamesTheMachinesThatMayBeAsked() throws {
        let invitation = try Invitation(Self.invitation(naming: [3, 4]).text)
        for (machine, isNamed) in [(3, true), (4, true), (5, false)] as [(UInt8, Bool)] {
            let fingerprint = try FleetKeys.machine(machine).signerKey.fingerprint
            #expect(invitation.names(fingerprint) == isNamed)
            // One of an older fleet names none.
            #expect(try Self.invitation().names(fingerprint))
        }
        let most = try Self.invitation(
            (1...8).map { "[2001:db8:1111:2222:3333:4444:5555:\($0)]:7300" },
            naming: Array(1...9))
        #expect(try Invitation(most.text) == most && most.machines.count == 8)
    }

    @Test func peopleMayTypeItTheirWay() throws {
        let invitation = try Self.invitation()
        let text = invitation.text
        #expect(try Invitation(text.uppercased()) == invitation)
        #expect(try Invitation("  " + text + "\n") == invitation)
        let head = "pisces-join-"
        let letters = text.dropFirst(head.count).replacing("-", with: "")
        #expect(try Invitation(head + letters) == invitation)
        #expect(
            try Invitation(
                head + letters.replacing("0", with: "O").replacing("1", with: "l")) == invitation)
    }

    @Test func everyMistypedCharacterIsSeen() throws {
        let text = Array(try Self.invitation().text)
        for index in text.indices where text[index] != "-" {
            var wrong = text
            wrong[index] = text[index] == "7" ? "8" : "7"
            #expect(refusal { _ = try Invitation(String(wrong)) } != nil, "character \(index)")
        }
    }

    @Test func swappedAndMissingCharactersAreSeen() throws {
        let head = "pisces-join-"
        let letters = Array(try Self.invitation().text.dropFirst(head.count).filter { $0 != "-" })
        for index in letters.indices.dropLast() where letters[index] != letters[index + 1] {
            var swapped = letters
            swapped.swapAt(index, index + 1)
            #expect(refusal { _ = try Invitation(head + String(swapped)) } != nil)
        }
        for index in letters.indices {
            var short = letters
            short.remove(at: index)
            #expect(refusal { _ = try Invitation(head + String(short)) } != nil)
        }
    }

    @Test(arguments: [
        ("", TrustError.Kind.badForm), ("hello", .badForm), ("pisces-join-", .damaged),
        ("pisces-join-uuuu", .damaged),
        ("pisces-join-" + String(repeating: "0", count: 3000), .tooLarge),
    ])
    func whatIsNoneIsRefused(text: String, kind: TrustError.Kind) {
        #expect(refusal { _ = try Invitation(text) } == kind)
    }

    @Test func itsSecretIsNotShown() throws {
        #expect("\(try Self.invitation())".contains(SecretBytes.mask))
        #expect("\(try Self.invitation().secret)" == SecretBytes.mask)
    }

    @Test func aRequestIsOfWhoHoldsItsKey() throws {
        let key = try FleetKeys.machine(3)
        let request = try JoinRequest(
            name: "pi-2", addresses: ["192.0.2.9:7300"], invitation: Identifier(high: 1, low: 1),
            authority: try FleetKeys().authority.fingerprint, signedBy: key)
        let read = try JoinRequest(bytes: request.bytes)
        #expect(read == request)
        #expect(read.key == key.signerKey && read.sealing == key.sealingKey)
        for index in request.bytes.indices {
            var bytes = request.bytes
            bytes[index] ^= 0x01
            #expect(refusal { _ = try JoinRequest(bytes: bytes) } != nil, "byte \(index)")
            #expect(refusal { _ = try JoinRequest(bytes: Array(bytes[..<index])) } != nil)
        }
    }
}
