import Bus
import Host
import Resources
import Testing

/// Members of etcd as Debian has it, on loopback with mutual TLS, kept by the real plan and keeper.
@Suite(.serialized) struct MemberRigTests {
    /// A cluster of those machines, grown from the first.
    func grown(_ rig: MemberRig, _ names: [String]) throws {
        for name in names { try rig.add(name) }
        rig.wantVoters(names[0])
        #expect(try rig.run { $0.isSettled(names[0]) }, "\(rig.changes)")
        rig.settle()
        rig.want(names.map { ($0, .voter) })
        #expect(try rig.run { $0.isSettled(names.map { ($0, .voter) }) }, "\(rig.changes)")
    }

    @Test func aClusterGrowsFromOneToThreeAndBackUnderAWriter() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        for name in ["m1", "m2", "m3"] { try rig.add(name) }
        rig.wantVoters("m1")
        #expect(try rig.run { $0.isSettled("m1") }, "\(rig.changes)")
        rig.settle()
        let client = try rig.client()
        defer { client.close() }
        let writer = Writer(client)
        try writer.start()
        rig.wantVoters("m1", "m2", "m3")
        #expect(try rig.run { $0.isSettled("m1", "m2", "m3") }, "\(rig.changes)")
        let grown = writer.count
        rig.wantVoters("m1")
        #expect(try rig.run { $0.isSettled("m1") && writer.count > grown }, "\(rig.changes)")
        let result = writer.stop()
        #expect(try rig.run { _ in writer.isDone })
        let stored = try writer.stored()
        #expect(result.acknowledged.allSatisfy(stored.contains))
        #expect(result.acknowledged.count > 100)
        // Their data was put aside, and nothing of them runs.
        for name in ["m2", "m3"] {
            let machine = try #require(rig[name])
            #expect(try machine.member.process() == nil)
            #expect(rig.tools.files.kind(machine.member.folder.path + "/removed") == .folder)
            #expect(rig.tools.files.kind(machine.member.folder.data) == nil)
        }
        Figures.say(
            "1 → 3 → 1: \(result.acknowledged.count) writes, \(result.unknown) without an answer, "
                + "longest pause \(result.longest) ms; \(rig.changes)")
    }

    @Test func aMemberOutlivesPiscesAndAKillIsMended() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        try grown(rig, ["m1", "m2", "m3"])
        let before = try #require(try rig["m2"]?.member.process())
        try rig.restartPisces(on: "m2")
        #expect(try rig["m2"]?.member.process() == before)
        #expect(try rig.run { $0.isSettled("m1", "m2", "m3") }, "\(rig.changes)")
        #expect(try rig["m2"]?.member.process() == before)
        let id = try rig["m2"]?.member.report(installed: nil).data
        try rig.kill("m2")
        #expect(try rig.run { try $0["m2"]?.member.process() != before })
        #expect(try rig.run { $0.isSettled("m1", "m2", "m3") }, "\(rig.changes)")
        // It is the same member with the same data.
        #expect(try rig["m2"]?.member.report(installed: nil).data == id)
    }

    @Test func aMachineWithoutItsDiskComesBackAsANewMember() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        try grown(rig, ["m1", "m2", "m3"])
        let client = try rig.client()
        defer { client.close() }
        let put = EtcdTransaction(
            compares: [], success: [.put("w/1", Array("1".utf8))], failure: [])
        _ = try client.transact(put, milliseconds: 3000)
        let old = try #require(
            rig["m1"]?.keeper.latest?.sight?.cluster.members.first { $0.name?.text == "m3" })
        try rig.kill("m3")
        let folder = try #require(rig["m3"]?.member.folder)
        try rig.tools.files.remove(folder.data)
        try rig.tools.files.remove(folder.path + "/member")
        let isAnother = try rig.run { rig in
            let members = rig["m1"]?.keeper.latest?.sight?.cluster.members ?? []
            return rig.isSettled("m1", "m2", "m3") && !members.contains { $0.id == old.id }
        }
        #expect(isAnother, "\(rig.changes)")
        #expect(try Writer(client).stored() == [1])
    }

    @Test func twoMachinesRestAsAVoterAndALearnerAndChangePlaces() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        try rig.add("m1")
        try rig.add("m2")
        rig.wantVoters("m1")
        #expect(try rig.run { $0.isSettled("m1") }, "\(rig.changes)")
        rig.settle()
        let first: [(String, MemberSeat.Role)] = [("m1", .voter), ("m2", .learner)]
        rig.want(first)
        #expect(try rig.run { $0.isSettled(first) }, "\(rig.changes)")
        // A person promotes the other one.
        let second: [(String, MemberSeat.Role)] = [("m1", .learner), ("m2", .voter)]
        rig.want(second)
        #expect(try rig.run(600) { $0.isSettled(second) }, "\(rig.changes)")
    }

    @Test func otherSettingsReachOneMemberAfterTheOther() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        try grown(rig, ["m1", "m2", "m3"])
        let client = try rig.client()
        defer { client.close() }
        let writer = Writer(client)
        try writer.start()
        let seen = rig.changes.count
        for name in ["m1", "m2", "m3"] {
            let member = try #require(rig[name]?.member)
            member.settings.heartbeat = 150
        }
        let areAllDone = try rig.run { rig in
            rig.isSettled("m1", "m2", "m3")
                && rig.changes.filter { $0.hasSuffix("restart") }.count >= 3
        }
        #expect(areAllDone, "\(rig.changes)")
        let restarts = rig.changes[seen...].filter { $0.hasSuffix("restart") }
        #expect(restarts.first == "m1 restart" && restarts.last == "m3 restart")
        // A life that was asked to end is no failure, however short it was.
        let member = try #require(rig["m2"]?.member)
        for heartbeat in [160, 170, 180] {
            member.settings.heartbeat = heartbeat
            let before = try member.process()
            #expect(
                try rig.run { try $0.isSettled("m1", "m2", "m3") && member.process() != before })
        }
        #expect(!rig.changes.contains { $0.contains("soon after") }, "\(rig.changes)")
        let result = writer.stop()
        #expect(try rig.run { _ in writer.isDone })
        let stored = try writer.stored()
        #expect(result.acknowledged.allSatisfy(stored.contains))
        Figures.say(
            "restart of all three: \(result.acknowledged.count) writes, \(result.unknown) without "
                + "an answer, longest pause \(result.longest) ms")
    }

    @Test func whatRunsPassesTheChecksAndWhatIsOpenDoesNot() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        try grown(rig, ["m1"])
        let member = try #require(rig["m1"]?.member)
        let pid = try #require(try member.process()).pid
        let folder = member.folder
        func failed(_ authorities: [String] = []) throws -> [String] {
            try MemberCheck.all(pid: pid, folder: folder, authorities: authorities)
                .filter { !$0.isPassed }.map(\.id)
        }
        #expect(try failed() == [])
        #expect(try failed([rig.root + "/tls/etcd.pem"]) == ["2.7"])
        try rig.tools.files.setMode(folder.data, 0o755)
        try rig.tools.files.setMode(rig.root + "/tls/member.key", 0o644)
        #expect(try failed() == ["1.1.11", "1.1.21", "1.1.21"])
        try rig.tools.files.setMode(folder.data, 0o700)

        let open = try MemberRig(isSecure: false)
        defer { open.close() }
        try grown(open, ["m1"])
        let plain = try #require(open["m1"]?.member)
        let checks = try MemberCheck.all(
            pid: try #require(try plain.process()).pid, folder: plain.folder)
        #expect(
            checks.filter { !$0.isPassed }.map(\.id)
                == ["2.1", "2.2", "2.4", "2.5", "2.7", "pisces.4", "pisces.3"])
    }

    @Test func whoHasAnotherAuthorityIsTurnedAway() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        try grown(rig, ["m1"])
        let others = Certificates(rig.root + "/others", rig.tools)
        try others.authority("other")
        let pair = try others.pair("stranger", by: "other")
        let stranger = try rig.client(
            .files(
                authority: rig.root + "/tls/etcd.pem", certificate: pair.certificate,
                key: pair.key))
        defer { stranger.close() }
        #expect(throws: BusError.self) {
            _ = try stranger.range(EtcdRange(key: "a"), milliseconds: 3000)
        }
    }

    @Test func aProgramThatEndsAtOnceIsTriedMoreSeldom() throws {
        let rig = try MemberRig()
        defer { rig.close() }
        try rig.add("m1")
        rig.wantVoters("m1")
        let member = try #require(rig["m1"]?.member)
        // A peer address that cannot be listened on.
        member.settings.peer = "https://192.0.2.1:1"
        #expect(
            try rig.run { rig in
                rig["m1"]?.keeper.latest?.failure?.cause.contains("soon after its start") == true
            }, "\(rig.changes)")
        let tries = rig.changes.filter { !$0.contains("failed") }.count
        #expect(tries >= 2 && tries < 8, "\(rig.changes)")
    }
}

/// Figures of a run, in its output.
enum Figures {
    static func say(_ text: String) { print("figures: " + text) }
}
