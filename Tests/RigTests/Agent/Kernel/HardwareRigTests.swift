import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

/// A group of one source over this machine's kernel.
private func watching(
    _ picture: Picture, _ source: @escaping @Sendable () -> any LevelSource
) throws -> SensorGroup {
    let group = try SensorGroup(
        [{ LevelSensor(source(), on: LinuxKernel()) }], sweepInterval: nil
    ) { picture.take($0) }
    try group.start()
    let name = source().contract.name
    #expect(picture.reaches { $0.causes.count == 1 && $0.openGaps[name] == 0 })
    return group
}

/// Sweeps once more and expects no drift.
private func settle(_ group: SensorGroup, _ picture: Picture) {
    let before = group.reports.first?.statistics.sweeps ?? 0
    group.sweep()
    #expect(picture.reaches { _ in (group.reports.first?.statistics.sweeps ?? 0) > before })
    #expect(group.reports.first?.statistics.drift == 0)
    #expect(picture.state.withLock { $0.faults } == [])
}

private func line(_ command: String) -> String {
    shell(command).split(separator: "\n").first.map { String($0) } ?? ""
}

private let isRoot = getuid() == 0

@Suite(.serialized) struct DeviceRigTests {
    /// Loop devices need root.
    @Test(.enabled(if: isRoot)) func aLoopDeviceWithPartitionsIsSeenAndUndone() throws {
        let picture = Picture()
        let group = try watching(picture) { BlockSource() }
        defer { group.stop() }
        let folder = line("mktemp -d")
        let image = "\(folder)/disk image"
        var device = ""
        defer {
            if !device.isEmpty { _ = shell("partx -d \(device) 2>/dev/null; losetup -d \(device)") }
            _ = shell("rm -rf '\(folder)'")
        }
        // This kernel may know no partition tables: partx tells it what sfdisk wrote.
        _ = shell(
            "truncate -s 64M '\(image)'; printf 'label: gpt\\n,20M,L\\n,,L\\n' | sfdisk -q '\(image)'"
        )
        device = line("losetup -f --show '\(image)'")
        let name = String(device.dropFirst(5))
        _ = shell("partx -a \(device) 2>/dev/null; mkfs.ext4 -q -L pisces \(device)p1")
        _ = shell("udevadm settle 2>/dev/null")
        #expect(
            picture.reaches { state in
                state.subjects[BlockSource.subject("\(name)p1")] != nil
                    && state.subjects[BlockSource.subject("\(name)p2")] != nil
            })
        group.sweep()
        #expect(
            picture.reaches {
                $0.subjects[BlockSource.subject("\(name)p1")]?.data["label"] == "pisces"
            })
        let disk = try #require(picture.all("block-device")[name])
        #expect(disk.data["backingFile"]?.text == image)
        #expect(disk.data["tableType"] == "gpt")
        let part = try #require(picture.all("block-device")["\(name)p1"])
        #expect(part.links["ON"] == [BlockSource.subject(name)])
        #expect(part.data["fileSystem"] == "ext4")
        #expect(part.data["fileSystemUuid"]?.text == line("blkid -p -o value -s UUID \(device)p1"))
        try compare(picture)
        _ = shell("partx -d \(device); losetup -d \(device)")
        device = ""
        #expect(
            picture.reaches { state in
                !state.subjects.keys.contains { $0.name.text.hasPrefix(name) }
            })
        settle(group, picture)
        try compare(picture)
    }

    /// Compares with what lsblk says, but for RAM disks, which it hides.
    private func compare(_ picture: Picture) throws {
        let filter =
            "jq -r '[.. | objects | select(.name)][] | [.name,.\"maj:min\",.size,.ro] | @tsv'"
        let truth = shell("lsblk -J -b -o NAME,MAJ:MIN,SIZE,RO | \(filter) | sort -u")
        let mine = picture.all("block-device").filter { !$0.key.hasPrefix("ram") }.map {
            name, one in
            let size = one.data["size"]?.int ?? -1
            let isReadOnly = one.data["readOnly"]?.bool ?? false
            return "\(name)\t\(one.data["device"]?.text ?? "")\t\(size)\t\(isReadOnly)"
        }
        #expect(mine.sorted() == truth.split(separator: "\n").map { String($0) }.sorted())
    }

    /// Nobody takes the events meanwhile, so that the smallest buffer overflows for certain.
    @Test(.enabled(if: isRoot)) func anOverflowOfEventsIsAGapAndThenAllIsThere() throws {
        let picture = Picture()
        let sensor = LevelSensor(BlockSource(bufferBytes: 4096), on: LinuxKernel())
        var out: [Observation] = []
        sensor.start(&out)
        defer { sensor.stop() }
        let device = "/sys/class/block/\(line("ls /sys/class/block | head -1"))/uevent"
        _ = shell("exec 3>\(device); for i in $(seq 500); do echo change >&3; done")
        sensor.ready(0, &out)
        sensor.sweep(slices: false, &out)
        picture.take(out)
        let (causes, gaps) = picture.state.withLock { ($0.causes, $0.openGaps) }
        #expect(causes.count == 2 && causes.last?.contains("ENOBUFS") == true)
        #expect(gaps["block-devices"] == 0)
        #expect(sensor.statistics.lost == 1 && sensor.statistics.drift == 0)
        try compare(picture)
    }

    @Test func everyMountOfADeviceLeadsToIt() throws {
        let picture = Picture()
        let group = try watching(picture) { MountSource() }
        defer { group.stop() }
        let truth = shell(
            "findmnt -J -l -o TARGET,SOURCE,MAJ:MIN | jq -r "
                + "'.filesystems[] | select(.\"maj:min\" | startswith(\"0:\") | not) | .target'")
        let mine = picture.all("mount").values.filter { $0.links["ON"]?.isEmpty == false }
        #expect(
            mine.compactMap { $0.data["mountPoint"]?.text }.sorted()
                == truth.split(separator: "\n").map { String($0) }.sorted())
    }

    @Test(.enabled(if: exists("/usr/bin/lspci"), "there is no lspci to compare with"))
    func busesAreWhatTheirToolsSay() throws {
        let picture = Picture()
        let group = try watching(picture) { DeviceSource() }
        defer { group.stop() }
        let truth = shell("lspci -Dn | awk '{print $1, $3}'").split(separator: "\n")
        let mine = picture.all("pci-device").map { name, one in
            "\(name) \(one.data["vendorId"]?.text ?? ""):\(one.data["deviceId"]?.text ?? "")"
        }
        #expect(mine.sorted() == truth.map { String($0) }.sorted())
        settle(group, picture)
    }

    @Test func processorsAreWhatLscpuSays() throws {
        let picture = Picture()
        let group = try watching(picture) { CPUSource() }
        defer { group.stop() }
        let value = { (key: String) in
            line("lscpu -J | jq -r '.. | objects | select(.field == \"\(key):\") | .data'")
        }
        let cpus = picture.all("cpu").values
        #expect(Int64(cpus.count) == Int64(value("Socket(s)")))
        #expect(cpus.first?.data["model"]?.text == value("Model name"))
        #expect(cpus.first?.data["vendor"]?.text == value("Vendor ID"))
        let threads = cpus.compactMap { $0.data["threads"]?.int }.reduce(0, +)
        #expect(threads == Int64(line("nproc --all")))
        let flags = value("Flags").split(separator: " ").map { String($0) }
        #expect(cpus.first?.data["flags"]?.list?.compactMap(\.text) == flags)
        settle(group, picture)
    }

    @Test(.enabled(if: isRoot)) func firmwareIsWhatItsFilesSay() throws {
        let picture = Picture()
        let group = try watching(picture) { FirmwareSource() }
        defer { group.stop() }
        let tables = shell("find /sys/firmware/acpi/tables -maxdepth 1 -type f -printf '%f %s\\n'")
        let mine = picture.all("acpi-table").map { "\($0.key) \($0.value.data["size"]?.int ?? 0)" }
        #expect(mine.sorted() == tables.split(separator: "\n").map { String($0) }.sorted())
        #expect(picture.all("memory-region").count == Int(line("ls /sys/firmware/memmap | wc -l")))
        let kind = unsafe access("/sys/firmware/efi", F_OK) == 0 ? "uefi" : "bios"
        #expect(picture.all("firmware")["firmware"]?.data["kind"]?.text == kind)
        // Where there is SMBIOS, it is what dmidecode reads.
        if unsafe access("/sys/firmware/dmi/tables/DMI", R_OK) == 0 {
            let count = line("dmidecode | grep -c '^Handle'")
            #expect(picture.all("smbios-structure").count == Int(count))
        } else {
            #expect(picture.all("smbios-structure").isEmpty)
            #expect(group.reports.first?.contract.why.contains("no SMBIOS") == true)
        }
        settle(group, picture)
    }
}
