import Host
import Resources
import Testing

@testable import MMSAgent

/// Devices that test machines lack, laid out as the kernel does: every field and link.
private func add(
    _ kernel: SimulatedKernel, _ folder: String, _ files: KeyValuePairs<String, String>
) {
    for (name, text) in files { kernel.write("\(folder)/\(name)", text) }
}

private func names(_ one: Observation.Sighting?, _ relation: String) -> [String] {
    (one?.links[relation] ?? []).map { "\($0.type)/\($0.name)" }
}

/// Arrays and mapped devices. The values of sysfs are those of prometheus/procfs,
/// testdata/fixtures/sys/block; md's files are described in Documentation/admin-guide/md.rst.
@Suite struct LayeredBlockTests {
    private func array(
        _ kernel: SimulatedKernel, _ number: Int, _ md: KeyValuePairs<String, String>,
        _ members: [(String, String, String)]
    ) {
        let folder = "/sys/class/block/md\(number)"
        kernel.link(folder, to: "../../devices/virtual/block/md\(number)")
        let device = "MAJOR=9\nMINOR=\(number)\nDEVNAME=md\(number)\nDEVTYPE=disk\n"
        add(
            kernel, folder,
            [
                "uevent": device + "DISKSEQ=20\n",
                "size": "4186112\n", "ro": "0\n", "md/metadata_version": "1.2\n",
            ])
        for (name, text) in md { kernel.write("\(folder)/md/\(name)", text) }
        for (device, state, slot) in members {
            kernel.write("\(folder)/md/dev-\(device)/state", state + "\n")
            kernel.write("\(folder)/md/dev-\(device)/slot", slot + "\n")
            kernel.write("\(folder)/slaves/\(device)", "")
        }
    }

    private func degraded(_ kernel: SimulatedKernel) {
        array(
            kernel, 5,
            [
                "level": "raid5\n", "array_state": "clean\n", "raid_disks": "3\n",
                "chunk_size": "524288\n", "degraded": "1\n", "sync_action": "idle\n",
                "uuid": "7615b98d-f2ba-4d99-bee8-6202d8e130b9\n",
            ],
            [
                ("sdaa", "spare", "none"), ("sdn", "in_sync", "0"), ("sdo", "in_sync", "1"),
                ("sdp", "faulty", "2"),
            ])
    }

