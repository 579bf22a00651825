import Host
import Resources
import Testing

@testable import MMSAgent

/// Calls with the bytes as a span.
private func with<Result>(_ bytes: [UInt8], _ body: (RawSpan) -> Result) -> Result {
    unsafe body(bytes.span.bytes)
}

struct UeventTests {
    private func event(_ subsystem: String, _ number: Int) -> [UInt8] {
        Array(
            "add@/devices/x\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=\(subsystem)\0SEQNUM=\(number)\0"
                .utf8)
    }

    @Test func onlyTheSubsystemIsAHint() {
        var events = Uevents(["block"])
        #expect(with(event("block", 7)) { events.hint($0) } == .changed)
        #expect(with(event("net", 8)) { events.hint($0) } == .nothing)
        #expect(with(event("block", 9)) { events.hint($0) } == .changed)
        #expect(events.missing == 0)
    }

    @Test func aJumpIsReadAnewAndCounted() {
        var events = Uevents(["block"])
        _ = with(event("net", 7)) { events.hint($0) }
        #expect(with(event("net", 10)) { events.hint($0) } == .changed)
        #expect(events.missing == 2)
        #expect(with(event("net", 9)) { events.hint($0) } == .nothing)
        #expect(with(event("net", 11)) { events.hint($0) } == .nothing)
        #expect(events.missing == 2)
    }

    @Test(arguments: ["", "libudev\0\u{FE}", "add@/x\0SEQNUM=x\0", "\0\0\0", "SEQNUM=4\0"])
    func whatIsNoEventIsNothing(_ text: String) {
        var events = Uevents(["block"])
        #expect(with(Array(text.utf8)) { events.hint($0) } == .nothing)
    }
}

struct SuperblockTests {
    private func image(_ parts: [(Int, [UInt8])]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Superblock.bytes)
        for (offset, part) in parts {
            bytes.replaceSubrange(offset..<offset + part.count, with: part)
        }
        return bytes
    }

    private let uuid: [UInt8] = Array(0x10...0x1F)
    private let text = "10111213-1415-1617-1819-1a1b1c1d1e1f"

    @Test func extIsToldApartByItsFeatures() {
        let magic: (Int, [UInt8]) = (0x438, [0x53, 0xEF])
        let base = [magic, (0x468, uuid), (0x478, Array("root".utf8))]
        #expect(Superblock(image(base))?.type == "ext2")
        #expect(Superblock(image(base + [(0x45C, [4])]))?.type == "ext3")
        let fourth = Superblock(image(base + [(0x45C, [4]), (0x460, [0x40])]))
        #expect(fourth?.type == "ext4")
        #expect(fourth?.uuid == text)
        #expect(fourth?.label == "root")
    }

    @Test func othersAreKnownByTheirMagic() {
        let swap = Superblock(
            image([(4086, Array("SWAPSPACE2".utf8)), (1036, uuid), (1052, Array("s".utf8))]))
        #expect(swap?.type == "swap" && swap?.uuid == text && swap?.label == "s")
        let xfs = Superblock(image([(0, Array("XFSB".utf8)), (32, uuid)]))
        #expect(xfs?.type == "xfs" && xfs?.uuid == text && xfs?.label == nil)
        let btrfs = Superblock(image([(0x10040, Array("_BHRfS_M".utf8)), (0x10020, uuid)]))
        #expect(btrfs?.type == "btrfs" && btrfs?.uuid == text)
        let fat = Superblock(
            image([
                (82, Array("FAT32   ".utf8)), (67, [0x78, 0x56, 0x34, 0x12]),
                (71, Array("NO NAME    ".utf8)), (510, [0x55, 0xAA]),
            ]))
        #expect(fat?.type == "vfat" && fat?.uuid == "1234-5678" && fat?.label == nil)
        let luks = Superblock(
            image([(0, Array("LUKS".utf8) + [0xBA, 0xBE, 0, 2]), (168, Array(text.utf8))]))
        #expect(luks?.type == "crypto_LUKS" && luks?.uuid == text)
    }

    @Test func whatIsCutOrEmptyIsNothing() {
        let whole = image([(0x438, [0x53, 0xEF]), (0x468, uuid)])
        for count in [0, 1, 511, 1024, 0x439] {
            #expect(Superblock(Array(whole.prefix(count))) == nil, "\(count)")
        }
        #expect(Superblock(image([])) == nil)
        #expect(Superblock([UInt8](repeating: 0xFF, count: Superblock.bytes)) == nil)
        #expect(Superblock(Array(whole.prefix(0x46A)))?.uuid == nil)
    }

    @Test func tablesOfPartitionsAreTold() {
        let signature: (Int, [UInt8]) = (510, [0x55, 0xAA])
        let dos = PartitionTable(
            image([signature, (440, [4, 3, 2, 1]), (450, [0x83])]), sector: 512)
        #expect(dos?.type == "dos" && dos?.uuid == "01020304")
        let gpt = PartitionTable(
            image([signature, (450, [0xEE]), (512, Array("EFI PART".utf8)), (568, uuid)]),
            sector: 512)
        #expect(gpt?.type == "gpt" && gpt?.uuid == "13121110-1514-1716-1819-1a1b1c1d1e1f")
        #expect(PartitionTable(image([signature]), sector: 512) == nil)
        #expect(PartitionTable([0x55], sector: 512) == nil)
    }
}

