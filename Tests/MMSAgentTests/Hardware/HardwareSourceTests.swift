import Host
import Resources
import Testing

@testable import MMSAgent

/// A sensor of a source over the simulated kernel, and the picture it gives.
private final class Rig {
    let kernel = SimulatedKernel()
    let sensor: LevelSensor
    var picture: [Observation.Subject: Observation.Sighting] = [:]
    var causes: [String] = []
    var openGaps = 0

    init(_ source: any LevelSource, _ prepare: (SimulatedKernel) -> Void) {
        prepare(kernel)
        sensor = LevelSensor(source, on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        take(out)
    }

    func take(_ out: [Observation]) {
        for observation in out {
            switch observation {
            case .present(let one): picture[one.subject] = one
            case .absent(let subject, _, _): picture[subject] = nil
            case .gap(_, let cause, _):
                causes.append(cause)
                openGaps += 1
            case .gapClosed: openGaps -= 1
            case .edges: break
            }
        }
    }

    /// Lets what is queued and due be done.
    func quiesce() {
        for _ in 0..<30 {
            kernel.time.advance(milliseconds: 100)
            var out: [Observation] = []
            for index in sensor.feeds.indices { sensor.ready(index, &out) }
            let now = kernel.clock.ticks
            if let due = sensor.deadline, due <= now { sensor.expire(now, &out) }
            take(out)
        }
    }

    func sweep() {
        var out: [Observation] = []
        sensor.sweep(slices: false, &out)
        take(out)
        quiesce()
    }

    func one(_ type: String, _ name: String) -> ValueMap? {
        picture.first { $0.key.type.text == type && $0.key.name.text == name }?.value.data
    }

    func links(_ type: String, _ name: String, _ relation: String) -> [String] {
        let one = picture.first { $0.key.type.text == type && $0.key.name.text == name }?.value
        return (one?.links[relation] ?? []).map(\.name.text)
    }
}

private func uevent(_ subsystem: String, _ number: Int) -> [UInt8] {
    Array("change@/x\0ACTION=change\0SUBSYSTEM=\(subsystem)\0SEQNUM=\(number)\0".utf8)
}

/// A disk with a partition.
private func addDisk(_ kernel: SimulatedKernel, _ name: String, sequence: Int) {
    let folder = "/sys/devices/pci0000:00/0000:00:02.0/block/\(name)"
    let uevent = "MAJOR=8\nMINOR=0\nDEVNAME=\(name)\nDEVTYPE=disk\nDISKSEQ=\(sequence)\n"
    kernel.link(
        "/sys/class/block/\(name)", to: "../../devices/pci0000:00/0000:00:02.0/block/\(name)")
    for (path, text) in [
        ("uevent", uevent), ("size", "2048\n"), ("ro", "0\n"), ("queue/rotational", "1\n"),
        ("device/model", "Disk of\tmany words  \n"), ("serial", "S1\n"),
    ] {
        kernel.write("/sys/class/block/\(name)/\(path)", text)
        kernel.write("\(folder)/\(path)", text)
    }
    kernel.link(
        "/sys/class/block/\(name)1",
        to: "../../devices/pci0000:00/0000:00:02.0/block/\(name)/\(name)1")
    for (path, text) in [
        (
            "uevent",
            "MAJOR=8\nMINOR=1\nDEVNAME=\(name)1\nDEVTYPE=partition\nDISKSEQ=\(sequence)\nPARTN=1\n"
        ),
        ("size", "1024\n"), ("start", "8\n"), ("partition", "1\n"),
    ] {
        kernel.write("/sys/class/block/\(name)1/\(path)", text)
    }
}

struct BlockSourceTests {
    @Test func disksComeChangeAndGo() {
        let rig = Rig(BlockSource()) { addDisk($0, "sda", sequence: 1) }
        #expect(rig.causes == ["start"] && rig.openGaps == 0)
        #expect(rig.one("block-device", "sda")?["size"] == .int(1 << 20))
        #expect(rig.one("block-device", "sda")?["model"] == "Disk of\tmany words")
        #expect(rig.one("block-device", "sda1")?["offset"] == 4096)
        #expect(rig.links("block-device", "sda1", "ON") == ["sda"])
        #expect(rig.links("block-device", "sda", "AT") == ["0000:00:02.0"])
        addDisk(rig.kernel, "sdb", sequence: 2)
        rig.quiesce()
        #expect(rig.one("block-device", "sdb") == nil)
        rig.kernel.send(netlink: 15, uevent("block", 1))
        rig.quiesce()
        #expect(rig.one("block-device", "sdb") != nil)
        rig.kernel.remove("/sys/class/block/sda")
        rig.kernel.remove("/sys/class/block/sda1")
        rig.kernel.send(netlink: 15, uevent("block", 2))
        rig.quiesce()
        #expect(rig.one("block-device", "sda") == nil && rig.one("block-device", "sda1") == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0 && rig.sensor.statistics.sweeps == 1)
    }

