import Bus
import Host
import Resources
import Testing
import Trust

/// The three steps of a replacement under real members of etcd (RFD 0027).
@Suite(.serialized) struct AuthorityRigTests {
    /// PEM files of machines, one folder each, and the authorities that vouch for them.
    struct Files {
        let root: String
        let disk = LinuxFiles()
        let old: CertificateAuthority
        let new: CertificateAuthority
        let keys: [String: MachineKey]
        let thief = MachineKey()

        init(_ names: [String]) throws {
            root = "/tmp/pisces-authority-\(LinuxEntropy().next())"
            (old, new) = (try Self.authority(1), try Self.authority(2))
            keys = Dictionary(uniqueKeysWithValues: names.map { ($0, MachineKey()) })
            for name in names { try write(name, by: old, trusting: [old]) }
            // A thief shows what it made itself, and believes whoever answers.
            try write("thief", by: old, trusting: [old, new], number: Identifier(high: 8, low: 8))
        }

        private static func authority(_ number: UInt64) throws -> CertificateAuthority {
            try CertificateAuthority(
                founding: Identifier(high: 1, low: 2), key: MachineKey(),
                serial: Identifier(high: 0, low: number), now: LinuxClock().now, at: Position(1))
        }

        static func tls(_ root: String, _ name: String) -> MemberSettings.TLS {
            MemberSettings.TLS(
                authority: "\(root)/\(name)-files/authority.pem",
                certificate: "\(root)/\(name)-files/certificate.pem",
                key: "\(root)/\(name)-files/key.pem", revoked: "\(root)/\(name)-files/revoked.pem")
        }

        func security(_ name: String) -> EtcdSecurity {
            let tls = Self.tls(root, name)
            return .files(
                authority: tls.authority, certificate: tls.certificate, key: tls.key)
        }

        func write(
            _ name: String, by issuer: CertificateAuthority, trusting: [CertificateAuthority],
            number: Identifier? = nil
        ) throws {
            let key = keys[name] ?? thief
            let certificate = try issuer.issue(
                to: name, key: key.signerKey, as: .voter,
                serial: number ?? key.signerKey.fingerprint.serial, now: LinuxClock().now,
                at: Position(2), hosts: [.address([127, 0, 0, 1])])
            let tls = Self.tls(root, name)
            try disk.makeFolder("\(root)/\(name)-files")
            let trusted = trusting.map { Self.pem("CERTIFICATE", $0.certificate.bytes) }
            try put(tls.authority, trusted.joined())
            try put(tls.certificate, Self.pem("CERTIFICATE", certificate.bytes))
            try put(tls.key, key.forTLS.withBytes { Self.pem("PRIVATE KEY", $0) })
            // The thief is not known, so its number is in no list.
            let list = try issuer.revoking([], number: 1, now: LinuxClock().now)
            try put(tls.revoked ?? "", Self.pem("X509 CRL", list.bytes))
        }

        private func put(_ path: String, _ text: String) throws {
            try disk.replace(path, with: Array(text.utf8), mode: 0o600)
        }

        private static func pem(_ label: String, _ bytes: [UInt8]) -> String {
            var letters = Base64.encode(bytes)[...]
            var text = "-----BEGIN \(label)-----\n"
            while !letters.isEmpty {
                text += letters.prefix(64) + "\n"
                letters = letters.dropFirst(64)
            }
            return text + "-----END \(label)-----\n"
        }
    }

    static let members = ["m1", "m2", "m3"]

    /// True when etcd at `place` answers who shows those files. The port for members knows no such
    /// request, and says so.
    private func reaches(_ place: String, _ files: Files, as name: String) throws -> Bool {
        let client = try EtcdClient(endpoints: [place], security: files.security(name))
        defer { client.close() }
        do throws(BusError) {
            _ = try client.range(EtcdRange(key: "a"), milliseconds: 3000)
            return true
        } catch { return error.description.contains("404") }
    }

    /// At which ports of which members those files open.
    private func opened(_ rig: MemberRig, _ files: Files, as name: String) throws -> [String] {
        var open: [String] = []
        for member in Self.members {
            let machine = try #require(rig[member])
            if try reaches(machine.client, files, as: name) { open.append("\(member) client") }
            if try reaches(machine.peer, files, as: name) { open.append("\(member) peer") }
        }
        return open
    }

    /// Lets each member take the authorities in its file, one after the other.
    private func roll(_ rig: MemberRig, _ trust: String) throws {
        for name in Self.members {
            let machine = try #require(rig[name])
            let before = try machine.member.process()
            machine.member.configure { $0.trust = trust }
            #expect(try !machine.member.trustsAsSet)
            #expect(
                try rig.run { rig in
                    guard let now = try rig[name]?.member.process(), now != before else {
                        return false
                    }
                    return try rig.isSettled("m1", "m2", "m3") && machine.member.trustsAsSet
                }, "\(rig.changes)")
        }
    }

    private func renew(_ rig: MemberRig, _ client: RovingEtcd) {
        for name in Self.members { rig[name]?.keeper.renew() }
        client.renew()
    }

    private func grown(_ files: Files) throws -> MemberRig {
        let root = files.root
        let rig = try MemberRig(root, client: Files.tls(root, "pisces")) { Files.tls(root, $0) }
        for name in Self.members { try rig.add(name) }
        rig.wantVoters("m1")
        #expect(try rig.run { $0.isSettled("m1") }, "\(rig.changes)")
        rig.settle()
        rig.wantVoters("m1", "m2", "m3")
        #expect(try rig.run { $0.isSettled("m1", "m2", "m3") }, "\(rig.changes)")
        return rig
    }

    @Test func aStolenKeyOpensNothingOnceItsAuthorityIsReplacedUnderAWriter() throws {
        let machines = Self.members + ["pisces"]
        let files = try Files(machines)
        let rig = try grown(files)
        defer { rig.close() }
        let endpoints = rig.endpoints
        let client = RovingEtcd(
            endpoints: { endpoints }, security: { files.security("pisces") })
        defer { client.close() }
        let writer = Writer(client)
        try writer.start()
        let all = Self.members.flatMap { ["\($0) client", "\($0) peer"] }
        #expect(try opened(rig, files, as: "thief") == all)

        let (old, new) = (files.old, files.new)
        for name in machines { try files.write(name, by: old, trusting: [old, new]) }
        renew(rig, client)
        try roll(rig, "old new")
        #expect(try opened(rig, files, as: "thief") == all)

        // Certificates are read for each connection: nobody starts again.
        let processes = try Self.members.map { try rig[$0]?.member.process() }
        for name in machines { try files.write(name, by: new, trusting: [new, old]) }
        renew(rig, client)
        #expect(try rig.run(20) { _ in false } == false)
        #expect(rig.isSettled("m1", "m2", "m3"))
        #expect(try Self.members.map { try rig[$0]?.member.process() } == processes)
        #expect(try opened(rig, files, as: "pisces") == all)
        #expect(try opened(rig, files, as: "thief") == all)

        for name in machines { try files.write(name, by: new, trusting: [new]) }
        renew(rig, client)
        try roll(rig, "new")
        #expect(try opened(rig, files, as: "thief") == [])
        #expect(try opened(rig, files, as: "pisces") == all)
        let result = writer.stop()
        #expect(try rig.run { _ in writer.isDone })
        let stored = try writer.stored()
        #expect(result.acknowledged.allSatisfy(stored.contains))
        #expect(result.acknowledged.count > 100)
        Figures.say(
            "authority of etcd replaced: \(result.acknowledged.count) writes, \(result.unknown) "
                + "without an answer, longest pause \(result.longest) ms")
    }
}