struct SMBIOSTests {
    private func structure(_ type: UInt8, _ handle: UInt8, _ body: [UInt8], _ texts: [String])
        -> [UInt8]
    {
        let head = [type, UInt8(4 + body.count), handle, 0]
        var tail: [UInt8] = texts.isEmpty ? [0, 0] : [0]
        for text in texts.reversed() { tail = Array(text.utf8) + [0] + tail }
        return head + body + tail
    }

    private var module: [UInt8] {
        var body = [UInt8](repeating: 0, count: 30)
        // Array handle, 16 GiB by the extended size, DIMM, DDR4, 3200 MT/s; texts from offset 16.
        body[0] = 0x10
        body[8] = 0xFF
        body[9] = 0x7F
        body[10] = 9
        body[12] = 1
        body[14] = 0x1A
        body[17] = 0x80
        body[18] = 0x0C
        body[19] = 2
        body[24] = 0
        body[25] = 0x40
        return structure(17, 0x11, body, ["DIMM A1", "Maker"])
    }

    @Test func modulesAndArraysAreRead() {
        let array = structure(
            16, 0x10, [3, 3, 6, 0, 0, 0, 1, 0xFE, 0xFF, 4, 0], [])
        let list = SMBIOS.structures(array + module + structure(127, 0x7F, [], []))
        #expect(list.map(\.type) == [16, 17, 127])
        let one = list[1].memory
        #expect(one?.data["size"] == .int(16_384 << 20))
        #expect(one?.data["technology"] == "DDR4")
        #expect(one?.data["formFactor"] == "DIMM")
        #expect(one?.data["locator"] == "DIMM A1")
        #expect(one?.data["manufacturer"] == "Maker")
        #expect(one?.data["speed"] == 3200)
        #expect(one?.links["IN"]?.first?.name.text == "0x0010")
        #expect(list[0].memory?.data["capacity"] == .int(16 << 30))
        #expect(list[0].memory?.data["slots"] == 4)
        #expect(list[0].memory?.data["errorCorrection"] == "multi-bit ECC")
    }

    @Test func aRangeHoldsItsLastByte() {
        let range = structure(19, 0x13, [0, 0, 0, 0, 0xFF, 0xFF, 0x3F, 0, 0x10, 0, 1], [])
        let data = SMBIOS.structures(range).first?.memory?.data
        #expect(data?["start"] == 0)
        #expect(data?["end"] == .int(4 << 30 - 1))
    }

