import Host
import Resources
import Testing

@testable import MMSAgent

/// Keys made for these tests, with what `ssh-keygen -l` says of them.
private enum Keys {
    static let small =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILbQ5yvwNIbAzm+6avqwbV7DCFuVR77N57S0JlKKdrph"
    static let smallPrint = "SHA256:ia1v7OtGUTBtUk1zdzTR4mtn0c3cW0dtoYhqafSQ6Jg"
    static let curve =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMI2fPpjtDhtxLMRi"
        + "JqMHkMz9yzPIOWyEIC3SYYHz5GAjep4CJq38ftvqc8bpFrgx0eyCHAew4CNoeasHSAUZIU="
    static let curvePrint = "SHA256:CDwqOM8hvUIfbxZRo3PnSSKF4qpFKkRnuoE9HDVgLUU"
    static let large =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQChxV+7rK1U5vVNxOFT9Id5wMS9Ltp0RK7kP47ymv5FoEnVH6OZX"
        + "RxChxEd7NHe2G0MdbDzqETpMhmBIqs27yr5URUVaDFdPxaKA788mpqVf/5xsOaB0+gW302qjgq5Zn/4t7XkvwF0"
        + "nEgnHuhOod3e/CWZvxK/0E5qQCIHrc7d6Q=="
    static let largePrint = "SHA256:D4sA0ELEDFuhUFf7uuHkhFqUR/31Ae7+JCUSUuJk/nM"

    /// A private key's file with that cipher: its public half is real, the other is not.
    static func file(cipher: String) -> String {
        let blob = Base64.decode(String(small.split(separator: " ")[1])) ?? []
        let text = { (bytes: [UInt8]) in
            (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (24 - 8 * $0)) } + bytes
        }
        var bytes = Array("openssh-key-v1\0".utf8) + text(Array(cipher.utf8))
        bytes += text(Array("none".utf8)) + text([]) + [0, 0, 0, 1] + text(blob)
        bytes += text([UInt8](repeating: 7, count: 144))
        let lines = Base64.encode(bytes)
        return "-----BEGIN OPENSSH PRIVATE KEY-----\n\(lines)\n-----END OPENSSH PRIVATE KEY-----\n"
    }
}

