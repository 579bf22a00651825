import Resources
import Testing
import ZeroProcs

@Suite struct MemberPlanTests {
    static let version = EtcdVersion(major: 3, minor: 4, patch: 23)

    func name(_ text: String) -> ResourceName { AppWorld.name(text) }

    func seat(_ machine: String, _ role: MemberSeat.Role = .voter) -> MemberSeat {
        MemberSeat(machine: name(machine), role: role, peer: "https://\(machine):2380")
    }

    func member(
        _ id: UInt64, _ machine: String, learns: Bool = false, healthy: Bool = true,
        leads: Bool = false, started: Bool = true
    ) -> MemberCluster.Member {
        MemberCluster.Member(
            id: id, name: started ? name(machine) : nil, peers: ["https://\(machine):2380"],
            isLearner: learns, isHealthy: healthy && started, isLeader: leads,
            version: started && healthy ? Self.version : nil)
    }

    func report(_ id: UInt64? = nil, running: Bool = true) -> MachineReport {
        MachineReport(
            data: id.map { .member($0) } ?? .none, isRunning: id != nil && running,
            installed: Self.version)
    }

    /// The next step of `a`, which holds the pen.
    func step(
        _ desired: [MemberSeat], _ members: [MemberCluster.Member]?,
        _ reports: [String: MachineReport], change: (inout MemberScene) -> Void = { _ in }
    ) -> MemberStep {
        var scene = MemberScene(
            local: name("a"), desired: desired, founding: .done,
            cluster: members.map(MemberCluster.init(members:)),
            machines: Dictionary(uniqueKeysWithValues: reports.map { (name($0), $1) }),
            mayChange: true, now: Ticks(nanoseconds: 1))
        change(&scene)
        return MemberPlan(scene).next()
    }

    @Test func theFirstMemberIsFoundedOnlyWhileNoLogLivesInACluster() {
        let open = step([seat("a")], nil, ["a": report()]) { $0.founding = .open(on: name("a")) }
        #expect(open.action == .found)
        let elsewhere = step([seat("a")], nil, ["a": report()]) {
            $0.founding = .open(on: name("b"))
        }
        let done = step([seat("a")], nil, ["a": report()])
        for step in [elsewhere, done] {
            #expect(step.reason == "the cluster does not answer, and a second one must not be made")
        }
    }

    @Test func aThirdMachineMustBeReadyBeforeTheSecondVotes() {
        let desired = ["a", "b", "c"].map { seat($0) }
        let members = [member(1, "a", leads: true), member(2, "b", learns: true)]
        var reports = ["a": report(1), "b": report(2)]
        let waiting = step(desired, members, reports)
        #expect(waiting.reason.hasPrefix("b stays a learner until a third machine is ready"))
        reports["c"] = report()
        #expect(step(desired, members, reports).action == .promote(2))
    }

    @Test func twoMachinesHaveOneVoterAndOneLearner() {
        let candidates = ["b", "a"].map {
            MemberTarget.Candidate(machine: name($0), peer: "https://\($0):2380")
        }
        var target = MemberTarget.choose(from: candidates)
        #expect(target.seats == [seat("a"), seat("b", .learner)])
        #expect(target.reason.hasPrefix("two machines: a votes, b follows as a learner"))
        #expect(target.reason.hasSuffix("founds the log anew on b: pisces node refound"))
        // Who votes stays, whatever its name.
        target = MemberTarget.choose(
            from: [.init(machine: name("b"), peer: "https://b:2380", sits: .voter), candidates[1]])
        #expect(target.seats == [seat("a", .learner), seat("b")])
        let members = [member(1, "a", leads: true), member(2, "b", learns: true)]
        let rest = step(
            [seat("a"), seat("b", .learner)], members, ["a": report(1), "b": report(2)])
        #expect(rest.action == .rest)
        let both = step([seat("a"), seat("b")], members, ["a": report(1), "b": report(2)])
        let why = "two voters stop when either is lost; take one and a learner, or three"
        #expect(both.reason == why)
    }

