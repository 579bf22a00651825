internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// Snapshots and clones on the real kernel.
@Suite(.serialized, .enabled(if: LinuxSystem.userID == 0, "mounts need root"))
struct VolumeSnapshotTests {
    private let clone = Identifier(high: 1, low: 77)

    @Test func aTreeIsCopiedWithAllThatFilesHave() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.directory)
        let path = try rig.attach(id)
        let script = """
            cd \(path) && mkdir -p a/b && echo text >a/b/file && ln a/b/file link && ln -s a/b soft
            ln -s /nowhere dangling && mkfifo pipe && truncate -s 10M sparse && echo end >>sparse
            printf x >"$(printf 'bad\\377name')" && chown 1234:567 a/b/file && chmod 4751 a/b/file
            mark='import os; os.setxattr("a/b/file", "user.mark", b"yes"); os.setxattr("a", "user.mark", b"dir")'
            python3 -c "$mark" || exit 1
            chmod 1770 a && chown -h 99:98 soft && touch -d 2001-02-03 a/b/file a
            """
        #expect(try rig.shell(script) == 0, "\(rig.said)")
        let held = try #require(refusal { _ = try rig.driver.snapshot(id, as: "one", now: now) })
        #expect(held.kind == .attached && held.remedy?.contains("use driver loop") == true)
        let snapshot = try rig.driver.snapshot(id, as: "one", quiesced: true, now: now)
        #expect(snapshot.entries == 9)
        #expect(snapshot.copied + snapshot.shared < 1 << 20, "holes cost nothing")
        #expect(try rig.shell("echo changed >\(path)/a/b/file") == 0)
        #expect(try rig.driver.snapshot(id, as: "one", quiesced: true, now: now) == snapshot)
        let origin = VolumeOrigin(volume: id, snapshot: "one")
        _ = try rig.driver.clone(origin, as: clone, named: "copy", now: now)
        let copy = try rig.attach(clone)
        let look = """
            mark='import os; print(os.getxattr("a/b/file", "user.mark"), os.getxattr("a", "user.mark"))'
            cd \(copy) && [ "$(cat a/b/file)" = text ] && [ a/b/file -ef link ] && \
            [ "$(readlink soft)" = a/b ] && [ "$(readlink dangling)" = /nowhere ] && [ -p pipe ] && \
            [ "$(stat -c %s sparse)" = 10485764 ] && [ "$(stat -c %b sparse)" -lt 64 ] && \
            [ "$(stat -c '%u %g %a %h' a/b/file)" = '1234 567 4751 2' ] && \
            [ "$(stat -c '%u %g' soft)" = '99 98' ] && [ "$(stat -c %a a)" = 1770 ] && \
            [ "$(python3 -c "$mark")" = "b'yes' b'dir'" ] && \
            [ "$(date -r a/b/file +%F)$(date -r a +%F)" = 2001-02-032001-02-03 ] && \
            [ -f "$(printf 'bad\\377name')" ]
            """
        #expect(try rig.shell("set -x;" + look) == 0, "\(rig.said)")
        #expect(try rig.driver.state(clone)?.volume.origin == origin)
    }

    @Test func anImageThatIsWrittenIsCopiedWhole() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.loop, 32 << 20)
        let path = try rig.attach(id)
        #expect(try rig.shell("echo kept >\(path)/file") == 0, "it is not synced")
        let writer = "while echo more; do :; done >\(path)/growing & echo $! >\(rig.path)/writer"
        #expect(try rig.shell(writer) == 0)
        defer { _ = try? rig.shell("kill $(cat \(rig.path)/writer)") }
        let snapshot = try rig.driver.snapshot(id, as: "hot", now: now)
        #expect(snapshot.copied + snapshot.shared > 0 && snapshot.size == 32 << 20)
        let image = "\(rig.driver.root)/\(id)/snapshots/hot/image"
        #expect(try rig.shell("cp \(image) checked && e2fsck -fn checked") == 0, "\(rig.said)")
        #expect(try rig.shell("timeout 10 sh -c 'echo on >\(path)/after'") == 0, "it is thawed")
        let origin = VolumeOrigin(volume: id, snapshot: "hot")
        _ = try rig.driver.clone(origin, as: clone, named: "copy", now: now)
        #expect(try rig.driver.grow(clone, to: 64 << 20).size == 64 << 20)
        let copy = try rig.attach(clone)
        #expect(try LinuxFiles().text(copy + "/file") == "kept\n")
        #expect(LinuxFiles().kind(copy + "/after") == nil)
        #expect(try LinuxMounts().space(copy).size > 48 << 20)
    }

    @Test func aTreeThatChangesIsNotKept() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let id = try rig.make(.directory)
        let path = try rig.attach(id)
        let make = "cd \(path) && for i in $(seq 300); do echo $i >f$i; done"
        let writer = "while :; do echo x >\(path)/f7; done & echo $! >\(rig.path)/writer"
        #expect(try rig.shell(make) == 0)
        #expect(try rig.shell(writer) == 0)
        defer { _ = try? rig.shell("kill $(cat \(rig.path)/writer)") }
        let error = try #require(
            refusal { _ = try rig.driver.snapshot(id, as: "torn", quiesced: true, now: now) })
        #expect(error.cause == "its files changed meanwhile; end what writes to it")
        #expect(try LinuxFiles().names(in: "\(rig.driver.root)/\(id)/snapshots") == [])
    }

    @Test func memoryIsNotKeptAndSnapshotsAreDeleted() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let memory = try rig.make(.tmpfs)
        let error = refusal { _ = try rig.driver.snapshot(memory, as: "one", now: now) }
        #expect(error?.cause == "what is in memory is not kept")
        let id = try rig.make(.directory, number: 2)
        _ = try rig.driver.snapshot(id, as: "one", now: now)
        #expect(try rig.driver.state(id)?.snapshots.map(\.name) == ["one"])
        let missing = VolumeOrigin(volume: id, snapshot: "two")
        #expect(
            refusal { _ = try rig.driver.clone(missing, as: clone, named: "c", now: now) }?.cause
                == "it has no snapshot two")
        #expect(try rig.driver.deleteSnapshot("one", of: id))
        #expect(try !rig.driver.deleteSnapshot("one", of: id))
        #expect(try rig.driver.state(id)?.snapshots == [])
    }

    @Test(
        .enabled(
            if: LinuxFiles().kind("/sbin/mkfs.xfs") != nil, "needs a disk that shares: xfsprogs"))
    func aDiskThatCanSharesTheBytes() throws {
        let rig = try Rig()
        defer { rig.remove() }
        let make =
            "truncate -s 320M disk && mkfs.xfs -q disk && mkdir xfs && mount -o loop disk xfs"
        #expect(try rig.shell(make) == 0, "\(rig.said)")
        let driver = try Rig.driver(in: rig.path + "/xfs")
        for (number, device) in [VolumeDevice.directory, .loop].enumerated() {
            let id = Identifier(high: 1, low: UInt64(number))
            let request = VolumeRequest(id: id, name: "data", device: device, size: 16 << 20)
            _ = try driver.create(request, now: now)
            let path = try rig.attach(id, with: driver)
            #expect(fill(path + "/file", atMost: 4 << 20).written == 4 << 20)
            let snapshot = try driver.snapshot(id, as: "s", quiesced: true, now: now)
            #expect(snapshot.copied == 0 && snapshot.shared >= 4 << 20)
            #expect(try driver.detach(id, from: Identifier(high: 9, low: 1)))
        }
    }
}
