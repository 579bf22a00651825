import Bus
import Host
import Resources
import Testing
import Trust

@testable import Node

/// A pass to etcd: its form on the bus and its files (Docs/Formats/bus.md, member.md).
@Suite struct EtcdPassTests {
    let key = MachineKey()
    let (old, new): (CertificateAuthority, CertificateAuthority)

    init() throws {
        func make(_ number: UInt64) throws -> CertificateAuthority {
            try CertificateAuthority(
                founding: Identifier(high: 1, low: 2), key: MachineKey(),
                serial: Identifier(high: 0, low: number), now: LinuxClock().now, at: Position(1))
        }
        (old, new) = (try make(1), try make(2))
    }

    func pass(
        by issuer: CertificateAuthority, trusting: [CertificateAuthority], step: Int64
    ) throws -> EtcdPass {
        EtcdPass(
            certificate: try issuer.issue(
                to: "pi-1", key: key.signerKey, as: .voter,
                serial: key.signerKey.fingerprint.serial, now: LinuxClock().now, at: Position(2)),
            authorities: trusting.map(\.certificate), step: step)
    }

    @Test func aPassOfAnAuthorityThatWasNeverReplacedIsThatOfOlderVersions() throws {
        let first = try pass(by: old, trusting: [old], step: 0)
        var writer = CBORWriter()
        writer.beginList(2)
        writer.write(bytes: first.certificate.bytes)
        writer.write(bytes: old.certificate.bytes)
        #expect(first.bytes == writer.bytes)
        #expect(try EtcdPass(bytes: first.bytes) == first)
        #expect(first.trust == nil)
    }

    @Test func aPassWhileTheAuthorityIsReplacedNamesBoth() throws {
        let both = try pass(by: old, trusting: [old, new], step: 1)
        var writer = CBORWriter()
        writer.beginList(3)
        writer.write(bytes: both.certificate.bytes)
        writer.beginList(2)
        writer.write(bytes: old.certificate.bytes)
        writer.write(bytes: new.certificate.bytes)
        writer.write(Int64(1))
        #expect(both.bytes == writer.bytes)
        #expect(try EtcdPass(bytes: both.bytes) == both)
        // Who vouches does not count for what a member is started with.
        #expect(try pass(by: new, trusting: [new, old], step: 2).trust == both.trust)
        #expect(try pass(by: new, trusting: [new], step: 3).trust != both.trust)
    }

    @Test(arguments: [0, 3]) func ofAuthoritiesThereAreOneOrTwo(count: Int) throws {
        let all = [old, new, old].prefix(count).map(\.certificate)
        let none = EtcdPass(
            certificate: try pass(by: old, trusting: [old], step: 0).certificate,
            authorities: all, step: 1)
        #expect(throws: BusError.self) { try EtcdPass(bytes: none.bytes) }
    }

    @Test func whatACertificateOfNoAuthorityVouchesForIsRefused() throws {
        let own = try pass(by: old, trusting: [old], step: 0).certificate
        let wrong = EtcdPass(certificate: own, authorities: [own], step: 1)
        #expect(throws: BusError.self) { try EtcdPass(bytes: wrong.bytes) }
    }

    @Test func theFilesSayWhatTheyWereWrittenFrom() throws {
        let folder = "/tmp/pisces-pass-\(LinuxEntropy().next())"
        let files = EtcdPass.Files(folder)
        defer { #expect(throws: Never.self) { try LinuxFiles().remove(folder) } }
        #expect(try EtcdPass.load(files) == nil)
        let first = try pass(by: old, trusting: [old], step: 0)
        try first.save(files, key)
        #expect(try EtcdPass.load(files) == first)
        // Those of an older version.
        try LinuxFiles().remove(files.pass)
        #expect(try EtcdPass.load(files) == first)

        let second = try pass(by: new, trusting: [new, old], step: 2)
        // A kill before the last file: the pass is that of before, and all are written again.
        try LinuxFiles().makeFolder(files.folder)
        try first.save(files, key)
        try LinuxFiles().replace(
            files.authority, with: EtcdPass.pem("CERTIFICATE", new.certificate.bytes))
        #expect(try EtcdPass.load(files) == first)
        try second.save(files, key)
        #expect(try EtcdPass.load(files) == second)
        let text = try #require(try LinuxFiles().text(files.authority))
        #expect(text.split(separator: "\n").filter { $0.contains("BEGIN") }.count == 2)
        #expect(LinuxFiles().mode(files.pass) == 0o600)
    }
}