    @Test(arguments: [(1, 1), (3, 3), (4, 3), (5, 5), (9, 5)])
    func aFleetHasAnOddNumberOfVoters(machines: Int, voters: Int) {
        let candidates = (0..<machines).map {
            MemberTarget.Candidate(machine: name("m\($0)"), peer: "https://m\($0):2380")
        }
        let seats = MemberTarget.choose(from: candidates, most: 5).seats
        #expect(seats.count == voters)
        #expect(MemberPlan.refusal(of: seats) == nil)
    }

    @Test func aMemberWithoutItsDataIsRemovedAndComesAsANewOne() {
        let desired = ["a", "b", "c"].map { seat($0) }
        var members = [
            member(1, "a", leads: true), member(2, "b"), member(3, "c", healthy: false),
        ]
        var reports = ["a": report(1), "b": report(2), "c": report(3, running: false)]
        // It is only down: nobody touches it.
        #expect(step(desired, members, reports).action == .rest)
        reports["c"] = report()
        #expect(step(desired, members, reports).action == .remove(3))
        members.removeLast()
        #expect(step(desired, members, reports).action == .add(seat("c")))
        members.append(member(4, "c", learns: true, started: false))
        let starts = step(desired, members, reports)
        #expect(starts.reason == "https://c:2380 has been added and starts")
        let joins = step(desired, members, ["c": report()]) {
            $0.local = name("c")
            $0.mayChange = false
        }
        let peers = ["a", "b", "c"].map { MemberStep.Peer(name: name($0), address: seat($0).peer) }
        #expect(joins.action == .join(id: 4, cluster: peers))
    }

    @Test func theLeaderHandsOverBeforeItGoes() {
        let members = [member(1, "a"), member(2, "b"), member(3, "c", leads: true)]
        let reports = ["a": report(1), "b": report(2), "c": report(3)]
        #expect(step([seat("a")], members, reports).action == .remove(2))
        let last = [members[0], members[2]]
        #expect(step([seat("a")], last, reports).action == .yieldLead(to: 1))
    }

    @Test func aRefusedChangeWaitsLongerEachTime() {
        var patience = MemberPatience()
        let start = Ticks(nanoseconds: 5)
        var waits: [UInt64] = []
        for _ in 0..<6 {
            patience.refused(at: start)
            waits.append(patience.notBefore.nanoseconds(since: start) / 1_000_000)
        }
        #expect(waits == [1000, 2000, 4000, 8000, 8000, 8000])
        let desired = ["a", "b", "c"].map { seat($0) }
        let waiting = step(desired, [member(1, "a")], ["a": report(1), "b": report()]) {
            $0.notBefore = Ticks(nanoseconds: 2_000_000_001)
        }
        #expect(waiting.action == .wait(2001))
        #expect(waiting.reason.hasSuffix("then: b shall be a voter"))
        patience.done(at: start)
        patience.refused(at: start)
        #expect(patience.notBefore == start.advanced(byMilliseconds: 1000))
    }

    @Test func aNewVersionGoesMemberByMemberInOrderOfNames() {
        let desired = ["a", "b", "c"].map { seat($0) }
        let members = [member(1, "a"), member(2, "b", leads: true), member(3, "c")]
        var reports = ["a": report(1), "b": report(2), "c": report(3)]
        for key in reports.keys { reports[key]?.wantsRestart = "etcd 3.4.24 is installed" }
        #expect(step(desired, members, reports).action == .restart)
        func asB(_ members: [MemberCluster.Member]) -> MemberStep {
            step(desired, members, reports) {
                $0.local = name("b")
                $0.mayChange = false
            }
        }
        #expect(asB(members).reason.contains("a comes first"))
        reports["a"]?.wantsRestart = nil
        #expect(asB(members).action == .yieldLead(to: 1))
        #expect(asB([members[0], member(2, "b"), members[2]]).action == .restart)
        let ill = [members[0], members[1], member(3, "c", healthy: false)]
        #expect(asB(ill).reason.hasSuffix("c is not well"))
        let two = [member(1, "a"), member(2, "b")]
        #expect(asB(two).reason.hasSuffix("one of two voters cannot go on alone"))
        // It would stop all writes just before another one votes in its place.
        let alone = step([seat("a"), seat("b", .learner)], [member(2, "b")], reports) {
            $0.local = name("b")
            $0.mayChange = false
        }
        #expect(alone.reason.hasSuffix("it joins again as a learner"))
        let last = step([seat("b")], [member(2, "b")], reports) {
            $0.local = name("b")
            $0.isLeaving = true
        }
        #expect(last.reason.hasSuffix("the log leaves it for files"))
        let leaver = [member(1, "a"), member(2, "b"), member(4, "d")]
        #expect(asB(leaver).reason.hasSuffix("d is about to leave"))
    }

