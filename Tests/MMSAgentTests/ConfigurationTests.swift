import Host
import Resources
import Testing

@testable import MMSAgent

/// A certificate made for these tests.
private let pem = """
    -----BEGIN CERTIFICATE-----
    MIIB7TCCAZOgAwIBAgIUXD3m43SpuYsiXM8XlSSknSrcKoswCgYIKoZIzj0EAwIw
    NjELMAkGA1UEBhMCREUxEDAOBgNVBAoMB0V4LCBMdGQxFTATBgNVBAMMDGhvc3Qu
    ZXhhbXBsZTAeFw0yNjExMjExMTIyMjBaFw0zNjExMTgxMTIyMjBaMDYxCzAJBgNV
    BAYTAkRFMRAwDgYDVQQKDAdFeCwgTHRkMRUwEwYDVQQDDAxob3N0LmV4YW1wbGUw
    WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQQ2oBd+6MpIBnEA39QQXJ/jrUKhT8O
    VuX0W2g+vnP2W9QLsNQo59b2SCMMCEXSJtbMI4Yjfwj/5+kPJivYDZQxo38wfTAd
    BgNVHQ4EFgQU+c6mJrIwbgi8q/ewN4YknkNdQaQwHwYDVR0jBBgwFoAU+c6mJrIw
    bgi8q/ewN4YknkNdQaQwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUggxob3N0
    LmV4YW1wbGWHBAoAAAEwCwYDVR0PBAQDAgKEMAoGCCqGSM49BAMCA0gAMEUCIQDB
    n37B7dNO5+hPpoajX47pEDkLFWY3o5O82ne0fHgcKwIgNfqwNjI0Rdk65iiZLGNh
    ElFP8j52klzkqdlBG83WEyY=
    -----END CERTIFICATE-----
    """

@Suite struct ConfigurationTests {
    /// A certificate, for tests of what holds some.
    static let somePEM = pem

    private func line(_ text: String) -> ConfigLine { ConfigLine(number: 1, text: text) }

    @Test func linesAreJoinedOnlyWhereTheyMayBe() {
        let bytes = Array("a\\\n  b\n\n \t\r\nc \\ \nd\\".utf8)
        let joined = ConfigLine.all(bytes[...], continues: true)
        #expect(joined.map(\.text) == ["a b", "c  d"])
        #expect(joined.map(\.number) == [1, 5])
        #expect(ConfigLine.all(bytes[...]).map(\.text) == ["a\\", "b", "c \\", "d\\"])
    }

    // MARK: Redaction

    @Test func aFileAddsWordsAndTakesThemOut() {
        let text = "# ours\nPass-Code\n-token\n\n   \n"
        let rule = Redaction(ConfigLine.all(Array(text.utf8)[...]))
        #expect(rule.redacted(["--passcode", "x"]) == ["--passcode", "***"])
        #expect(rule.redacted(["--pass_code=x"]) == ["--pass_code=***"])
        #expect(rule.redacted(["--token", "x"]) == ["--token", "x"])
        #expect(Redaction.standard.redacted(["--token", "x"]) == ["--token", "***"])
        #expect(Redaction.standard.redacted(["--passcode", "x"]) == ["--passcode", "x"])
    }

    @Test(arguments: [
        ("curl  -s  x", "curl  -s  x"),
        ("PGPASSWORD=x pg_dump  db", "PGPASSWORD=*** pg_dump db"),
        ("tool --secret 'a b' c", "tool --secret *** c"),
        ("tool --secret=\"a b\" c", "tool --secret=*** c"),
        ("tool --secret a\\ b c", "tool --secret *** c"),
        ("curl https://u:p@h/x", "curl https://u:***@h/x"),
    ]) func shellCommandsKeepNoSecrets(text: String, clean: String) {
        #expect(Redaction.standard.redacted(shell: text) == clean)
    }

    @Test func theProcessSensorFollowsTheFileOfTheRule() throws {
        let kernel = SimulatedKernel()
        let sensor = ProcessSensor(kernel)
        var out: [Observation] = []
        sensor.start(&out)
        let commandLine = { (pid: Int32) -> [Value]? in
            out.compactMap { observation -> [Value]? in
                guard case .present(let one) = observation, one.data["pid"] == .int(Int64(pid))
                else { return nil }
                return one.data["commandLine"]?.list
            }.last
        }
        let turn = {
            for index in sensor.feeds.indices { sensor.ready(index, &out) }
        }
        let before = try #require(kernel.fork(1))
        kernel.execute(before, "/bin/t", ["t", "--pin", "1"])
        turn()
        #expect(commandLine(before) == ["t", "--pin", "1"])
        kernel.write(Redaction.path, "pin\n")
        turn()
        let after = try #require(kernel.fork(1))
        kernel.execute(after, "/bin/t", ["t", "--pin", "1"])
        turn()
        #expect(commandLine(after) == ["t", "--pin", "***"])
    }

    // MARK: Cron

