import Host
import Resources
import Testing

@testable import MMSAgent

@Suite struct ParserTests {
    private func words(_ values: [UInt32]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    }

    private func connector(_ kind: UInt32, _ data: [UInt32]) -> [UInt8] {
        words([76, 3, 0, 0, 1, 1, 0, 0, 40, kind, 0, 500, 0] + data) + [0, 0, 0, 0, 0, 0, 0, 0]
    }

    @Test func connectorMessagesSayWhatHappened() {
        let fork = ProcessEvent(unsafe connector(1, [7, 7, 9, 9]).span.bytes)
        #expect(fork == ProcessEvent(.forked(parent: 7, child: 9), time: 500))
        let thread = ProcessEvent(unsafe connector(1, [7, 7, 10, 7]).span.bytes)
        #expect(thread?.what == .threads(pid: 7, by: 1))
        let exit = ProcessEvent(unsafe connector(0x8000_0000, [9, 9, 0x700, 17]).span.bytes)
        #expect(exit?.what == .exited(pid: 9, status: 0x700))
        #expect(ProcessEvent(unsafe connector(0, [0, 0, 0, 0]).span.bytes) == nil)
    }

    @Test func everyTruncationOfAConnectorMessageIsRefused() {
        let whole = connector(1, [7, 7, 9, 9])
        for end in 0..<68 {
            let cut = Array(whole[..<end])
            #expect(ProcessEvent(unsafe cut.span.bytes) == nil)
        }
    }

    @Test func cutAndForgedNetworkMessagesAreSaidToBeCut() {
        let kernel = SimulatedKernel()
        var table = NetworkTable()
        var whole: [UInt8] = []
        _ = kernel.dump(.links) { whole = $0.copy(0..<$0.byteCount) }
        #expect(NetlinkMessage.each(in: unsafe whole.span.bytes) { table.step($0) })
        #expect(table.interfaces.count == 1)
        for end in 1..<whole.count {
            let cut = Array(whole[..<end])
            #expect(!NetlinkMessage.each(in: unsafe cut.span.bytes) { table.step($0) })
        }
        // A length of zero or beyond the datagram must neither loop nor trap.
        for length: UInt8 in [0, 1, 15, 255] {
            var forged = whole
            forged[0] = length
            #expect(!NetlinkMessage.each(in: unsafe forged.span.bytes) { table.step($0) })
        }
    }

    @Test func randomBytesNeitherTrapNorLoop() {
        var random = SeededRandom(seed: 1)
        var table = NetworkTable()
        for _ in 0..<20_000 {
            var bytes = (0..<Int(random.next() % 120)).map { _ in UInt8(random.next() & 0xFF) }
            if bytes.count > 8 {
                bytes.replaceSubrange(0..<4, with: [UInt8(bytes.count), 0, 0, 0])
                bytes[4] = [16, 17, 20, 21, 24, 25][Int(random.next() % 6)]
                bytes[5] = 0
            }
            _ = NetlinkMessage.each(in: unsafe bytes.span.bytes) { table.step($0) }
            _ = ProcessEvent(unsafe bytes.span.bytes)
            _ = ProcessStat(bytes[...])
            _ = MountRecord.table(unsafe bytes.span.bytes)
        }
        #expect(table.seen(namespace: 1).count >= 0)
    }

