import Testing

@testable import MMSAgent

@Suite struct ProcessFileTests {
    static let tail = " S 1 9 9 0 -1 4194560 1 2 3 4 70 30 5 6 20 0 3 0 777 1 2"

    @Test(arguments: [
        "sh", "a b", "a) (b", ")", "((", "a\nPid: 1\n)", "x) R 5 5",
    ])
    func anyNameIsReadFromAStatLine(name: String) throws {
        let stat = try #require(ProcessStat(ArraySlice("42 (\(name))\(Self.tail)\n".utf8)))
        #expect(stat.name == name)
        #expect(stat.pid == 42)
        #expect(stat.parent == 1)
        #expect(stat.start == 777)
        #expect(stat.threads == 3)
        #expect(stat.cpuTicks == 100)
    }

    @Test func everyTruncationOfAStatLineIsRefusedOrWhole() {
        let line = Array("42 (sh)\(Self.tail)".utf8)
        for end in 0..<line.count {
            if let stat = ProcessStat(line[..<end]) {
                #expect([7, 77, 777].contains(stat.start))
            }
        }
    }

    @Test func bytesThatAreNotTextAreEscaped() {
        #expect(lossyText([0x61, 0xFF, 0x62, 0xC3]) == "a\\xffb\\xc3")
        #expect(lossyText([0xED, 0xA0, 0x80]) == "\\xed\\xa0\\x80")
        #expect(lossyText(Array("é✓".utf8)) == "é✓")
        #expect(lossyText([0xC3, 0xA9, 0xF0, 0x9F]) == "é\\xf0\\x9f")
    }

    @Test func anOwnerIsNotReadFromAForgedName() {
        let status = "Name:\ta\\nUid:\\t9\nUid:\t1000\t0\t0\t0\nGid:\t5\t6\t5\t5\n"
        #expect(ProcessOwner(ArraySlice(status.utf8))?.user == 0)
        #expect(ProcessOwner(ArraySlice(status.utf8))?.group == 6)
        #expect(ProcessOwner(ArraySlice("Uid:\t1\n".utf8)) == nil)
    }

    @Test(arguments: [
        ("0::/a\n", "/a"), ("3:cpu:/\n1:name=systemd:/s\n0::/\n", "/s"), ("0::/\n", "/"),
        ("0::/with:colon\n", "/with:colon"),
    ])
    func theControlGroupIsThatOfTheUnifiedTree(text: String, path: String) {
        #expect(controlGroup(ArraySlice(text.utf8)) == path)
    }

    @Test(arguments: [
        ("a\0b\0", ["a", "b"]), ("a\0\0b\0", ["a", "", "b"]), ("", []), ("a\0\0\0\0", ["a"]),
        ("db\0--password=x y\0", ["db", "--password=***"]),
        ("db\0--password\0x\0z\0", ["db", "--password", "***", "z"]),
        ("env\0API_KEY=abc\0", ["env", "API_KEY=***"]),
        ("curl\0https://u:p@h/x\0", ["curl", "https://u:***@h/x"]),
        ("ls\0/a/token=b\0--color\0", ["ls", "/a/token=b", "--color"]),
        ("x\0--token\0--verbose\0", ["x", "--token", "--verbose"]),
    ])
    func aCommandLineIsSplitAndItsSecretsAreHidden(text: String, arguments: [String]) {
        #expect(CommandLine(ArraySlice(text.utf8), isCut: false).arguments == arguments)
    }

    @Test func aCommandLineOfManyArgumentsIsCutAndSaysSo() {
        let one: [UInt8] = [97, 0]
        #expect(!CommandLine(one[...], isCut: false).isCut)
        let many = [[UInt8]](repeating: one, count: 5000).flatMap(\.self)
        #expect(CommandLine(many[...], isCut: false).isCut)
        #expect(CommandLine(many[...], isCut: false).arguments.count == 1024)
    }
}