    @Test func anotherMediumIsAnotherDevice() throws {
        let rig = Rig(BlockSource()) { addDisk($0, "sda", sequence: 1) }
        let subject = BlockSource.subject("sda")
        let before = try #require(rig.picture[subject]?.identity)
        addDisk(rig.kernel, "sda", sequence: 5)
        rig.kernel.send(netlink: 15, uevent("block", 1))
        rig.quiesce()
        #expect(rig.picture[subject]?.identity != before)
    }

    @Test func aLossIsAGapAndThenAllIsThere() {
        let rig = Rig(BlockSource(bufferBytes: 832 * 2)) { addDisk($0, "sda", sequence: 1) }
        addDisk(rig.kernel, "sdb", sequence: 2)
        for number in 0..<9 { rig.kernel.send(netlink: 15, uevent("block", number)) }
        rig.quiesce()
        #expect(rig.causes.count == 2 && rig.openGaps == 0)
        #expect(rig.causes.last?.contains("ENOBUFS") == true)
        #expect(rig.one("block-device", "sdb") != nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func withoutPrivilegeItReadsAndSaysSo() {
        let rig = Rig(BlockSource()) {
            $0.isUnprivileged = true
            addDisk($0, "sda", sequence: 1)
        }
        #expect(rig.sensor.contract.mechanism == "reads /sys every 10 s")
        #expect(rig.sensor.contract.why.contains("not permitted"))
        addDisk(rig.kernel, "sdb", sequence: 2)
        rig.kernel.time.advance(milliseconds: 10_000)
        rig.quiesce()
        #expect(rig.one("block-device", "sdb") != nil)
    }

    @Test func aFileSystemIsReadFromTheDeviceOrFromUdev() {
        var bytes = [UInt8](repeating: 0, count: Superblock.bytes)
        bytes.replaceSubrange(0x438..<0x43A, with: [0x53, 0xEF])
        bytes.replaceSubrange(0x478..<0x47C, with: Array("data".utf8))
        let rig = Rig(BlockSource()) {
            addDisk($0, "sda", sequence: 1)
            $0.write("/dev/sda1", bytes: bytes)
        }
        #expect(rig.one("block-device", "sda1")?["fileSystem"] == "ext2")
        #expect(rig.one("block-device", "sda1")?["label"] == "data")
        let udev = Rig(BlockSource()) {
            addDisk($0, "sda", sequence: 1)
            $0.write("/run/udev/data/b8:1", "I:1\nE:ID_FS_TYPE=xfs\nE:ID_FS_LABEL=other\n")
        }
        #expect(udev.one("block-device", "sda1")?["fileSystem"] == "xfs")
        #expect(udev.one("block-device", "sda1")?["label"] == "other")
    }

    @Test func aMountIsOnItsDevice() {
        let record = MountRecord(Array("20 1 8:1 / / rw - ext4 /dev/sda1 rw".utf8)[...])
        let kernel = SimulatedKernel()
        kernel.link("/sys/dev/block/8:1", to: "../../devices/block/sda/cciss!sda1")
        let names = kernel.blockDevices(of: [record].compactMap(\.self))
        #expect(names == ["8:1": "cciss/sda1"])
    }
}

struct KernelStateSourceTests {
    @Test func aSettingIsSeenWhenItIsWritten() {
        let rig = Rig(SysctlSource()) {
            $0.write("/proc/sys/vm/swappiness", "60\n")
            $0.write("/proc/sys/fs/file-nr", "1\t2\t3\n")
            $0.write("/proc/sys/kernel/random/uuid", "x\n")
            $0.write("/proc/sys/net/ipv4/conf/all/rp_filter", "1\n")
            $0.write("/proc/sys/net/ipv4/conf/eth0/rp_filter", "1\n")
            $0.write("/proc/sys/net/ipv6/conf/all/stable_secret", "fe80::1\n")
            $0.write("/etc/sysctl.conf", "vm.swappiness = 10\n")
        }
        #expect(rig.picture.count == 3)
        #expect(rig.one("sysctl", "vm.swappiness")?["value"] == "60")
        #expect(rig.one("sysctl", "vm.swappiness")?["agrees"] == false)
        #expect(rig.one("sysctl", "net.ipv6.conf.all.stable_secret")?["value"] == "***")
        rig.kernel.write("/proc/sys/vm/swappiness", "10\n")
        rig.quiesce()
        #expect(rig.one("sysctl", "vm.swappiness")?["agrees"] == true)
        rig.kernel.remove("/etc/sysctl.conf")
        rig.quiesce()
        #expect(rig.one("sysctl", "vm.swappiness")?["configured"] == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0 && rig.sensor.statistics.sampled == 0)
    }