    @Test(arguments: [
        ([10, 0, 0, 1], "10.0.0.1"),
        ([0xFE, 0x80] + [UInt8](repeating: 0, count: 13) + [1], "fe80::1"),
        ([UInt8](repeating: 0, count: 16), "::"),
        ([0x20, 1, 0xD, 0xB8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8:0:1::1"),
        ([0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], "1:0:1:1:1:1:1:1"),
        ([UInt8](repeating: 0, count: 10) + [255, 255, 1, 2, 3, 4], "::ffff:1.2.3.4"),
    ])
    func addressesAreWrittenAsTheRFCSays(bytes: [UInt8], text: String) {
        #expect(addressText(bytes) == text)
    }

    @Test(arguments: [
        ("a\\040b", "a b"), ("a\\012b", "a\nb"), ("a\\134040", "a\\040"), ("a\\9", "a\\9"),
        ("\\", "\\"), ("\\04", "\\04"), ("\\377", "\\xff"),
    ])
    func octalEscapesAreUndone(text: String, plain: String) {
        #expect(unescaped(Array(text.utf8)[...]) == plain)
    }

    @Test func aMountLineMayHaveAnyNumberOfOptionalFields() {
        let plain = MountRecord(Array("1 2 0:3 / /a rw - t s o".utf8)[...])
        #expect(plain?.fileSystem == "t")
        let shared = MountRecord(Array("1 2 0:3 / /a rw shared:1 master:2 - t s o".utf8)[...])
        #expect(shared?.propagation == ["shared:1", "master:2"])
        for line in [
            "", "1", "1 2 0:3 / /a rw", "1 2 0:3 / /a rw - t s", "x 2 0:3 / /a rw - t s o",
        ] {
            #expect(MountRecord(Array(line.utf8)[...]) == nil, "\(line)")
        }
    }

    @Test func pressureIsAWordThatDoesNotChurn() {
        #expect(PressureLevel.none.next(9.9) == .none)
        #expect(PressureLevel.none.next(10) == .moderate)
        #expect(PressureLevel.moderate.next(5.1) == .moderate)
        #expect(PressureLevel.moderate.next(4.9) == .none)
        #expect(PressureLevel.none.next(80) == .severe)
        #expect(PressureLevel.severe.next(21) == .severe)
        #expect(PressureLevel.severe.next(12) == .moderate)
        #expect(PressureLevel.percent("some avg10=1.50 avg60=0 total=1\nfull avg10=9") == 1.5)
        #expect(PressureLevel.percent("full avg10=9") == nil)
    }

    @Test func factsAreReadFromTheirFiles() {
        #expect(MachineFacts.count(ofRanges: "0-3,6") == 5)
        #expect(MachineFacts.count(ofRanges: "3-0") == nil)
        #expect(MachineFacts.count(ofRanges: "0-99999999999") == nil)
        let release = MachineFacts.release(Array("#x\nID=a\nNAME=\"b c\"\nBAD\n".utf8))
        #expect(release == ["ID": "a", "NAME": "b c"])
    }

    @Test(arguments: [
        "/", "a\nb", String(repeating: "é", count: 3000), "", "..", "a\u{202E}b", "a\u{0}",
    ])
    func anyTextBecomesAName(text: String) throws {
        let name = subjectName(text)
        #expect(try ResourceName(name.text) == name)
    }

    @Test func longNamesThatDifferStayDifferent() {
        let long = String(repeating: "x", count: 3000)
        #expect(subjectName(long + "1") != subjectName(long + "2"))
    }

    @Test func everyFieldThatIsReportedIsInItsType() {
        let kernel = SimulatedKernel()
        kernel.setUp(kernel.addInterface("a") ?? 0, true)
        kernel.addAddress([10, 0, 0, 1, 24], on: 2)
        kernel.addRoute([10, 1, 0, 0, 16], on: 2)
        let sensors: [any Sensor] = [
            ProcessSensor(kernel), NetworkSensor(kernel), LevelSensor(MountSource(), on: kernel),
            MachineSensor(kernel, name: "m"),
        ]
        var out: [Observation] = []
        for sensor in sensors { sensor.start(&out) }
        var kinds: Set<TypeName> = []
        for case .present(let one) in out {
            let type = AgentTypes.all.first { $0.name == one.subject.type }
            kinds.insert(one.subject.type)
            for key in one.data.keys { #expect(type?.field(key) != nil, "\(one.subject) \(key)") }
            for key in one.links.keys { #expect(type?.relation(key) != nil, "\(key)") }
        }
        #expect(kinds.count == 6)
    }
}

@Suite struct ProcessTableTests {
    private func reading(_ pid: Int32, _ text: String, _ parts: ProcessParts) -> ProcessReading? {
        ProcessStat(
            Array("\(pid) (\(text)) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 50 0".utf8)[...]
        )
        .map { stat in
            let owner = ProcessOwner(Array("Uid:\t0\t0\nGid:\t0\t0\n".utf8)[...])
            return ProcessReading(parts: parts, stat: stat, owner: owner)
        }
    }

    private func table() -> ProcessTable {
        ProcessTable(ProcessTable.Setting(boot: "b", bootTime: 0))
    }

    private let now = WallTime(milliseconds: 1)

    @Test func aProcessGoneBeforeItWasReadIsReportedAsUnreadAndThenAbsent() {
        var table = table()
        var out: [Observation] = []
        table.step(ProcessEvent(.forked(parent: 5, child: 9), time: 77), at: now, &out)
        for read in table.takeReads() { table.answer(read.pid, nil, at: now, &out) }
        guard case .present(let one) = out.first, out.count == 1 else {
            Issue.record("\(out)")
            return
        }
        #expect(one.data["ppid"] == 5)
        #expect(one.data["name"] == nil)
        #expect(one.data["unread"]?.list?.contains("commandLine") == true)
        #expect(one.identity == "b:9:event-77")
        table.step(ProcessEvent(.exited(pid: 9, status: 9), time: 78), at: now, &out)
        guard out.count == 3, case .present(let last) = out[1], case .absent = out[2] else {
            Issue.record("\(out)")
            return
        }
        #expect(last.data["signal"] == 9)
    }

    @Test func forkExecAndExitTogetherCostOneReading() {
        var table = table()
        var out: [Observation] = []
        table.step(ProcessEvent(.forked(parent: 5, child: 9), time: 1), at: now, &out)
        table.step(ProcessEvent(.executed(pid: 9), time: 2), at: now, &out)
        table.step(ProcessEvent(.exited(pid: 9, status: 0x300), time: 3), at: now, &out)
        let reads = table.takeReads()
        #expect(reads.count == 1)
        #expect(reads.first?.parts == .stat)
        table.answer(9, reading(9, "x", .stat), at: now, &out)
        #expect(out.count == 2)
        guard case .present(let one) = out.first else { return }
        #expect(one.data["exitCode"] == 3)
        #expect(one.data["name"] == "x")
    }

    @Test func aProcessWhoseFirstThreadEndedLivesUntilTheLast() {
        var table = table()
        var out: [Observation] = []
        table.step(ProcessEvent(.forked(parent: 5, child: 9), time: 1), at: now, &out)
        for read in table.takeReads() {
            table.answer(read.pid, reading(9, "x", read.parts), at: now, &out)
        }
        table.step(ProcessEvent(.threads(pid: 9, by: 1), time: 2), at: now, &out)
        out = []
        table.step(ProcessEvent(.exited(pid: 9, status: 0), time: UInt64.max / 2), at: now, &out)
        #expect(out.isEmpty)
        table.step(ProcessEvent(.threads(pid: 9, by: -1), time: 4), at: now, &out)
        #expect(out.count == 2)
    }

    @Test func anExitOlderThanTheProcessIsNotItsOwn() {
        var table = table()
        var out: [Observation] = []
        let adopted = reading(9, "new", .all)
        table.reconcile([adopted].compactMap(\.self), at: now, &out)
        out = []
        table.step(ProcessEvent(.exited(pid: 9, status: 0), time: 499_999_999), at: now, &out)
        #expect(out.isEmpty)
        table.step(ProcessEvent(.exited(pid: 9, status: 0), time: 500_000_001), at: now, &out)
        #expect(out.count == 2)
    }
}
