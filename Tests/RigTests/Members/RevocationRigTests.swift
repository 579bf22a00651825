import Bus
import Host
import Resources
import Testing
import Trust

/// Certificates and lists of ours under a real etcd.
@Suite(.serialized) struct RevocationRigTests {
    /// An authority of etcd, and machines it vouches for, in PEM files.
    struct Passes {
        let root: String
        let authority: CertificateAuthority
        let files = LinuxFiles()

        init() throws {
            root = "/tmp/pisces-revoked-\(LinuxEntropy().next())"
            try files.makeFolder(root)
            authority = try CertificateAuthority(
                founding: Identifier(high: 1, low: 2), key: MachineKey(),
                serial: Identifier(high: 0, low: 1), now: LinuxClock().now, at: Position(1))
            try write("authority.pem", "CERTIFICATE", authority.certificate.bytes)
        }

        private func write(_ name: String, _ label: String, _ bytes: [UInt8]) throws {
            var letters = Base64.encode(bytes)[...]
            var text = "-----BEGIN \(label)-----\n"
            while !letters.isEmpty {
                text += letters.prefix(64) + "\n"
                letters = letters.dropFirst(64)
            }
            text += "-----END \(label)-----\n"
            try files.replace("\(root)/\(name)", with: Array(text.utf8), mode: 0o600)
        }

        func issue(_ name: String) throws -> (MemberSettings.TLS, SignerKey) {
            let key = MachineKey()
            let certificate = try authority.issue(
                to: name, key: key.signerKey, as: .voter, serial: key.signerKey.fingerprint.serial,
                now: LinuxClock().now, at: Position(2), hosts: [.address([127, 0, 0, 1])])
            try write("\(name).pem", "CERTIFICATE", certificate.bytes)
            try write("\(name).key", "PRIVATE KEY", key.forTLS.withBytes { $0 })
            let tls = MemberSettings.TLS(
                authority: root + "/authority.pem", certificate: "\(root)/\(name).pem",
                key: "\(root)/\(name).key", revoked: root + "/revoked.pem")
            return (tls, key.signerKey)
        }

        func revoke(_ keys: [SignerKey], number: UInt64) throws {
            let list = try authority.revoking(
                keys.map(\.fingerprint.serial), number: number, now: LinuxClock().now)
            try write("revoked.pem", "X509 CRL", list.bytes)
        }
    }

    @Test func aCertificateThatWasRevokedIsRefusedAtTheNextConnection() throws {
        let passes = try Passes()
        let (own, _) = try passes.issue("m1")
        let (stays, _) = try passes.issue("m2")
        let (goes, removed) = try passes.issue("m3")
        try passes.revoke([], number: 1)
        let rig = try MemberRig(passes.root, own)
        defer { rig.close() }
        try rig.add("m1")
        rig.wantVoters("m1")
        #expect(try rig.run { $0.isSettled("m1") }, "\(rig.changes)")
        let peer = try #require(rig["m1"]?.peer)
        func reaches(_ tls: MemberSettings.TLS, at place: String? = nil) throws -> Bool {
            let client = try EtcdClient(
                endpoints: place.map { [$0] } ?? rig.endpoints,
                security: .files(
                    authority: tls.authority, certificate: tls.certificate, key: tls.key))
            defer { client.close() }
            do throws(BusError) {
                _ = try client.range(EtcdRange(key: "a"), milliseconds: 3000)
                return true
            } catch {
                // The port for members knows no such request, but says so.
                return place != nil && error.description.contains("404")
            }
        }
        for tls in [stays, goes] {
            #expect(try reaches(tls))
            #expect(try reaches(tls, at: peer))
        }
        let process = try rig["m1"]?.member.process()
        try passes.revoke([removed], number: 2)
        #expect(try reaches(stays))
        #expect(try reaches(stays, at: peer))
        #expect(try !reaches(goes))
        #expect(try !reaches(goes, at: peer))
        #expect(try rig["m1"]?.member.process() == process)
    }

    @Test func opensslReadsTheListAndProvesItsSignature() throws {
        let passes = try Passes()
        defer { #expect(throws: Never.self) { try passes.files.remove(passes.root) } }
        let tools = Certificates(
            passes.root, try LinuxProcesses(ledger: passes.root + "/tools"))
        let (_, first) = try passes.issue("m1")
        for keys in [[], [first]] {
            try passes.revoke(keys, number: 300)
            try tools.openssl([
                "crl", "-in", passes.root + "/revoked.pem", "-CAfile",
                passes.root + "/authority.pem", "-text", "-out", passes.root + "/text",
            ])
            let said = try #require(try passes.files.text(passes.root + "/openssl.log"))
            #expect(said.contains("verify OK"))
            let text = try #require(try passes.files.text(passes.root + "/text"))
            #expect(text.contains("X509v3 CRL Number: \n                300"))
            #expect(text.contains("No Revoked Certificates") == keys.isEmpty)
            let digits = first.fingerprint.serial.bytes.map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
            #expect(text.contains("Serial Number: \(digits.joined())") == !keys.isEmpty)
        }
    }
}