    @Test func everyCutIsSafe() {
        let whole = structure(1, 1, [1, 2, 3, 4], ["a", "b"]) + module
        for count in 0...whole.count {
            let list = SMBIOS.structures(Array(whole.prefix(count)))
            #expect(list.count <= 2)
            for one in list { _ = one.memory }
        }
        #expect(SMBIOS.structures([17, 3, 0, 0, 0, 0]).isEmpty)
        #expect(SMBIOS.structures([17, 255, 0, 0, 0, 0]).isEmpty)
        let short = SMBIOS.structures(structure(17, 1, [1], []))
        #expect(short.first?.memory?.data["size"] == nil)
        #expect(SMBIOS.structures(structure(1, 1, [9], [])).first?.text(4) == nil)
    }
}

struct KernelRecordTests {
    @Test func linesOfModulesAreRead() {
        let line = "nf_nat 49152 2 xt_NAT,nft_nat, Live 0xffffffffc0a5e000 (OE)"
        let module = ModuleRecord(Array(line.utf8)[...])
        #expect(module?.users == ["nft_nat", "xt_NAT"])
        #expect(module?.state == "live" && module?.taints == "OE" && module?.size == 49_152)
        let hidden = ModuleRecord(Array("loop 1 0 - Live 0x0000000000000000".utf8)[...])
        #expect(hidden?.address == nil && hidden?.users == [])
        #expect(ModuleRecord(Array("loop 1 0 -".utf8)[...]) == nil)
    }

    @Test func linesOfKeysAreReadWithoutWhatChanges() {
        let ring = "29f471f9 I--Q---     2 perm 0c030000     0 65534 keyring   .user_reg: 2"
        let key = KeyRecord(Array(ring.utf8)[...])
        #expect(key?.description == ".user_reg" && key?.flags == "IQ" && key?.expires == false)
        let user = "12a69156 I--Q---     1  27m 3f010000  1000    -1 user      a b: c: 12"
        let other = KeyRecord(Array(user.utf8)[...])
        #expect(other?.description == "a b: c" && other?.expires == true && other?.group == nil)
        #expect(KeyRecord(Array("12a69156 I--Q".utf8)[...]) == nil)
    }

    @Test func linesOfSwapAreRead() {
        let swap = SwapRecord(Array("/a\\040b\tfile\t1024\t\t0\t\t-2".utf8)[...])
        #expect(swap?.path == "/a b" && swap?.size == 1 << 20 && swap?.priority == -2)
        #expect(SwapRecord(Array("/a file".utf8)[...]) == nil)
    }

    @Test func messagesAreCountedByLevelAndNumber() {
        var tally = MessageTally()
        for text in [
            "6,10,1000,-;hello", "3,11,2000,-;disk on fire\n SUBSYSTEM=block", "4,15,3000,-;x",
        ] {
            let message = with(Array(text.utf8)) { KernelMessage($0) }
            #expect(message != nil)
            if let message { tally.add(message) }
        }
        #expect(tally.fields["err"] == 1 && tally.fields["warning"] == 1)
        #expect(tally.fields["overwritten"] == 3)
        #expect(tally.fields["lastError"] == "disk on fire")
        for text in ["", ";", "x,1,2,-;a", "3,1"] {
            #expect(with(Array(text.utf8)) { KernelMessage($0) } == nil, "\(text)")
        }
    }

    @Test func taintsAndBracketsAreWords() {
        #expect(KernelSource.taints(0) == [])
        #expect(KernelSource.taints(1 << 9 | 1 << 13) == ["warning", "unsigned module"])
        #expect(KernelSource.taints(1 << 40) == ["bit 40"])
        #expect(KernelSource.chosen("none [integrity] confidentiality") == "integrity")
        #expect(KernelSource.chosen("none") == nil)
        let text = "Personalities : [raid1] [raid6] \nunused devices: <none>\n"
        #expect(KernelSource.personalities(Array(text.utf8)) == ["raid1", "raid6"])
    }