@Suite struct AccountTests {
    /// FIPS 180-4's examples, and lengths at the edges of a block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
        (
            String(repeating: "a", count: 55),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"
        ),
        (
            String(repeating: "a", count: 64),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
        ),
    ]) func digestsAreThoseOfTheStandard(text: String, digest: String) {
        #expect(hex(SHA256.digest(Array(text.utf8))) == digest)
    }

    @Test func accountsAreReadAndOtherLinesAreNot() {
        let text =
            "root:x:0:0:Root:/root:/bin/sh\n+::::::\n\n#x\nshort:x:1\nbig:x:4294967296:0:::\n"
            + "a b:x:7:8::/h:\nno\u{0}l:x:9:9::/:/bin/x\n"
        let users = PasswordLine.all(Array(text.utf8) + Array("\u{FF}".utf8) + [0xFF, 58, 120])
        #expect(users.map(\.name) == ["root", "a b", "no\u{0}l"])
        #expect(users.map(\.uid) == [0, 7, 9])
        let groups = GroupLine.all(Array("a:x:1:u,v,\n-b:::\nc:x::\nd:x:3:\n".utf8))
        #expect(groups.map(\.name) == ["a", "d"])
        #expect(groups[0].members == ["u", "v"])
    }

    @Test(arguments: [
        ("$6$salt$hashhashhash", ShadowLine.State.set, "sha512"),
        ("!$y$j9T$salt$hash", .locked, "yescrypt"), ("!!$2b$05$salthash", .locked, "bcrypt"),
        ("*", .none, ""), ("!", .none, ""), ("!*", .none, ""), ("", .empty, ""),
        ("abJnggxhB/yWI", .set, "des"),
    ]) func passwordsAreJudgedAndNotKept(
        field: String, state: ShadowLine.State, method: String
    ) throws {
        let line = "u:\(field):19000:0:99999:7:::\n"
        let one = try #require(ShadowLine.all(Array(line.utf8)).first)
        #expect(one.password == state)
        #expect(one.method ?? "" == method)
        #expect(one.changed == 19000)
        #expect(one.expires == nil)
        if field.utf8.count > 2 { #expect(!"\(one)".contains(field)) }
    }

    @Test(arguments: [
        ("Defaults env_reset", SudoLine.rule(header: "Defaults", rest: "env_reset")),
        ("#includedir /etc/sudoers.d", .folder("/etc/sudoers.d")),
        ("@includedir \"/a b\"", .folder("/a b")), ("@include local", .include("local")),
        ("#1000 ALL=(ALL) ALL", .rule(header: "#1000", rest: "ALL=(ALL) ALL")),
        ("# a comment", .comment), ("#includes nothing", .comment), ("#", .comment),
    ]) func linesOfSudoAreTold(text: String, line: SudoLine) {
        #expect(SudoLine(text) == line)
    }

    @Test func rulesSayWhoMayWhat() {
        var names = NameRoll()
        let rule = SudoRule(
            file: "/f", line: 3, header: "%wheel,ann,!bob,ALL",
            rest: "ALL=(root : ops) NOPASSWD: /bin/ls, /bin/cat")
        let one = rule.seen(&names)
        #expect(one.data["runAs"] == "root : ops")
        #expect(one.data["commands"] == "NOPASSWD: /bin/ls, /bin/cat")
        #expect(one.data["noPassword"] == true)
        #expect(one.links["USER"] == [.user("ann")])
        #expect(one.links["GROUP"] == [.group("wheel")])
        #expect(rule.seen(&names).subject.name.text.hasSuffix("#2"))
    }

    @Test func keysHaveTheirFingerprints() throws {
        let plain = try #require(AuthorizedKey(Keys.small + " a comment"))
        #expect(plain.key.fingerprint == Keys.smallPrint)
        #expect(plain.comment == "a comment")
        #expect(plain.options == [])
        let bound = try #require(
            AuthorizedKey("command=\"echo \\\"a b\\\", c\",no-pty,from=\"10.*\" \(Keys.curve)"))
        #expect(bound.options == ["command", "no-pty", "from"])
        #expect(bound.key.fingerprint == Keys.curvePrint)
        #expect(bound.key.bits == 256)
        let large = try #require(AuthorizedKey(Keys.large))
        #expect(large.key.fingerprint == Keys.largePrint)
        #expect(large.key.bits == 1024)
    }

    @Test func whatIsNoKeyIsLeftOut() {
        let blob = Keys.small.split(separator: " ")[1]
        for text in [
            "", "ssh-ed25519", "ssh-rsa \(blob)", "ssh-ed25519 !!!!", "ssh-ed25519 AAAA",
            "root:$6$x:1:2:3:4:5:6", "\"", "ssh-ed25519 /////w==",
        ] {
            #expect(AuthorizedKey(text) == nil, "\(text)")
            #expect(KnownHost(text) == nil, "\(text)")
        }
        let bytes = Base64.decode(String(blob)) ?? []
        for end in 0..<bytes.count where PublicKey(bytes[..<end]) != nil {
            // A cut key still names its type; it is another key, with another fingerprint.
            #expect(PublicKey(bytes[..<end])?.fingerprint != Keys.smallPrint)
        }
    }

    @Test func knownHostsMayBeHashed() throws {
        let plain = try #require(KnownHost("@revoked a.example,10.0.0.1 \(Keys.small)"))
        #expect(plain.hosts == ["a.example", "10.0.0.1"])
        #expect(plain.marker == "revoked")
        let hashed = try #require(KnownHost("|1|c2FsdA==|aGFzaA== \(Keys.curve)"))
        #expect(hashed.isHashed)
        #expect(hashed.hosts == [])
    }

    @Test func privateKeysTellTheirPublicHalf() throws {
        let open = try #require(PrivateKey(Array(Keys.file(cipher: "none").utf8)))
        #expect(!open.isEncrypted)
        #expect(open.key?.fingerprint == Keys.smallPrint)
        let closed = try #require(PrivateKey(Array(Keys.file(cipher: "aes256-ctr").utf8)))
        #expect(closed.isEncrypted)
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAAA\n"
        #expect(PrivateKey(Array(old.utf8))?.isEncrypted == true)
        #expect(PrivateKey(Array("-----BEGIN PUBLIC KEY-----\nAAAA\n".utf8)) == nil)
        let whole = Array(Keys.file(cipher: "none").utf8)
        for end in 0..<whole.count { _ = PrivateKey(Array(whole[..<end])) }
    }

    /// A record of utmp in the layout of x86.
    private func record(
        _ kind: UInt8, _ pid: UInt8, _ line: String, _ user: String, _ seconds: UInt32
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 384)
        bytes[0] = kind
        bytes[4] = pid
        for (index, byte) in line.utf8.enumerated() { bytes[8 + index] = byte }
        for (index, byte) in user.utf8.enumerated() { bytes[44 + index] = byte }
        for index in 0..<4 {
            bytes[340 + index] = UInt8(truncatingIfNeeded: seconds >> UInt32(8 * index))
        }
        return bytes
    }

    @Test func loginsEndWhereTheirLineDoes() {
        let bytes =
            record(2, 0, "~", "reboot", 100) + record(7, 5, "pts/0", "ann", 200)
            + record(7, 6, "pts/1", "bob", 300) + record(8, 5, "pts/0", "", 400)
            + record(2, 0, "~", "reboot", 500) + record(7, 9, "pts/0", "eve", 600)
        let records = LoginRecord.all(bytes + [7, 7, 7], .narrow)
        #expect(records.count == 6)
        let seen = LoginSource.seen(records)
        let ends = seen.map { $0.data["until"]?.int }
        #expect(ends == [nil, 400_000, 500_000, nil, nil])
        #expect(seen[1].links["USER"] == [.user("ann")])
        #expect(Set(seen.map(\.subject)).count == 5)
        for end in 0..<384 { #expect(LoginRecord(bytes[..<end], .narrow) == nil) }
    }

    /// What ssh with a terminal leaves on Debian 12: logind's file names no terminal, utmp no session.
    @Test func aLoginThatBothTellOfIsOneSession() throws {
        let kernel = SimulatedKernel()
        kernel.write(
            "/run/systemd/sessions/7",
            "# This is private data. Do not parse.\nUID=1000\nUSER=visitor\nACTIVE=1\nSTATE=active\n"
                + "REMOTE=1\nTYPE=tty\nCLASS=user\nSCOPE=session-7.scope\nREMOTE_HOST=10.0.2.2\n"
                + "SERVICE=sshd\nLEADER=21\nREALTIME=1795404282044000\n")
        kernel.write("/proc/33/cgroup", "0::/user.slice/user-1000.slice/session-7.scope\n")
        kernel.write("/proc/34/cgroup", "0::/system.slice/getty.service\n")
        kernel.write(
            "/run/utmp",
            bytes: record(7, 33, "pts/0", "visitor", 200) + record(7, 34, "tty1", "ann", 300))
        let rig = LevelRig(LoginSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["7", "tty1"])
        #expect(rig.picture["7"]?.data["tty"] == "pts/0")
        #expect(rig.picture["7"]?.data["host"] == "10.0.2.2")
        #expect(rig.picture["tty1"]?.data["user"] == "ann")
    }

    @Test func randomRecordsNeitherTrapNorLie() {
        var random = SeededRandom(seed: 4)
        for _ in 0..<500 {
            let bytes = (0..<800).map { _ in UInt8(random.next() & 0xFF) }
            for record in LoginRecord.all(bytes, .narrow) + LoginRecord.all(bytes, .wide) {
                #expect(record.time >= 0)
            }
            _ = LastLogin(bytes)
            _ = PrivateKey(bytes)
            _ = PublicKey(bytes[...])
            _ = PasswordLine.all(bytes)
            _ = ShadowLine.all(bytes)
        }
    }
}
