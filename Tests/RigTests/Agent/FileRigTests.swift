import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

/// Marks on file systems need CAP_SYS_ADMIN, and the roots are the machine's own.
private let mayMark = unsafe geteuid() == 0 && access("/etc", W_OK) == 0

@Suite(.serialized, .enabled(if: mayMark, "needs root")) struct FileRigTests {
    /// A sensor of a folder of its own inside the standard root `/etc`.
    private func run(
        _ kernel: @escaping @Sendable () -> LinuxKernel = { LinuxKernel() },
        _ body: (String, Picture, SensorGroup) throws -> Void
    ) throws {
        let made = shell("mktemp -d /etc/pisces-rig.XXXXXX").split(separator: "\n").first
        let folder = try #require(made.map { String($0) })
        defer { _ = shell("rm -rf '\(folder)' '\(folder).away'") }
        let picture = Picture()
        let group = try SensorGroup([{ FileSensor(kernel()) }], sweepInterval: nil) {
            picture.take($0)
        }
        try group.start()
        defer { group.stop() }
        #expect(picture.reaches { $0.openGaps["files"] == 0 })
        try body(folder, picture, group)
        group.sweep()
        #expect(picture.comes { group.reports.first?.statistics.sweeps == 1 })
        #expect(group.reports.first?.statistics.drift == 0)
        #expect(picture.state.withLock { $0.faults } == [])
        #expect(picture.state.withLock { $0.openGaps["files"] } == 0)
        compare(picture, folder)
    }

    /// All below the folder, as find(1) has it.
    private func compare(_ picture: Picture, _ folder: String) {
        let truth = shell("find '\(folder)' -printf '%p\\t%m\\t%i\\t%u\\t%l\\n'")
        let lines = Set(truth.split(separator: "\n").map { String($0) })
        let seen = Set(
            picture.all("file").values.compactMap { one -> String? in
                guard let path = one.data["path"]?.text,
                    path == folder || path.hasPrefix(folder + "/")
                else { return nil }
                let mode = String(Int(one.data["mode"]?.text ?? "", radix: 8) ?? 0, radix: 8)
                let inode = one.data["inode"]?.int ?? 0
                return "\(path)\t\(mode)\t\(inode)\t\(one.data["user"]?.text ?? "")\t"
                    + (one.data["target"]?.text ?? "")
            })
        #expect(lines.subtracting(seen) == [])
        #expect(seen.subtracting(lines) == [])
    }

    @Test func theStandardRootsAreWhatFindSays() throws {
        try run { _, picture, _ in
            for root in ["/usr/bin", "/usr/sbin", "/etc/apt", "/usr/lib/systemd"]
            where unsafe access(root, R_OK) == 0 {
                compare(picture, root)
            }
            let truth = shell("find /usr/bin /usr/sbin -perm /4000 -type f")
            let seen = picture.all("file").filter {
                $0.key.hasPrefix("/usr/") && $0.value.data["setuid"]?.bool == true
                    && $0.value.data["kind"]?.text == "file"
            }
            #expect(
                truth.split(separator: "\n").map { String($0) }.sorted()
                    == seen.keys.filter { !$0.hasPrefix("/usr/local") }.sorted())
        }
    }

    @Test func filesAreMadeChangedRenamedOverLinkedAndRemoved() throws {
        try run { folder, picture, _ in
            _ = shell("cd '\(folder)' && echo a > a && echo b > b && ln -s a l && ln a h")
            #expect(picture.comes { picture.all("file")["\(folder)/h"] != nil })
            let (a, b) = (picture.all("file")["\(folder)/a"], picture.all("file")["\(folder)/b"])
            #expect(a?.identity != b?.identity)
            #expect(picture.all("file")["\(folder)/h"]?.identity == a?.identity)
            #expect(a?.links["CHANGED_BY"]?.isEmpty == false)
            _ = shell("cd '\(folder)' && mv b a && chmod 4711 a && chown daemon l -h")
            #expect(
                picture.comes {
                    let all = picture.all("file")
                    return all["\(folder)/a"]?.data["setuid"]?.bool == true
                        && all["\(folder)/l"]?.data["user"]?.text == "daemon"
                        && all["\(folder)/b"] == nil
                })
            #expect(picture.all("file")["\(folder)/a"]?.identity == b?.identity)
            _ = shell("cd '\(folder)' && rm h l")
            #expect(picture.comes { picture.all("file")["\(folder)/l"] == nil })
        }
    }

    @Test func aFolderMovedAwayAndBackTakesItsFilesWithIt() throws {
        try run { folder, picture, _ in
            _ = shell(
                "mkdir -p '\(folder)/d/e/f' && touch '\(folder)'/d/e/f/{1,2,3} '\(folder)/d/x y'")
            _ = shell("cd '\(folder)/d' && ln -s . loop && ln -s ../d/loop e/loop")
            #expect(picture.comes { picture.all("file")["\(folder)/d/e/loop"] != nil })
            let away = shell("mktemp -d").split(separator: "\n").first.map { String($0) } ?? ""
            defer { _ = shell("rm -rf '\(away)'") }
            _ = shell("mv '\(folder)/d' '\(away)/d'")
            #expect(picture.comes { picture.all("file")["\(folder)/d/e/loop"] == nil })
            _ = shell("touch '\(away)/d/e/new'; rm '\(away)/d/x y'; mv '\(away)/d' '\(folder)/d'")
            #expect(picture.comes { picture.all("file")["\(folder)/d/e/new"] != nil })
            #expect(picture.comes { picture.all("file")["\(folder)/d/x y"] == nil })
            // Its new path holds for what happens later, too.
            _ = shell("mv '\(folder)/d' '\(folder)/g' && touch '\(folder)/g/e/later'")
            #expect(picture.comes { picture.all("file")["\(folder)/g/e/later"] != nil })
            #expect(picture.all("file")["\(folder)/d/e"] == nil)
        }
    }

    @Test func twentyThousandFilesMadeAtOnceAreAllThere() throws {
        try run { folder, picture, group in
            _ = shell("cd '\(folder)' && mkdir m && cd m && seq 20000 | xargs touch")
            #expect(
                picture.reaches { state in
                    state.openGaps["files"] == 0
                        && state.subjects.keys.count {
                            $0.name.text.hasPrefix("\(folder)/m/")
                        } == 20_000
                })
            print("20,000 files: \(group.reports.first?.statistics.lost ?? 0) losses")
        }
    }

    /// The queue holds 16,384 events: while nobody takes them, the rest is lost and said to be.
    @Test func withTheQueueStoppedThereIsAGapAndThenAllIsThere() throws {
        let made = shell("mktemp -d /etc/pisces-rig.XXXXXX").split(separator: "\n").first
        let folder = try #require(made.map { String($0) })
        defer { _ = shell("rm -rf '\(folder)'") }
        let sensor = FileSensor(LinuxKernel())
        let picture = Picture()
        var out: [Observation] = []
        sensor.start(&out)
        defer { sensor.stop() }
        _ = shell("cd '\(folder)' && seq 20000 | xargs touch")
        for _ in 0..<200 {
            sensor.ready(0, &out)
            sensor.expire(Ticks(nanoseconds: .max), &out)
        }
        picture.take(out)
        let causes = picture.state.withLock { $0.causes }
        #expect(causes.contains { $0.contains("overflowed") })
        #expect(sensor.statistics.lost >= 1)
        #expect(sensor.statistics.drift == 0)
        compare(picture, folder)
        out = []
        sensor.sweep(slices: false, &out)
        #expect(sensor.statistics.drift == 0)
    }

    @Test func aFileThatIsExecutedIsFollowedWhereverItIs() throws {
        let made = shell("mktemp -d").split(separator: "\n").first
        let folder = try #require(made.map { String($0) })
        defer { _ = shell("rm -rf '\(folder)'") }
        let sensor = FileSensor(LinuxKernel())
        let picture = Picture()
        var out: [Observation] = []
        sensor.start(&out)
        defer { sensor.stop() }
        _ = shell("cp /bin/true '\(folder)/program' && '\(folder)/program'")
        let turn = {
            for _ in 0..<20 {
                sensor.ready(0, &out)
                sensor.expire(Ticks(nanoseconds: .max), &out)
            }
        }
        turn()
        _ = shell("chmod 700 '\(folder)/program'")
        turn()
        picture.take(out)
        let program = try #require(picture.all("file")["\(folder)/program"])
        #expect(program.data["executed"]?.bool == true)
        #expect(program.data["mode"]?.text == "0700")
        _ = shell("rm '\(folder)/program'")
        out = []
        turn()
        picture.take(out)
        #expect(picture.all("file")["\(folder)/program"] == nil)
    }
}

extension Picture {
    /// Waits for a condition that looks at the picture itself, for at most 20 s.
    func comes(_ condition: () -> Bool) -> Bool {
        for _ in 0..<2000 {
            if condition() { return true }
            usleep(10_000)
        }
        return false
    }
}