    @Test func tablesOfTheSystemSayAUser() throws {
        let job = try #require(
            CronJob(line("*/5 0-3 1,2 * mon ann  run --token x"), file: "/f", owner: nil))
        #expect(job.schedule == ["*/5", "0-3", "1,2", "*", "mon"])
        #expect(job.user == "ann")
        var names = NameRoll()
        let one = job.seen(.standard, &names)
        #expect(one.data["command"] == "run --token ***")
        #expect(!one.subject.name.text.contains("token x"))
        let own = try #require(CronJob(line("@reboot run it"), file: "/f", owner: "bob"))
        #expect(own.event == "@reboot")
        #expect(own.command == "run it")
        #expect(own.user == "bob")
    }

    @Test(arguments: [
        "", "# x", "PATH=/bin", "MAILTO=\"a b\"", "PGPASSWORD = x", "* * * *", "* * * * *",
        "* * * * * ann", "@daily", "@daily ann",
    ]) func whatIsNoJobIsLeftOut(text: String) {
        #expect(CronJob(line(text), file: "/f", owner: nil) == nil)
    }

    // MARK: Names

    @Test func staticTablesAreRead() throws {
        let service = try #require(ServiceName(line("ssh\t22/tcp secsh ssh2  # Secure # Shell")))
        #expect(service.port == 22)
        #expect(service.aliases == ["secsh", "ssh2"])
        #expect(service.comment == "Secure # Shell")
        for text in ["ssh", "ssh 22", "ssh 65536/tcp", "ssh x/tcp", "# ssh 22/tcp"] {
            #expect(ServiceName(line(text)) == nil)
        }
        #expect(ProtocolName(line("tcp 6 TCP # x"))?.number == 6)
        #expect(ProtocolName(line("tcp 65536")) == nil)
        #expect(HostEntry(line("::1 localhost ip6 # x"))?.names == ["localhost", "ip6"])
        #expect(HostEntry(line("127.0.0.1")) == nil)
    }

    @Test func theLastSearchLineCounts() {
        let text =
            "; x\nnameserver 10.0.0.1\nsearch a b\ndomain c\noptions ndots:2 rotate\n"
            + "sortlist 10.0.0.0/255.0.0.0 1.1.1.1\nnameserver\n"
        let items = ResolverItem.all(ConfigLine.all(Array(text.utf8)[...]))
        #expect(items.filter { $0.kind == "search" }.map(\.value) == ["c"])
        #expect(items.filter { $0.kind == "option" }.map(\.value) == ["ndots:2", "rotate"])
        #expect(items.first { $0.kind == "sortlist" }?.mask == "255.0.0.0")
        #expect(items.filter { $0.kind == "nameserver" }.map(\.value) == ["10.0.0.1"])
    }

    // MARK: Certificates

    @Test func aCertificateSaysWhatOpensslSays() throws {
        let one = try #require(Certificate.all(Array(pem.utf8)).first)
        #expect(
            one.fingerprint == "2a92bf2ee1db274d17fb5abaea970d1ecb835dc9bf1d2c05d2ef1564f6241aad")
        #expect(one.serial == "5c3de6e374a9b98b225ccf179524a49d2adc2a8b")
        #expect(one.subject == "C=DE, O=Ex\\, Ltd, CN=host.example")
        #expect(one.issuer == one.subject)
        #expect(one.isSelfIssued)
        #expect(one.isAuthority)
        #expect(one.notBefore == 1_795_260_140_000)
        #expect(one.notAfter - one.notBefore == 3650 * 86_400_000)
        #expect(one.key == "EC P-256")
        #expect(one.keyBits == 256)
        #expect(one.signature == "ecdsa-with-SHA256")
        #expect(one.usage == ["digitalSignature", "keyCertSign"])
        #expect(one.alternatives == ["host.example", "10.0.0.1"])
        #expect(one.subjectKey == "f9cea626b2306e08bcabf7b03786249e435d41a4")
        #expect(one.authorityKey == one.subjectKey)
    }

    @Test func damagedCertificatesNeitherTrapNorLoop() throws {
        let text = pem.split(separator: "\n").dropFirst().dropLast().joined()
        let bytes = try #require(Base64.decode(text))
        for end in 0..<bytes.count { #expect(Certificate(bytes[..<end]) == nil) }
        #expect(Certificate((bytes + [0])[...]) == nil)
        var random = SeededRandom(seed: 9)
        for _ in 0..<4000 {
            var one = bytes
            for _ in 0...Int(random.next() % 4) {
                one[Int(random.next() % UInt64(one.count))] = UInt8(random.next() & 0xFF)
            }
            if let read = Certificate(one[...]) { #expect(read.fingerprint.count == 64) }
        }
        for _ in 0..<4000 {
            let one = (0..<Int(random.next() % 64)).map { _ in UInt8(random.next() & 0xFF) }
            var reader = DER(one[...])
            while reader.next() != nil {}
            _ = DER.identifier(one[...])
        }
        // Lengths that are too long, indefinite or beyond the end.
        for head: [UInt8] in [
            [0x30, 0x80], [0x30, 0x85, 1, 1, 1, 1, 1], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x30, 0x81, 0x7F], [0x3F, 0x01, 0x00],
        ] {
            var reader = DER((head + [0])[...])
            #expect(reader.next() == nil)
        }
        var half = DER([0x30])
        #expect(half.next() == nil)
    }

    @Test func timesOfCertificatesAreChecked() {
        let time = { (tag: UInt8, text: String) in
            DER.time(DER.Element(tag: tag, body: Array(text.utf8)[...], whole: []))
        }
        #expect(time(0x17, "700101000000Z") == 0)
        #expect(time(0x17, "491231235959Z") == 2_524_607_999_000)
        #expect(time(0x17, "500101000000Z") == -631_152_000_000)
        #expect(time(0x18, "20240229120000Z") == 1_709_208_000_000)
        for text in ["", "Z", "7001010000Z", "701301000000Z", "70010100000xZ", "700101000000"] {
            #expect(time(0x17, text) == nil)
        }
    }

    @Test func theRuleOfAZoneIsAtItsEnd() {
        let head = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 60)
        #expect(
            ClockSource.rule(head + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8))
                == "CET-1CEST,M3.5.0,M10.5.0/3")
        #expect(ClockSource.rule(head) == nil)
        #expect(ClockSource.rule([]) == nil)
    }
}