    @Test func settingsAreReadAsTheirToolReadsThem() {
        let text = """
            # comment
            ; comment
             vm.swappiness=10
            -net.ipv4.conf.default.rp_filter =  2
            net/ipv4/conf/eth0.1/forwarding = 1
            kernel.printk = 3	4 1 3
            nonsense
            """
        let settings = SysctlSource.settings(Array(text.utf8))
        #expect(
            settings.map(\.name) == [
                "vm.swappiness", "net.ipv4.conf.default.rp_filter",
                "net.ipv4.conf.eth0/1.forwarding", "kernel.printk",
            ])
        #expect(settings.map(\.value) == ["10", "2", "1", "3 4 1 3"])
    }

    @Test func socketsAreGroupedByTheirNumber() {
        let one = { (number: Int, socket: Int) in
            "processor\t: \(number)\nvendor_id\t: V\nmodel name\t: M\nphysical id\t: \(socket)\n"
                + "cpu cores\t: 2\nflags\t\t: fpu lm\naddress sizes\t: 46 bits physical, 48 b\n\n"
        }
        let text = one(0, 0) + one(1, 1) + one(2, 0)
        let sockets = CPUSocket.sockets(Array(text.utf8))
        #expect(sockets.map(\.processors) == [[0, 2], [1]])
        #expect(sockets.first?.fields["cores"] == 2)
        #expect(sockets.first?.fields["addressWidth"] == 64)
        #expect(sockets.first?.fields["physicalAddressBits"] == 46)
        #expect(CPUSocket.sockets([]).isEmpty)
        #expect(CPUSocket.sockets(Array("processor: x\n\n:::\n".utf8)).isEmpty)
    }
}

struct AuditRecordTests {
    static func datagram(_ type: UInt16, _ text: String) -> [UInt8] {
        [UInt8](repeating: 0, count: 4) + [UInt8(type & 0xFF), UInt8(type >> 8)]
            + [UInt8](repeating: 0, count: 10) + Array(text.utf8) + [0]
    }

    private func record(_ type: UInt16, _ text: String) -> AuditRecord? {
        with(Self.datagram(type, text)) { AuditRecord($0) }
    }

    @Test func loginsAreRead() {
        let one = record(
            1112,
            "audit(1700000000.123:456): pid=12 uid=0 auid=1000 ses=3 msg='op=login "
                + "acct=\"root\" exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.1 terminal=ssh "
                + "res=failed'")
        #expect(one?.time == 1_700_000_000_123)
        #expect(one?.fields["acct"] == "root" && one?.fields["addr"] == "10.0.0.1")
        #expect(one?.fields["op"] == "login" && one?.result == "failed")
        #expect(one?.group == "login")
    }

    @Test func denialsAreRead() {
        let se = record(
            1400,
            "audit(1.002:3): avc:  denied  { read write } for  pid=9 comm=\"x\" name=\"shadow\" "
                + "scontext=u:r:a:s0 tcontext=u:r:b:s0 tclass=file permissive=0")
        #expect(se?.fields["permissions"] == "read write" && se?.result == "denied")
        #expect(se?.fields["scontext"] == "u:r:a:s0" && se?.fields["pid"] == "9")
        let armor = record(
            1400,
            "audit(1.002:3): apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/bin/man\" "
                + "name=2F746D702F6120622F63 pid=9 comm=6D616E denied_mask=\"r\"")
        #expect(armor?.result == "denied" && armor?.fields["name"] == "/tmp/a b/c")
        #expect(armor?.fields["comm"] == "man")
    }

    @Test func hostileRecordsAreHarmless() {
        for text in ["", "audit(", "audit(1.2:3", "audit(x.y:z): a=b", "audit(1.2222:3): a", "=)="]
        {
            #expect(record(1112, text) == nil, "\(text)")
        }
        #expect(record(1309, "audit(1.002:3): argc=1 a0=\"secret\"") == nil)
        let one = record(1112, "audit(1.002:3): a=\"b = ' \u{0} c=")
        #expect(one != nil)
        #expect(AuditRecord.pairs(Array("a=b a=c ===".utf8)[...])["a"] == "b")
        var many = SecurityEvents()
        for number in 0..<3000 {
            let text = "audit(\(number).000:1): pid=1 acct=\"u\(number)\" res=failed"
            if let one = record(1112, text) {
                let isFirst = many.add(one)
                #expect(isFirst)
            }
        }
        #expect(many.seen.count == 1024)
        many.forget(before: 2_999_000)
        #expect(many.seen.count == 1)
    }
}