    @Test func anArrayHasItsMembersAndItsState() {
        let kernel = SimulatedKernel()
        degraded(kernel)
        let rig = LevelRig(BlockSource(), on: kernel)
        let member = { (device: Value, state: Value, slot: Value) -> Value in
            ["device": device, "state": state, "slot": slot]
        }
        #expect(
            rig.picture["md5"]?.data == [
                "path": "/dev/md5", "device": "9:5", "kind": "raid5", "size": 2_143_289_344,
                "readOnly": false, "sequence": 20, "raidLevel": "raid5", "raidState": "active",
                "raidDisks": 3, "raidDegraded": 1, "raidAction": "idle", "raidMetadata": "1.2",
                "raidUuid": "7615b98d-f2ba-4d99-bee8-6202d8e130b9", "raidChunk": 524_288,
                "raidMembers": [
                    member("sdaa", "spare", "none"), member("sdn", "in_sync", "0"),
                    member("sdo", "in_sync", "1"), member("sdp", "faulty", "2"),
                ],
            ])
        #expect(
            names(rig.picture["md5"], "ON") == [
                "block-device/sdaa", "block-device/sdn", "block-device/sdo", "block-device/sdp",
            ])
        // Two lost members are no better than one.
        #expect(DeviceTypes.blockDevice.health == "not (raidDegraded > 0)")
    }

    @Test func anArrayThatGrowsAndOneThatOnlyHoldsOthers() {
        let kernel = SimulatedKernel()
        array(
            kernel, 8,
            [
                "level": "raid5\n", "array_state": "active\n", "raid_disks": "11 (10)\n",
                "chunk_size": "524288 (65536)\n", "degraded": "0\n", "sync_action": "reshape\n",
            ], [("cciss!c0d1", "in_sync,write_mostly", "0")])
        array(
            kernel, 7,
            ["level": "container\n", "array_state": "inactive\n", "raid_disks": "\n"], [])
        array(kernel, 9, ["array_state": "clear\n", "level": "\n"], [])
        let rig = LevelRig(BlockSource(), on: kernel)
        let grows = rig.picture["md8"]?.data
        #expect(grows?["raidDisks"] == 11)
        #expect(grows?["raidChunk"] == 524_288)
        #expect(grows?["raidAction"] == "reshape")
        #expect(
            grows?["raidMembers"]
                == [["device": "cciss/c0d1", "state": "in_sync,write_mostly", "slot": "0"]])
        #expect(names(rig.picture["md8"], "ON") == ["block-device/cciss/c0d1"])
        let holds = rig.picture["md7"]?.data
        #expect(holds?["kind"] == "container")
        #expect(holds?["raidState"] == "inactive")
        #expect(holds?["raidDisks"] == nil && holds?["raidDegraded"] == nil)
        #expect(rig.picture["md9"]?.data["kind"] == "md")
    }

    /// `/proc/mdstat` wakes its readers when a member fails or a rebuild begins or ends
    /// (md_new_event in drivers/md/md.c); uevents do not tell of either.
    @Test func aMemberThatFailsIsSeenWithoutASweep() {
        let kernel = SimulatedKernel()
        degraded(kernel)
        kernel.announcing = ["/proc/mdstat"]
        kernel.write("/proc/mdstat", "Personalities : [raid6] [raid5] [raid4]\n")
        var rig = LevelRig(BlockSource(), on: kernel)
        #expect(rig.sensor.contract.mechanism.contains("/proc/mdstat"))
        kernel.write("/sys/class/block/md5/md/degraded", "2\n")
        kernel.write("/sys/class/block/md5/md/dev-sdo/state", "faulty\n")
        rig.settle()
        #expect(rig.picture["md5"]?.data["raidDegraded"] == 1, "nothing has told of it yet")
        kernel.write("/proc/mdstat", "md5 : active raid5 sdaa[3](S) sdp[2](F) sdo[1](F) sdn[0]\n")
        rig.settle()
        #expect(rig.picture["md5"]?.data["raidDegraded"] == 2)
        #expect(rig.picture["md5"]?.origin == .intercepted)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0 && rig.sensor.statistics.sampled == 0)
    }

    /// The driver of arrays is loaded with the first one, long after the start.
    @Test func aDriverOfArraysThatIsLoadedLaterIsHeardToo() {
        let kernel = SimulatedKernel()
        var rig = LevelRig(BlockSource(), on: kernel)
        #expect(!rig.sensor.contract.mechanism.contains("/proc/mdstat"))
        degraded(kernel)
        kernel.announcing = ["/proc/mdstat"]
        kernel.write("/proc/mdstat", "md5 : active raid5 sdaa[3](S) sdp[2](F) sdo[1] sdn[0]\n")
        kernel.send(netlink: 15, Array("add@/x\0SUBSYSTEM=block\0SEQNUM=7\0".utf8))
        rig.settle()
        #expect(rig.picture["md5"]?.data["raidDegraded"] == 1)
        #expect(rig.sensor.contract.mechanism.contains("/proc/mdstat"))
        kernel.write("/sys/class/block/md5/md/degraded", "2\n")
        kernel.write("/proc/mdstat", "md5 : active raid5 sdaa[3](S) sdp[2](F) sdo[1](F) sdn[0]\n")
        rig.settle()
        #expect(rig.picture["md5"]?.data["raidDegraded"] == 2)
        #expect(rig.picture["md5"]?.origin == .intercepted)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0 && rig.sensor.statistics.sampled == 0)
    }

    private func mapping(
        _ kernel: SimulatedKernel, _ number: Int, _ name: String, _ uuid: String,
        on below: [String], suspended: String = "0"
    ) {
        let folder = "/sys/class/block/dm-\(number)"
        kernel.link(folder, to: "../../devices/virtual/block/dm-\(number)")
        add(
            kernel, folder,
            [
                "uevent": "MAJOR=253\nMINOR=\(number)\nDEVNAME=dm-\(number)\nDEVTYPE=disk\n",
                "size": "104857600\n", "ro": "0\n", "diskseq": "3\(number)\n",
                "dm/name": name + "\n", "dm/uuid": uuid + "\n", "dm/suspended": suspended + "\n",
            ])
        for one in below { kernel.write("\(folder)/slaves/\(one)", "") }
    }

    /// Identifiers as LVM, multipath-tools, kpartx and cryptsetup write them
    /// (DM_UUID_PREFIX in cryptsetup's lib/libdevmapper.c).
    @Test func whoMappedADeviceIsInItsIdentifier() {
        let kernel = SimulatedKernel()
        let volume = "LVM-3zSHSR5Nbf4j7g6auAAefWY2CMaX01theZYEvQyecVsm2WtX3iY5q51qq5dWWOq7"
        mapping(kernel, 0, "vg0--lv_root", volume, on: ["sda"])
        mapping(kernel, 1, "mpathA", "mpath-360000000000001", on: ["sdb", "sdc"])
        mapping(kernel, 2, "mpathB", "mpath-360000000000002", on: ["sdd", "sde"], suspended: "1")
        mapping(kernel, 3, "mpathA-part1", "part1-mpath-360000000000001", on: ["dm-1"])
        mapping(
            kernel, 4, "root", "CRYPT-LUKS2-0a1b2c3d4e5f60718293a4b5c6d7e8f9-root", on: ["dm-0"])
        mapping(
            kernel, 5, "usr", "CRYPT-VERITY-51db5bc8a36a4f8a8d5cd1e3b5b8f7de-usr",
            on: ["vda2", "vda3"])
        mapping(kernel, 6, "plain", "", on: ["sdf"])
        let rig = LevelRig(BlockSource(), on: kernel)
        #expect(
            rig.picture["dm-0"]?.data == [
                "path": "/dev/dm-0", "device": "253:0", "kind": "lvm", "size": 53_687_091_200,
                "readOnly": false, "sequence": 30, "mapName": "vg0--lv_root",
                "mapUuid": .text(volume), "suspended": false,
            ])
        #expect(names(rig.picture["dm-0"], "ON") == ["block-device/sda"])
        #expect(rig.picture["dm-0"]?.identity == "253:0:30:\(volume)")
        #expect(rig.picture["dm-1"]?.data["kind"] == "mpath")
        #expect(
            names(rig.picture["dm-1"], "ON") == ["block-device/sdb", "block-device/sdc"])
        #expect(rig.picture["dm-2"]?.data["suspended"] == true)
        #expect(rig.picture["dm-3"]?.data["kind"] == "partition")
        #expect(rig.picture["dm-4"]?.data["kind"] == "crypt")
        #expect(rig.picture["dm-4"]?.data["encryption"] == "LUKS2")
        #expect(rig.picture["dm-5"]?.data["kind"] == "crypt")
        #expect(rig.picture["dm-5"]?.data["encryption"] == nil, "verity hides nothing")
        #expect(rig.picture["dm-6"]?.data["kind"] == "dm")
    }
}

