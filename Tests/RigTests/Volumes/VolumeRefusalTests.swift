internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// What the volume driver refuses, and in which words.
@Suite(.enabled(if: LinuxSystem.userID == 0, "mounts need root")) struct VolumeRefusalTests {
    private func create(
        _ device: VolumeDevice, _ size: Int64, _ driver: VolumeDriver
    ) -> DriverError? {
        let request = VolumeRequest(
            id: Identifier(high: 1, low: 1), name: "data", device: device, size: size)
        return refusal { _ = try driver.create(request, now: now) }
    }

    @Test(arguments: VolumeDevice.allCases)
    func aVolumeLargerThanTheRoomIsRefusedBeforeItIsBegun(device: VolumeDevice) throws {
        let rig = try Rig()
        defer { rig.remove() }
        let error = try #require(create(device, 15 << 40, rig.driver))
        #expect(error.kind == .exhausted)
        #expect(error.cause.hasPrefix("volume too large: 15 TiB asked, "))
        #expect(error.cause.contains("are free"))
        #expect(error.remedy?.contains("ask for less") == true)
        #expect(try LinuxFiles().names(in: rig.driver.root) == [])
    }

    @Test func imagesThatAreNotFullKeepTheirRoom() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let free = try LinuxMounts().space(rig.path).free
        _ = try rig.make(.loop, free / 2, number: 2)
        let error = try #require(create(.loop, free / 2 + (1 << 30), rig.driver))
        #expect(error.cause.hasSuffix("are free and not promised to other volumes"))
    }

    @Test(arguments: [VolumeDevice.loop, .tmpfs])
    func onlyRootMounts(device: VolumeDevice) throws {
        let rig = try Rig()
        defer { rig.remove() }
        let driver = try Rig.driver(in: rig.path, user: 1000)
        let error = try #require(create(device, 16 << 20, driver))
        #expect(error.kind == .deviceMissing)
        #expect(error.cause.contains("only root may mount, and Pisces runs as 1000"))
        #expect(error.remedy == "use driver directory")
        #expect(create(.directory, 16 << 20, driver) == nil)
    }

    @Test func missingProgramsAndLoopDevicesAreNamed() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let bare = try Rig.driver(in: rig.path, programs: rig.path)
        #expect(create(.loop, 16 << 20, bare)?.cause.contains("install e2fsprogs") == true)
        let without = try Rig.driver(
            in: rig.path, mounts: LinuxMounts(loopControl: rig.path + "/none"))
        #expect(create(.loop, 16 << 20, without)?.cause.contains("has no \(rig.path)") == true)
        #expect(LinuxMounts.loopFailure(EBUSY, "i").cause.hasPrefix("no loop device is free"))
    }

    /// A program that fails leaves nothing, and what it said is told.
    @Test func aFailingProgramIsQuoted() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let script = "printf '#!/bin/sh\\necho out of luck; exit 3\\n' >mkfs.ext4"
        #expect(
            try rig.shell(script + "; cp mkfs.ext4 e2fsck; cp mkfs.ext4 resize2fs; chmod +x *") == 0
        )
        let driver = try Rig.driver(in: rig.path, programs: rig.path)
        let error = try #require(create(.loop, 16 << 20, driver))
        #expect(error.description == "mkfs.ext4 data: exit 3: out of luck")
        #expect(try LinuxFiles().names(in: driver.root) == [])
    }

    @Test func aDamagedRecordSpoilsOneVolumeOnly() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.directory)
        let other = try rig.make(.directory, number: 2)
        try LinuxFiles().replace("\(rig.driver.root)/\(id)/record", with: [1, 2, 3])
        let list = try rig.driver.list()
        #expect(list.volumes.map(\.volume.id) == [other])
        #expect(list.broken == ["\(id): is no record of a volume"])
        #expect(refusal { _ = try rig.attach(id) }?.cause == "is no record of a volume")
    }

    @Test func namesAndSizesThatCannotBeAreRefused() throws {
        let rig = try Rig()
        defer { rig.remove() }
        #expect(create(.directory, 0, rig.driver)?.kind == .unsupported)
        #expect(create(.loop, 1 << 20, rig.driver)?.cause.contains("too few") == true)
        let id = try rig.make(.directory)
        #expect(create(.loop, 16 << 20, rig.driver)?.cause == "it exists with driver directory")
        for name in ["", "../x", ".new-x", "a/b", "ä"] {
            let error = refusal { _ = try rig.driver.snapshot(id, as: name, now: now) }
            #expect(error?.kind == .unsupported, "\(name)")
        }
        #expect(
            refusal { _ = try rig.attach(Identifier(high: 7, low: 7)) }?.kind == .unknownInstance)
    }
}
