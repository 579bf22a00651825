import Bus
import Testing

@testable import Node

/// From whom a machine gets the certificate that follows its own.
@Suite struct CertificateRenewalTests {
    private struct Refused: Error {}

    /// Who was asked, in order, and who answered last.
    private func asked(
        vouches: Bool, decides: Bool, refusing: Set<String> = []
    ) throws -> [String] {
        var asked: [String] = []
        func ask(_ who: String) throws -> JoinAnswer {
            asked.append(who)
            if refusing.contains(who) { throw Refused() }
            return .elsewhere([who])
        }
        let answer = try FleetNode.renewed(
            vouches: vouches, decides: decides, here: { try ask("here") },
            elsewhere: { try ask("elsewhere") })
        #expect(answer == .elsewhere([asked.last ?? ""]))
        return asked
    }

    /// Who decides does not take the command with which such a machine would vouch for itself.
    @Test func whoDoesNotDecideAsksOthersFirst() throws {
        #expect(try asked(vouches: true, decides: false) == ["elsewhere"])
        #expect(try asked(vouches: true, decides: true) == ["here"])
        #expect(try asked(vouches: false, decides: false) == ["elsewhere"])
    }

    /// The certificates of all have ended: nobody can be asked.
    @Test func whoCanAskNobodyVouchesForItself() throws {
        #expect(
            try asked(vouches: true, decides: false, refusing: ["elsewhere"])
                == ["elsewhere", "here"])
    }

    /// The copy of the log here is old: another one decides by now.
    @Test func whoOnlyBelievesToDecideAsksOthers() throws {
        #expect(
            try asked(vouches: true, decides: true, refusing: ["here"]) == ["here", "elsewhere"])
    }

    @Test func whoDoesNotHoldTheKeyIsToldWhyNobodyVouches() throws {
        #expect(throws: Refused.self) {
            try asked(vouches: false, decides: false, refusing: ["elsewhere"])
        }
    }
}