@Suite struct BusDeviceFixtureTests {
    /// A root hub, a hub and a mouse of low speed: Documentation/ABI/testing/sysfs-bus-usb.
    private func addUSB(_ kernel: SimulatedKernel) {
        let controller = "../../../devices/pci0000:00/0000:00:14.0"
        let bus = "/sys/bus/usb/devices"
        for (name, place) in [("usb1", "usb1"), ("1-2", "usb1/1-2"), ("1-2.3", "usb1/1-2/1-2.3")] {
            kernel.link("\(bus)/\(name)", to: "\(controller)/\(place)")
            kernel.link("\(bus)/\(name)/driver", to: "../../../../bus/usb/drivers/usb")
            kernel.write("\(bus)/\(name)/authorized", "1\n")
            kernel.write("\(bus)/\(name)/busnum", "1\n")
        }
        add(
            kernel, "\(bus)/usb1",
            [
                "idVendor": "1d6b\n", "idProduct": "0002\n", "devnum": "1\n",
                "manufacturer": "Linux 6.1.0-18-amd64 xhci-hcd\n",
                "product": "xHCI Host Controller\n", "serial": "0000:00:14.0\n",
                "bcdDevice": "0601\n", "version": " 2.00\n", "bDeviceClass": "09\n",
                "bDeviceSubClass": "00\n", "bDeviceProtocol": "01\n", "speed": "480\n",
                "removable": "unknown\n",
            ])
        add(
            kernel, "\(bus)/1-2",
            [
                "idVendor": "05e3\n", "idProduct": "0608\n", "devnum": "2\n", "speed": "480\n",
                "bDeviceClass": "09\n", "removable": "fixed\n",
            ])
        add(
            kernel, "\(bus)/1-2.3",
            [
                "idVendor": "046d\n", "idProduct": "c077\n", "devnum": "7\n",
                "manufacturer": "Logitech\n", "product": "USB Optical Mouse\n",
                "bcdDevice": "7200\n", "version": " 2.00\n", "bDeviceClass": "00\n",
                "bDeviceSubClass": "00\n", "bDeviceProtocol": "00\n", "speed": "1.5\n",
                "removable": "removable\n", "1-2.3:1.0/bInterfaceClass": "03\n",
            ])
        kernel.link(
            "\(bus)/1-2.3/1-2.3:1.0/driver", to: "../../../../../../../bus/usb/drivers/usbhid")
        kernel.link("\(bus)/1-2.3:1.0", to: "\(controller)/usb1/1-2/1-2.3/1-2.3:1.0")
    }

