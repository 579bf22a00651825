import Host
import MMSGraph
import Resources
import Testing
import ZeroProcs

@Suite struct RefoundingTests {
    static func name(_ text: String) -> ResourceName {
        do throws(NameError) { return try ResourceName(text) } catch {
            preconditionFailure("\(error)")
        }
    }

    /// The learner of two, whose voter is gone.
    static let scene = Refounding.Scene(
        machine: name("b"), cluster: "etcd-1", answers: false, voters: [name("a")], heard: [],
        holdsAuthority: true, position: Position(40))

    static let done = Refounded(
        from: Position(40), chain: [1, 2], epoch: 1003, machine: name("b"), cluster: "etcd-1",
        lost: [name("a")], by: "local:0")

    func refusal(_ change: (inout Refounding.Scene) -> Void) -> Refusal? {
        var scene = Self.scene
        change(&scene)
        do throws(Refusal) {
            _ = try Refounding(scene)
            return nil
        } catch { return error }
    }

    @Test func whoOfThreeIsLeftAloneSaysWhatHelps() throws {
        let voters = ["a", "b", "c"].map(Self.name)
        func lost(_ silent: ArraySlice<ResourceName>, on machine: String) -> LostVoters? {
            LostVoters(voters: voters, silent: Array(silent), machine: Self.name(machine))
        }
        #expect(lost([], on: "a") == nil)
        #expect(lost(voters[1...1], on: "a") == nil)
        let alone = try #require(lost(voters[1...], on: "a"))
        #expect(
            alone.meaning
                == "2 of 3 voters are not heard (b, c), and nothing is written without 2")
        #expect(
            alone.remedy
                == "start b, c again, 2 of 3 voters must run; when they are lost for good, found "
                + "the log anew on a: pisces node refound")
        // A machine that does not vote sends people to one that does.
        #expect(lost(voters[1...], on: "d")?.remedy == alone.remedy)
        let none = try #require(lost(voters[...], on: "d"))
        #expect(none.remedy.contains("found the log anew on a machine that has a copy"))
        let two = LostVoters(
            voters: voters + [Self.name("e")], silent: Array(voters[1...]),
            machine: Self.name("e"))
        #expect(two?.remedy.contains("3 of 4 voters must run") == true)
        let scene = Refounding.Scene(
            machine: voters[0], cluster: "etcd-1", answers: false, voters: voters, heard: [],
            holdsAuthority: true, position: Position(40))
        #expect(try Refounding(scene).lost == Array(voters[1...]))
    }

    @Test func theLearnersCopyIsEnoughWhenTheVoterIsGone() throws {
        let refounding = try Refounding(Self.scene)
        #expect(refounding.position == Position(40))
        #expect(refounding.lost == [Self.name("a")])
    }

    @Test func whatIsNotLostIsNotFoundedAnew() {
        let inFiles = refusal { $0.cluster = nil }
        #expect(inFiles?.code == .conflict && inFiles?.field == "cluster")
        let answers = refusal { $0.answers = true }
        #expect(answers?.code == .conflict && answers?.field == "cluster")
        #expect(answers?.remedy?.contains("pisces node remove") == true)
        let heard = refusal { $0.heard = [Self.name("a")] }
        #expect(heard?.code == .conflict && heard?.field == "voters")
        #expect(heard?.reason.contains("a, which votes, answers") == true)
    }

    @Test func aMachineThatCannotGoOnSaysSo() {
        #expect(refusal { $0.holdsAuthority = false }?.code == .forbidden)
        let empty = refusal { $0.position = .zero }
        #expect(empty?.code == .notFound && empty?.field == "copy")
        let flawed = refusal { $0.flaw = "entries before 30 are missing" }
        #expect(flawed?.code == .readOnly && flawed?.field == "copy")
        #expect(flawed?.reason == "is not whole: entries before 30 are missing")
    }

    @Test func itIsDoneOnlyForThePositionThatWasConfirmed() throws {
        let refounding = try Refounding(Self.scene)
        try refounding.confirm(Position(40))
        for confirmed in [nil, Position(39), Position(41)] {
            do throws(Refusal) {
                try refounding.confirm(confirmed)
                Issue.record("\(String(describing: confirmed)) was taken")
            } catch {
                let refusal = error
                #expect(refusal.code == .conflict && refusal.field == "from")
                #expect(refusal.remedy == "to do that: pisces node refound --from 40")
                #expect(
                    refusal.reason.contains(
                        "what was acknowledged behind that, which nobody here can know, is lost"))
                #expect(refusal.reason.contains("a will belong no more, also when found again"))
            }
        }
    }

    @Test func ofThreeVotersTheOthersAreGivenUp() throws {
        var scene = Self.scene
        scene.voters = ["c", "a", "b"].map { Self.name($0) }
        #expect(try Refounding(scene).lost == [Self.name("a"), Self.name("c")])
    }

    @Test func theLogSaysThatItWasDoneAndWhoBelongsNoMore() throws {
        let house = try Gatehouse()
        try house.commit(
            try [Refounded.type, FleetLogTypes.replication].map { type in
                .create(
                    Draft(
                        id: house.ids.identifier(at: Gatehouse.noon), type: CoreTypes.type.name,
                        namespace: .root, name: try ResourceName(type.name.text), data: type.data))
            })
        try house.admit("pi-2", 2, .voter)
        try house.commit([
            .create(
                Draft(
                    id: house.ids.identifier(at: Gatehouse.noon),
                    type: FleetLogTypes.replication.name, namespace: .root,
                    name: FleetLogTypes.only,
                    data: [
                        "mode": "etcd", "members": .list(["pi-1"]), "learner": "pi-2",
                        "founding": 1,
                    ]))
        ])
        var done = Self.done
        (done.machine, done.lost) = (Self.name("pi-2"), [Self.name("pi-1")])
        try house.commit(
            try Refounding.commands(
                done, id: house.ids.identifier(at: Gatehouse.noon), on: house.graph))
        let found = try house.graph.resources(of: Refounded.type.name, below: .root)
        #expect(found.map { Refounded(data: $0.data) } == [done])
        #expect(try house.node("pi-1").data["state"] == "removed")
        #expect(try house.node("pi-2").data["state"] == "active")
        let rest = try house.graph.resource(
            FleetLogTypes.replication.name, FleetLogTypes.only, in: .root)
        #expect(rest?.data["mode"] == "file" && rest?.data["members"] == .list(["pi-2"]))
        #expect(rest?.data["learner"] == nil && rest?.data["founding"] == 1)
        // A second try finds who was given up removed already.
        #expect(
            try Refounding.commands(
                done, id: house.ids.identifier(at: Gatehouse.noon), on: house.graph
            ).count == 2)
    }
}

