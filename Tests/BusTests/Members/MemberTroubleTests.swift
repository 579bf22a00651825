import Host
import Resources
import Testing

@testable import Bus

/// Whether a machine's member of etcd can be counted on, as its keeper saw it last.
@Suite struct MemberTroubleTests {
    private func outcome(
        _ members: [(name: String, isHealthy: Bool)]?, failure: BusError? = nil
    ) throws -> MemberKeeper<LinuxProcesses>.Outcome {
        let seen = try members.map { members in
            MemberSight(
                cluster: MemberCluster(
                    members: try members.enumerated().map { index, member in
                        .init(
                            id: UInt64(index), name: try ResourceName(member.name), peers: [],
                            isHealthy: member.isHealthy)
                    }), statuses: [], alarms: [], addresses: [], voting: [:])
        }
        return .init(
            step: MemberStep(.start, "there is data and no process"), failure: failure,
            sight: seen, report: MachineReport())
    }

    @Test func onlyAnAnsweringMemberIsCountedOn() throws {
        let own = try ResourceName("pi-1")
        let well = try outcome([("pi-1", true), ("pi-2", false)])
        #expect(well.trouble(of: own) == nil)
        #expect(
            well.trouble(of: try ResourceName("pi-2"))
                == "the member of etcd on pi-2 does not answer: there is data and no process")
        #expect(try outcome([("pi-2", true)]).trouble(of: own) != nil)
        #expect(try outcome(nil).trouble(of: own) == "etcd: no majority of its members answers")
    }

    @Test func whoKeepsNoMemberLooksLessOften() throws {
        var outcome = try outcome([("pi-2", true)])
        outcome.step = MemberStep(.rest, "all is as wanted")
        #expect(Keeper.pause(after: outcome) == Limits.memberRest.value)
        outcome.isElsewhere = true
        #expect(Keeper.pause(after: outcome) == Limits.memberRestElsewhere.value)
        outcome.step = MemberStep(.start, "there is data and no process")
        #expect(Keeper.pause(after: outcome) < Limits.memberRest.value)
    }

    private typealias Keeper = MemberKeeper<LinuxProcesses>

    @Test func whyItCannotRunIsTold() throws {
        let failure = BusError(
            .refused, operation: "start", subject: "etcd", cause: "there is no such program",
            remedy: "install it")
        let trouble = try outcome([("pi-1", true)], failure: failure).trouble(
            of: try ResourceName("pi-1"))
        #expect(trouble?.contains("there is no such program") == true)
    }
}