    @Test func devicesHangOnHubsAndHubsOnControllers() {
        let kernel = SimulatedKernel()
        addUSB(kernel)
        let rig = LevelRig(DeviceSource(), on: kernel)
        #expect(rig.picture.keys.sorted() == ["1-2", "1-2.3", "usb1"])
        #expect(
            rig.picture["1-2.3"]?.data == [
                "bus": 1, "number": 7, "vendorId": "046d", "productId": "c077",
                "vendor": "Logitech", "product": "USB Optical Mouse", "version": "7200",
                "usbVersion": "2.00", "class": "00", "subclass": "00", "protocol": "00",
                "speed": 1500, "removable": true, "authorized": true, "driver": "usb",
                "interfaceDrivers": ["usbhid"],
            ])
        #expect(names(rig.picture["1-2.3"], "PARENT") == ["usb-device/1-2"])
        #expect(rig.picture["1-2"]?.data["removable"] == false)
        #expect(names(rig.picture["1-2"], "PARENT") == ["usb-device/usb1"])
        let root = rig.picture["usb1"]
        #expect(root?.data["speed"] == 480_000)
        #expect(root?.data["serial"] == "0000:00:14.0")
        #expect(root?.data["removable"] == nil, "nobody knows")
        #expect(names(root, "AT") == ["pci-device/0000:00:14.0"])
        #expect(names(root, "PARENT") == [])
    }

    @Test func aRootHubOfAPlatformHasNoHub() {
        let kernel = SimulatedKernel()
        kernel.link(
            "/sys/bus/usb/devices/usb2", to: "../../../devices/platform/soc/xhci-hcd.1.auto/usb2")
        add(
            kernel, "/sys/bus/usb/devices/usb2",
            ["idVendor": "1d6b\n", "idProduct": "0003\n", "devnum": "1\n", "speed": "5000\n"])
        let one = LevelRig(DeviceSource(), on: kernel).picture["usb2"]
        #expect(one?.data["speed"] == 5_000_000)
        #expect(names(one, "PARENT") == [] && names(one, "AT") == [])
    }

    @Test func onlyASpeedIsASpeed() {
        for (text, speed) in [("1.5", 1500), ("12", 12_000), ("20000", 20_000_000)] {
            #expect(BusDevice.kilobits(text) == Int64(speed))
        }
        for text in ["", ".", "1.", ".5", "1.55", "unknown", "-1", "1.5.0", "99999999999999"] {
            #expect(BusDevice.kilobits(text) == nil, "\(text)")
        }
    }

    /// The first two as prometheus/procfs has them (testdata/fixtures/sys/devices), the others by
    /// Documentation/ABI/testing/sysfs-class-power.
    private func addSupplies(_ kernel: SimulatedKernel) {
        let power = "/sys/class/power_supply"
        add(kernel, "\(power)/AC", ["type": "Mains\n", "online": "0\n"])
        add(
            kernel, "\(power)/BAT0",
            [
                "type": "Battery\n", "status": "Discharging\n", "present": "1\n",
                "technology": "Li-ion\n", "cycle_count": "0\n", "capacity": "98\n",
                "capacity_level": "Normal\n", "energy_full_design": "47520000\n",
                "energy_full": "50060000\n", "energy_now": "49450000\n",
                "voltage_min_design": "10800000\n", "manufacturer": "LGC\n",
                "model_name": "LNV-45N1\n", "serial_number": "38109\n", "health": "Good\n",
            ])
        add(
            kernel, "\(power)/battery",
            [
                "type": "Battery\n", "status": "Full\n", "capacity": "24\n",
                "charge_full_design": "7150000\n", "voltage_min_design": "7600000\n",
            ])
        add(kernel, "\(power)/ucsi-1", ["type": "USB\n", "online": "2\n", "scope": "System\n"])
        add(
            kernel, "\(power)/hidpp_battery_0",
            [
                "type": "Battery\n", "online": "1\n", "scope": "Device\n",
                "capacity_level": "Critical\n", "model_name": "Wireless Mouse M325\n",
            ])
    }

    @Test func suppliesSayWhatTheyAreAndHaveLeft() {
        let kernel = SimulatedKernel()
        addSupplies(kernel)
        var rig = LevelRig(DeviceSource(), on: kernel)
        #expect(rig.picture["AC"]?.data == ["kind": "Mains", "online": false])
        #expect(
            rig.picture["BAT0"]?.data == [
                "kind": "Battery", "present": true, "status": "Discharging", "health": "Good",
                "technology": "Li-ion", "manufacturer": "LGC", "model": "LNV-45N1",
                "serial": "38109", "cycles": 0, "level": "full", "designEnergy": 47_520,
            ])
        #expect(
            rig.picture["battery"]?.data == [
                "kind": "Battery", "status": "Full", "level": "low", "designEnergy": 54_340,
            ])
        #expect(rig.picture["ucsi-1"]?.data == ["kind": "USB", "online": true, "scope": "System"])
        #expect(
            rig.picture["hidpp_battery_0"]?.data == [
                "kind": "Battery", "online": true, "scope": "Device", "level": "critical",
                "model": "Wireless Mouse M325",
            ])
        // The charge of every minute is no change; one word to the next is, as the kernel says.
        kernel.write("/sys/class/power_supply/BAT0/capacity", "20\n")
        kernel.send(
            netlink: 15,
            Array("change@/x\0ACTION=change\0SUBSYSTEM=power_supply\0SEQNUM=1\0".utf8))
        rig.settle()
        #expect(rig.picture["BAT0"]?.data["level"] == "low")
        #expect(rig.picture["BAT0"]?.origin == .intercepted)
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    /// Documentation/ABI/testing/sysfs-class-watchdog; without CONFIG_WATCHDOG_SYSFS there are the
    /// device numbers alone.
    @Test func watchdogsSayWhetherTheyRunAndWhatTheyDid() {
        let kernel = SimulatedKernel()
        add(
            kernel, "/sys/class/watchdog/watchdog0",
            [
                "identity": "iTCO_wdt\n", "state": "active\n", "status": "0x8000\n",
                "timeout": "5\n", "timeleft": "4\n", "nowayout": "0\n", "bootstatus": "32\n",
                "dev": "248:0\n",
            ])
        add(kernel, "/sys/class/watchdog/watchdog1", ["dev": "248:1\n"])
        var rig = LevelRig(DeviceSource(), on: kernel)
        #expect(
            rig.picture["watchdog0"]?.data == [
                "model": "iTCO_wdt", "device": "248:0", "state": "active", "timeout": 5,
                "noWayOut": false, "hasReset": true,
            ])
        #expect(rig.picture["watchdog1"]?.data == ["device": "248:1"])
        // Nobody announces that a program has opened it.
        kernel.write("/sys/class/watchdog/watchdog0/state", "inactive\n")
        rig.sweep()
        #expect(rig.picture["watchdog0"]?.data["state"] == "inactive")
        #expect(rig.sensor.statistics.drift == 0 && rig.sensor.statistics.sampled == 1)
    }
}