@Suite struct SuccessionTests {
    func judge(
        _ machine: String, cluster: String? = "etcd-1", tail: UInt64 = 40,
        chain: [UInt8]? = [1, 2], epoch: UInt64? = nil
    ) -> Succession {
        Succession.judge(
            RefoundingTests.done, machine: RefoundingTests.name(machine),
            copy: .init(cluster: cluster, tail: Position(tail), chain: chain, epoch: epoch))
    }

    @Test func whoWasGivenUpIsLeftBehind() {
        #expect(judge("a") == .leftBehind)
        #expect(judge("a", tail: 12, chain: nil) == .leftBehind)
        #expect(judge("a", tail: 50, epoch: 1003) == .leftBehind)
    }

    @Test func whoHasNothingOfWhatWasGivenUpFollows() {
        #expect(judge("c") == .follow)
        #expect(judge("c", tail: 12, chain: nil) == .follow)
        #expect(judge("c", tail: 41, epoch: 3) == .leftBehind)
        #expect(judge("c", chain: [3]) == .leftBehind)
    }

    @Test func whoHasReadOnWhereTheOthersAreFollowsToo() {
        #expect(judge("c", tail: 41, epoch: 1003) == .follow)
        #expect(judge("c", tail: 90, chain: nil, epoch: nil) == .follow)
    }

    @Test func whatIsOfAnotherClusterIsNoNews() {
        #expect(judge("a", cluster: "etcd-2") == .none)
        #expect(judge("c", cluster: nil) == .none)
    }
}