    @Test(arguments: [
        ("3.4.20", "3.4.23", "etcd 3.4.20 is too old; install 3.4.21 or newer"),
        (
            "3.6.0", "3.4.23",
            "etcd 3.6.0 does not work beside 3.4.23; go by one minor version at a time"
        ),
        ("3.4.30", "3.5.9", "etcd 3.5.9 does not go back to 3.4.30"),
        ("3.5.9", "3.4.23", nil), ("3.4.23", "3.4.30", nil),
    ]) func versionsThatDoNotGoTogetherAreRefused(own: String, other: String, why: String?) throws {
        let own = try #require(EtcdVersion(own))
        #expect(own.refusal(beside: try #require(EtcdVersion(other))) == why)
    }

    @Test(arguments: ["", "3.4", "3.4.x", "v3.4.1", "3..4", "9999999999999999999.1.1"])
    func whatIsNoVersionIsNone(text: String) { #expect(EtcdVersion(text) == nil) }

    @Test func theClusterIsToldWhereAMemberIsNow() {
        let desired = ["a", "b", "c"].map { seat($0) }
        let reports = ["a": report(1), "b": report(2), "c": report(3)]
        var members = [member(1, "a", leads: true), member(2, "b"), member(3, "c", healthy: false)]
        members[2].peers = ["https://before:2380"]
        let moved = step(desired, members, reports)
        #expect(moved.action == .move(3, to: "https://c:2380"))
        #expect(moved.reason == "c is at https://c:2380 now")
        // Only who may change the cluster does; and not again right after a refusal.
        #expect(step(desired, members, reports) { $0.mayChange = false }.action == .rest)
        let later = step(desired, members, reports) { $0.notBefore = Ticks(nanoseconds: 2) }
        #expect(later.action == .wait(1))
    }

    @Test func anAddressThatAnotherOneHasLeftIsFreedFirst() {
        let desired = ["a", "b", "c"].map { seat($0) }
        let reports = ["a": report(1), "b": report(2), "c": report(3)]
        var members = [member(1, "a", leads: true), member(2, "b"), member(3, "c")]
        members[0].peers = ["https://before:2380"]
        members[1].peers = ["https://a:2380"]
        #expect(step(desired, members, reports).action == .move(2, to: "https://b:2380"))
        members[0].peers = ["https://b:2380"]
        #expect(
            step(desired, members, reports).reason
                == "b is at https://b:2380 now, where a was")
    }

    @Test func aMemberThatIsAdriftIsStartedAgainAtOnceUnlessItIsWell() {
        let desired = ["a", "b", "c"].map { seat($0) }
        var reports = ["a": report(1), "b": report(2), "c": report(3)]
        reports["a"]?.isAdrift = "it listens elsewhere"
        let alone = step(desired, nil, reports)
        #expect(alone == MemberStep(.restart, "it listens elsewhere"))
        let well = [member(1, "a", leads: true), member(2, "b"), member(3, "c")]
        #expect(step(desired, well, reports).action == .rest)
        let ill = [member(1, "a", healthy: false), member(2, "b", leads: true), member(3, "c")]
        #expect(step(desired, ill, reports).action == .restart)
        reports["a"]?.isRunning = false
        #expect(step(desired, nil, reports).action == .start)
    }

    @Test func aMachineWithoutAUsableProgramSaysWhatToInstall() {
        let none = step([seat("a")], nil, ["a": MachineReport()])
        #expect(none.reason == "etcd is not installed; install etcd-server 3.4.21 or newer")
    }
}