    @Test func modulesComeAndGo() {
        let rig = Rig(ModuleSource()) {
            $0.write("/proc/modules", "loop 40960 0 - Live 0x0000000000000000\n")
            $0.write("/sys/module/loop/parameters/max_loop", "8\n")
            $0.write("/sys/module/printk/parameters/time", "Y\n")
        }
        #expect(rig.one("kernel-module", "loop")?["state"] == "live")
        #expect(rig.one("kernel-module", "loop")?["parameters"] == .list(["max_loop"]))
        #expect(rig.one("kernel-module", "printk")?["state"] == "built-in")
        rig.kernel.write(
            "/proc/modules",
            "nat 1 0 - Live 0x0\nloop 40960 1 nat, Live 0x0000000000000000\n")
        rig.kernel.send(netlink: 15, uevent("module", 1))
        rig.quiesce()
        #expect(rig.links("kernel-module", "loop", "USED_BY") == ["nat"])
        rig.kernel.write("/proc/modules", "")
        rig.kernel.remove("/sys/module/loop")
        rig.kernel.send(netlink: 15, uevent("module", 2))
        rig.quiesce()
        #expect(rig.one("kernel-module", "loop") == nil)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func messagesAreToldByTheMinuteAndErrorsAtOnce() {
        let rig = Rig(KernelLogSource()) { _ in }
        for number in 0..<20 {
            rig.kernel.send(.messages, Array("6,\(number),1,-;chatter".utf8))
        }
        rig.quiesce()
        #expect(rig.one("kernel-log", "kernel")?["info"] == 0)
        rig.kernel.send(.messages, Array("2,20,5000,-;on fire".utf8))
        rig.quiesce()
        #expect(rig.one("kernel-log", "kernel")?["info"] == 20)
        #expect(rig.one("kernel-log", "kernel")?["lastError"] == "on fire")
        rig.kernel.send(.messages, Array("6,25,1,-;later".utf8))
        rig.kernel.time.advance(milliseconds: 60_000)
        rig.quiesce()
        #expect(rig.one("kernel-log", "kernel")?["info"] == 21)
        #expect(rig.one("kernel-log", "kernel")?["overwritten"] == 4)
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func whatTheAuditSystemLostIsAGap() {
        var (lost, asked, isSilent): (UInt8, Int, Bool) = (0, 0, false)
        let rig = Rig(AuditSource()) { kernel in
            kernel.answers[9] = { _ in
                asked += 1
                if isSilent { return ([], .complete) }
                var answer = [UInt8](repeating: 0, count: 60)
                answer[4] = 0xE8
                answer[5] = 3
                answer[20] = 1
                answer[40] = lost
                return ([answer], .complete)
            }
        }
        #expect(rig.one("audit", "audit")?["enabled"] == true)
        let text = "audit(1700000000.123:4): pid=1 uid=0 acct=\"root\" exe=\"/bin/su\" res=failed"
        let now = rig.kernel.clock.now.milliseconds / 1000
        let fresh = text.replacing("1700000000", with: "\(now)")
        for _ in 0..<3 { rig.kernel.send(netlink: 9, AuditRecordTests.datagram(1100, fresh)) }
        rig.quiesce()
        let events = rig.picture.values.filter { $0.subject.type.text == "security-event" }
        #expect(events.map { $0.data["count"] } == [3])
        #expect(events.first?.data["account"] == "root")
        rig.sweep()
        lost = 7
        // Each answer is a thread of the kernel: while nothing is told nobody asks.
        let quiet = asked
        rig.sweep()
        #expect(asked == quiet)
        rig.kernel.time.advance(milliseconds: 600_000)
        isSilent = true
        rig.sweep()
        rig.quiesce()
        #expect(asked > quiet)
        #expect(rig.one("audit", "audit") == nil)
        // Who got no answer does not wait another ten minutes, and knows what was lost before.
        isSilent = false
        rig.sweep()
        rig.quiesce()
        #expect(rig.causes.contains { $0.contains("lost 7") })
        #expect(rig.openGaps == 0 && rig.sensor.statistics.drift == 0)
    }

    @Test func withoutPrivilegeTheAuditSensorSaysSo() {
        let rig = Rig(AuditSource()) { $0.isUnprivileged = true }
        #expect(rig.sensor.contract.mechanism == "none")
        #expect(rig.sensor.contract.mayMiss.contains("all denials"))
        #expect(rig.picture.isEmpty && rig.openGaps == 0)
    }

    @Test func swapIsReadWhereItCannotBeWatched() {
        let rig = Rig(SwapSource()) {
            $0.write(
                "/proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 8 1 -2\n")
        }
        #expect(rig.sensor.contract.mechanism.contains("every 10 s"))
        #expect(rig.links("swap", "/dev/sda2", "ON") == ["sda2"])
        rig.kernel.write("/proc/swaps", "Filename Type Size Used Priority\n")
        rig.kernel.time.advance(milliseconds: 10_000)
        rig.quiesce()
        #expect(rig.picture.isEmpty)
    }

    @Test func theTypesOfThisRoomAreWhole() throws {
        for type in HardwareTypes.all {
            _ = try TypeDefinition(name: type.name, data: type.data)
        }
    }
}
