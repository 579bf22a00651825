internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Volumes on the real kernel: loop devices, mounts, copies. As root.
@Suite(.serialized, .enabled(if: LinuxSystem.userID == 0, "mounts need root"))
struct VolumeRigTests {
    @Test(arguments: VolumeDevice.allCases)
    func volumesAreMadeGivenTakenAndDeleted(device: VolumeDevice) throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(device)
        let path = try rig.attach(id)
        #expect(try rig.attach(id) == path, "a second time is the same")
        #expect(try rig.shell("echo kept >\(path)/file") == 0)
        let state = try #require(try rig.driver.state(id))
        #expect(state.path == path && state.isReady)
        #expect(state.volume.holder?.name == "web-1")
        #expect((state.used ?? 0) > 0)
        #expect(refusal { _ = try rig.driver.delete(id) }?.kind == .attached)
        #expect(try rig.detach(id))
        #expect(try !rig.detach(id), "a second time does nothing")
        #expect(try rig.attach(id, 2, at: 2) == path)
        #expect(try LinuxFiles().text(path + "/file") == "kept\n", "the next task finds it")
        #expect(try rig.detach(id, 2))
        #expect(try rig.driver.delete(id))
        #expect(try !rig.driver.delete(id))
        #expect(try LinuxFiles().names(in: rig.driver.root) == [])
        #expect(rig.mounted == [])
        #expect(eventually { rig.loops.isEmpty })
    }

    @Test(arguments: [VolumeDevice.loop, .tmpfs])
    func noMoreThanTheSizeCanBeWritten(device: VolumeDevice) throws {
        let rig = try Rig()
        defer { rig.remove() }
        let size: Int64 = 16 << 20
        let id = try rig.make(device, size)
        let path = try rig.attach(id)
        let first = fill(path + "/full", atMost: 64 << 20)
        #expect(first.reason == ENOSPC)
        #expect(first.written <= Int(size) && first.written > Int(size) / 2)
        if device == .loop, !LinuxMounts.growsMounted {
            let error = try #require(refusal { _ = try rig.driver.grow(id, to: 2 * size) })
            #expect(error.kind == .attached)
            #expect(error.remedy?.contains("CAP_SYS_RESOURCE") == true)
            #expect(try rig.detach(id))
        }
        #expect(try rig.driver.grow(id, to: 2 * size).size == 2 * size)
        #expect(try rig.attach(id, at: 2) == path)
        let second = fill(path + "/more", atMost: 64 << 20)
        #expect(second.reason == ENOSPC)
        #expect(second.written > Int(size) / 2 && second.written <= Int(size) * 3 / 2)
        #expect(first.written + second.written <= 2 * Int(size))
        #expect(try rig.driver.state(id)?.volume.size == 2 * size)
    }

    @Test func anImageHasExactlyTheSizeAndGrowsUnattached() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.loop, 9_000_000)
        let image = "\(rig.driver.root)/\(id)/image"
        #expect(try FileCopy.size(image).size == 9_000_000)
        #expect(try FileCopy.size(image).taken < 9_000_000, "it is sparse")
        #expect(try rig.driver.grow(id, to: 40_000_000).size == 40_000_000)
        #expect(try rig.driver.grow(id, to: 40_000_000).size == 40_000_000)
        #expect(refusal { _ = try rig.driver.grow(id, to: 30_000_000) }?.kind == .unsupported)
        #expect(try FileCopy.size(image).size == 40_000_000)
        #expect(rig.mounted == [])
        let path = try rig.attach(id)
        #expect(try LinuxMounts().space(path).size > 30_000_000)
    }

    @Test func anOlderDecisionComesTooLateForEver() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.directory)
        _ = try rig.attach(id, 1, at: 20)
        #expect(try rig.detach(id, 1))
        let next = try rig.next()
        let late = try #require(refusal { _ = try rig.attach(id, 2, at: 19, with: next) })
        #expect(late.kind == .fenced)
        #expect(late.description.contains("position 19 is older than 20"))
        _ = try rig.attach(id, 2, at: 21, with: next)
        let held = try #require(refusal { _ = try rig.attach(id, 1, at: 22, with: next) })
        #expect(held.kind == .attached)
        #expect(held.cause.contains("task web-2 has it since 2026-"))
        #expect(refusal { _ = try rig.attach(id, 2, at: 20, with: next) }?.kind == .fenced)
        #expect(try rig.next().state(id)?.volume.fence == Position(21))
    }

    @Test(arguments: [VolumeDevice.loop, .tmpfs])
    func afterARebootAttachMountsAgain(device: VolumeDevice) throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(device)
        let path = try rig.attach(id)
        #expect(try rig.shell("echo kept >\(path)/file && sync") == 0)
        #expect(try LinuxMounts().unmount("\(rig.driver.root)/\(id)/mount"))
        let next = try rig.next()
        let state = try #require(try next.state(id))
        #expect(!state.isReady && state.volume.holder?.name == "web-1")
        #expect(LinuxFiles().kind(path) == nil, "nothing can be written beside the mount")
        #expect(try rig.attach(id, with: next) == path)
        #expect(try next.state(id)?.isReady == true)
        let text = try LinuxFiles().text(path + "/file")
        #expect(text == (device == .loop ? "kept\n" : nil), "memory is empty after a reboot")
    }

    @Test func aFrozenFileSystemGoesOnInTheNextLife() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.loop)
        let path = try rig.attach(id)
        let mount = "\(rig.driver.root)/\(id)/mount"
        #expect(try rig.shell("fsfreeze --freeze \(mount)") == 0)
        _ = try rig.next()
        #expect(try rig.shell("timeout 10 sh -c 'echo written >\(path)/file'") == 0)
        #expect(try rig.shell("fsfreeze --unfreeze \(mount)") != 0, "it was not frozen any more")
    }

    @Test func whatNobodyHasIsUnmountedByTheNextLife() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.loop)
        let folder = "\(rig.driver.root)/\(id)"
        try LinuxMounts().mount(image: folder + "/image", on: folder + "/mount")
        try LinuxFiles().makeFolder(rig.driver.root + "/.new-\(Identifier(high: 1, low: 2))/mount")
        try LinuxFiles().makeFolder(folder + "/snapshots/.new-half/data")
        let next = try rig.next()
        #expect(rig.mounted == [])
        #expect(try LinuxFiles().names(in: next.root) == ["\(id)"])
        #expect(try LinuxFiles().names(in: folder + "/snapshots") == [])
    }

    @Test func aVolumeInUseStaysAttached() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.loop)
        let path = try rig.attach(id)
        let file = unsafe open(path, O_RDONLY | O_DIRECTORY)
        let busy = try #require(refusal { _ = try rig.detach(id) })
        #expect(busy.kind == .stillRunning && busy.cause.contains("a process still uses it"))
        #expect(try rig.driver.state(id)?.volume.holder != nil)
        _ = close(file)
        #expect(try rig.detach(id))
    }

    @Test func aTreeOfAnyDepthAndNameIsDeleted() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.directory)
        let path = try rig.attach(id)
        let script = """
            cd \(path) && printf x >"$(printf 'bad\\377name')" && touch deep-1
            i=0; while [ $i -lt 1500 ]; do mkdir d && cd d && echo x >f && i=$((i+1)) || exit 1; done
            """
        #expect(try rig.shell(script) == 0, "\(rig.said)")
        #expect(try rig.detach(id))
        let deep = try #require(refusal { _ = try rig.driver.state(id) })
        #expect(deep.cause.contains("deeper than"))
        #expect(try rig.driver.state(id, measured: false) != nil)
        #expect(try rig.driver.delete(id))
        #expect(LinuxFiles().kind("\(rig.driver.root)/\(id)") == nil)
    }

    @Test func aVolumeIsMeasuredWhileItsTaskWorks() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.directory)
        let path = try rig.attach(id)
        let work = "while :; do mkdir -p a/b; echo x >a/b/c; echo y >f; rm -r a f; done"
        #expect(try rig.shell("cd \(path); (\(work)) & echo $! >\(rig.path)/worker") == 0)
        defer { _ = try? rig.shell("kill $(cat \(rig.path)/worker)") }
        for _ in 0..<300 {
            let list = try rig.driver.list()
            #expect(list.broken == [] && list.volumes.count == 1)
        }
    }
}