@Suite struct FirmwareFixtureTests {
    /// Variables of efivarfs: four bytes of attributes, then the value (UEFI 2.10, 3.3;
    /// Documentation/filesystems/efivarfs.rst).
    @Test func secureBootIsWhatItsVariablesSay() {
        let kernel = SimulatedKernel()
        let variable = { (name: String, bytes: [UInt8]) in
            kernel.write(
                "/sys/firmware/efi/efivars/\(name)-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                bytes: bytes)
        }
        variable("SecureBoot", [6, 0, 0, 0, 1])
        variable("SetupMode", [6, 0, 0, 0, 0])
        variable("AuditMode", [6, 0, 0, 0, 0])
        variable("DeployedMode", [6, 0, 0, 0, 1])
        var rig = LevelRig(FirmwareSource(), on: kernel)
        #expect(
            rig.picture["secure-boot"]?.data == [
                "enabled": true, "setupMode": false, "auditMode": false, "deployedMode": true,
            ])
        #expect(!rig.sensor.contract.why.contains("no EFI"))
        variable("SecureBoot", [6, 0, 0, 0, 0])
        variable("DeployedMode", [6, 0, 0, 0])
        rig.sweep()
        #expect(
            rig.picture["secure-boot"]?.data == [
                "enabled": false, "setupMode": false, "auditMode": false,
            ], "a variable without a value says nothing")
        #expect(rig.sensor.statistics.drift == 0)
        // One that is cut short is as good as none.
        variable("SecureBoot", [6, 0, 0])
        rig.sweep()
        #expect(rig.picture["secure-boot"] == nil)
    }

    /// Two slots of one array, as SMBIOS tells of them: the fields up to the bank's text.
    private func slot(_ handle: UInt8, _ locator: String) -> [UInt8] {
        var body = [UInt8](repeating: 0, count: 30)
        body[12] = 1
        body[13] = 2
        return [17, 34, handle, 0] + body + Array("\(locator)\0N0\0\0".utf8)
    }

    /// Documentation/admin-guide/RAS/main.rst; the labels as on a ThunderX2 (the commit message
    /// of "EDAC/ghes: Use labels for DIMMs").
    @Test func controllersCountTheErrorsOfMemory() {
        let kernel = SimulatedKernel()
        kernel.write(
            "/sys/firmware/dmi/tables/DMI",
            bytes: slot(0x46, "DIMM_A0") + slot(0x47, "DIMM_B0") + [127, 4, 0, 1, 0, 0])
        let folder = "/sys/devices/system/edac/mc/mc0"
        add(
            kernel, folder,
            [
                "mc_name": "ghes_edac\n", "size_mb": "32768\n", "ce_count": "3\n",
                "ce_noinfo_count": "1\n", "ue_count": "0\n", "ue_noinfo_count": "0\n",
                "seconds_since_reset": "86400\n", "max_location": "memory 1 \n",
                "csrow0/ce_count": "3\n", "power/control": "auto\n",
                "dimm0/dimm_label": "N0 DIMM_A0\n", "dimm0/dimm_location": "memory 0 \n",
                "dimm0/size": "16384\n", "dimm0/dimm_mem_type": "Registered-DDR4\n",
                "dimm0/dimm_dev_type": "x4\n", "dimm0/dimm_edac_mode": "SECDED\n",
                "dimm0/dimm_ce_count": "2\n", "dimm0/dimm_ue_count": "0\n",
                "rank1/dimm_label": "nowhere\n",
            ])
        // A controller whose driver is just going.
        add(kernel, "/sys/devices/system/edac/mc/mc1", ["mc_name": "half\n"])
        kernel.write("/sys/devices/system/edac/mc/uevent", "")
        var rig = LevelRig(FirmwareSource(), on: kernel)
        let one = rig.picture["mc0"]
        #expect(one?.subject.type == Kind.memoryController)
        #expect(
            one?.data == [
                "model": "ghes_edac", "memory": 34_359_738_368, "corrected": 3, "uncorrected": 0,
                "correctedUnplaced": 1, "uncorrectedUnplaced": 0,
                "modules": [
                    [
                        "name": "dimm0", "label": "N0 DIMM_A0", "location": "memory 0",
                        "size": 17_179_869_184, "technology": "Registered-DDR4", "width": "x4",
                        "errorCorrection": "SECDED", "corrected": 2, "uncorrected": 0,
                    ],
                    ["name": "rank1", "label": "nowhere"],
                ],
            ])
        #expect(names(one, "HAS") == ["memory-module/0x0046"])
        #expect(rig.picture["mc1"] == nil)
        kernel.write("\(folder)/ue_count", "1\n")
        rig.sweep()
        #expect(rig.picture["mc0"]?.data["uncorrected"] == 1)
        #expect(rig.sensor.statistics.drift == 0 && rig.sensor.statistics.sampled == 1)
    }
}
