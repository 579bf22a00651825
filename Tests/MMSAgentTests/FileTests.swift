import Host
import Resources
import Testing

@testable import MMSAgent

struct FileTests {
    private let kernel = SimulatedKernel()

    init() {
        kernel.write("/etc/hosts", "127.0.0.1 localhost\n")
        kernel.write("/usr/bin/tar", "x")
        kernel.write("/var/lib/dpkg/status", "Package: tar\nArchitecture: amd64\n")
        kernel.write("/var/lib/dpkg/info/tar.list", "/.\n/bin/tar\n")
        kernel.link("/bin", to: "usr/bin")
    }

    private func started() -> (FileSensor, Sightings) {
        let sensor = FileSensor(kernel)
        var picture = Sightings()
        picture.turn(sensor) { $0.start(&$1) }
        return (sensor, picture)
    }

    @Test func filesOfTheRootsAreSeenWithTheirPackages() throws {
        let (sensor, picture) = started()
        let tar = try #require(picture["file", "/usr/bin/tar"])
        #expect(tar.data["package"]?.text == "tar")
        #expect(tar.links["OWNED_BY"]?.map(\.name.text) == ["tar"])
        #expect(tar.links["USER"]?.map(\.name.text) == ["root"])
        #expect(tar.data["mode"]?.text == "0644")
        #expect(picture["file", "/etc/hosts"]?.data["package"] == nil)
        #expect(picture["file", "/var/lib/dpkg/status"] == nil)
        #expect(sensor.statistics.inGap == false)
        #expect(picture.causes == ["start"])
    }

    @Test func aChangeIsSeenWithTheProcessThatMadeIt() throws {
        var (sensor, picture) = started()
        kernel.write("/etc/hosts", "changed")
        kernel.write("/etc/new", "")
        picture.settle(sensor, kernel)
        let hosts = try #require(picture["file", "/etc/hosts"])
        #expect(hosts.data["size"]?.int == 7)
        #expect(hosts.data["changedBy"]?.text == "init")
        #expect(hosts.links["CHANGED_BY"]?.map(\.name.text) == ["1"])
        #expect(picture["file", "/etc/new"] != nil)
        kernel.remove("/etc/new")
        picture.settle(sensor, kernel)
        #expect(picture["file", "/etc/new"] == nil)
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        #expect(sensor.statistics.sweeps == 1)
        #expect(sensor.statistics.drift == 0)
        #expect(picture.faults == [])
    }

    /// Ends a process and gives its number to another one.
    private func reuse(_ pid: Int32) {
        kernel.exit(pid, status: 0)
        kernel.reap()
        while let other = kernel.fork(1), other != pid {
            kernel.exit(other, status: 0)
            kernel.reap()
        }
    }

    @Test func aProcessIsMeantByItsNumberAndStart() throws {
        var (sensor, picture) = started()
        let pid = try #require(kernel.fork(1))
        kernel.execute(pid, "/usr/bin/tee", ["tee"])
        kernel.writer = pid
        kernel.write("/etc/hosts", "changed")
        picture.settle(sensor, kernel)
        let hosts = try #require(picture["file", "/etc/hosts"])
        #expect(hosts.data["changedBy"]?.text == "tee")
        var processes = Sightings()
        processes.turn(ProcessSensor(kernel)) { $0.start(&$1) }
        let process = try #require(processes["process", "\(pid)"])
        #expect(hosts.meant == [process.subject: process.identity])
    }

    @Test func aNumberThatAnotherProcessHasByNowNamesNobody() throws {
        var (sensor, picture) = started()
        let pid = try #require(kernel.fork(1))
        kernel.writer = pid
        kernel.write("/etc/hosts", "changed")
        reuse(pid)
        kernel.execute(pid, "/usr/bin/other", ["other"])
        picture.settle(sensor, kernel)
        let hosts = try #require(picture["file", "/etc/hosts"])
        #expect(hosts.data["size"]?.int == 7)
        #expect(hosts.data["changedBy"] == nil)
        #expect(hosts.links["CHANGED_BY"] == nil)
    }

    @Test func whoWasReadAtOnceIsNamedThoughItsNumberIsAnothersWhenTheFileIsLookedAt() throws {
        var (sensor, picture) = started()
        let pid = try #require(kernel.fork(1))
        kernel.execute(pid, "/usr/bin/tee", ["tee"])
        let start = try #require(kernel.table[pid]).start
        kernel.writer = pid
        kernel.write("/etc/hosts", "changed")
        picture.turn(sensor) { $0.ready(0, &$1) }
        reuse(pid)
        picture.settle(sensor, kernel)
        let hosts = try #require(picture["file", "/etc/hosts"])
        #expect(hosts.data["changedBy"]?.text == "tee")
        #expect(hosts.meant.values.sorted() == ["boot:\(pid):\(start)"])
    }

    /// A later change of who is not known takes the name of the earlier one's author away.
    @Test func theLastChangeIsTheOneThatIsNamed() throws {
        var (sensor, picture) = started()
        let pid = try #require(kernel.fork(1))
        kernel.write("/etc/hosts", "changed")
        kernel.writer = pid
        kernel.write("/etc/hosts", "again")
        kernel.exit(pid, status: 0)
        kernel.reap()
        picture.settle(sensor, kernel)
        let hosts = try #require(picture["file", "/etc/hosts"])
        #expect(hosts.data["size"]?.int == 5)
        #expect(hosts.data["changedBy"] == nil)
        #expect(hosts.meant == [:])
    }

    @Test func aSensorBeyondItsShareSaysSoAndCatchesUp() throws {
        var (sensor, picture) = started()
        // Every look costs, so a sweep of these files earns a rest of seconds.
        kernel.beforeRead = { [time = kernel.time] in time.advance(milliseconds: 100) }
        picture.turn(sensor) { $0.sweep(slices: true, &$1) }
        #expect(sensor.statistics.throttled == 0)
        picture.turn(sensor) { $0.sweep(slices: true, &$1) }
        #expect(sensor.statistics.throttled == 1)
        let sweeps = sensor.statistics.sweeps
        kernel.beforeRead = nil
        kernel.time.advance(milliseconds: 3_600_000)
        picture.turn(sensor) { $0.sweep(slices: true, &$1) }
        #expect(sensor.statistics.throttled == 1)
        #expect(sensor.statistics.sweeps == sweeps + 1)
    }

    @Test func aFileInPlaceOfAnotherIsAnother() throws {
        var (sensor, picture) = started()
        let before = try #require(picture["file", "/etc/hosts"]).identity
        kernel.remove("/etc/hosts")
        kernel.write("/etc/hosts", "127.0.0.1 localhost\n")
        picture.settle(sensor, kernel)
        #expect(picture["file", "/etc/hosts"]?.identity != before)
        #expect(picture.faults == [])
    }

    @Test func lostEventsMakeAGapAndAllIsThereAfterIt() {
        var (sensor, picture) = started()
        for index in 0..<6000 { kernel.write("/etc/many/f\(index)", "") }
        kernel.remove("/usr/bin/tar")
        picture.settle(sensor, kernel)
        #expect(picture.causes.count == 2)
        #expect(picture.openGaps == 0)
        // The World has folders only in what it lists: 6,000 files, their folder, two folders
        // more, and /etc/hosts.
        #expect(picture.all.keys.count { $0.name.text.hasPrefix("/etc/many/") } == 6000)
        #expect(picture["file", "/usr/bin/tar"] == nil)
        #expect(sensor.statistics.lost == 1)
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        #expect(sensor.statistics.drift == 0)
    }

    @Test func withoutPrivilegeFoldersAreWatchedAndTheContractSaysSo() {
        kernel.isUnprivileged = true
        var (sensor, picture) = started()
        #expect(sensor.contract.mechanism.contains("inotify"))
        #expect(sensor.contract.why.contains("Operation not permitted"))
        kernel.write("/etc/hosts", "changed")
        picture.settle(sensor, kernel)
        #expect(picture["file", "/etc/hosts"]?.data["size"]?.int == 7)
        #expect(picture["file", "/etc/hosts"]?.links["CHANGED_BY"] == nil)
    }

    @Test func rootsAreAddedAndLeftOutByAFile() {
        kernel.write("/srv/a/b", "")
        kernel.write("/srv/a/no/c", "")
        var (sensor, picture) = started()
        #expect(picture["file", "/srv/a/b"] == nil)
        kernel.write("/etc/pisces/files", "/srv/a\n# no\n-/srv/a/no\nrelative\n/\n")
        picture.settle(sensor, kernel)
        #expect(picture["file", "/srv/a/b"] != nil)
        #expect(picture["file", "/srv/a/no/c"] == nil)
        kernel.write("/srv/a/d", "")
        kernel.write("/srv/a/no/e", "")
        picture.settle(sensor, kernel)
        #expect(picture["file", "/srv/a/d"] != nil)
        #expect(picture["file", "/srv/a/no/e"] == nil)
        kernel.remove("/etc/pisces/files")
        picture.settle(sensor, kernel)
        #expect(picture["file", "/srv/a/b"] == nil)
        #expect(sensor.statistics.drift == 0)
    }

    @Test func ownersAndNamesThatChangeAreSeen() {
        var (sensor, picture) = started()
        kernel.write("/var/lib/dpkg/info/tools.list", "/etc/hosts\n")
        kernel.write("/etc/passwd", "boss:x:0:0::/:/bin/sh\n")
        picture.settle(sensor, kernel)
        #expect(picture["file", "/etc/hosts"]?.data["package"]?.text == "tools")
        #expect(picture["file", "/usr/bin/tar"]?.data["user"]?.text == "boss")
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        #expect(sensor.statistics.drift == 0)
    }

    @Test func linksInACircleEnd() {
        kernel.link("/a", to: "/b")
        kernel.link("/b", to: "a/../a")
        #expect(realPath("/a/x", kernel).hasSuffix("x"))
        #expect(realPath("/bin/../bin/tar", kernel) == "/usr/bin/tar")
        kernel.link("/etc/loop", to: "/etc")
        let (_, picture) = started()
        #expect(picture["file", "/etc/loop"]?.data["target"]?.text == "/etc")
        #expect(picture["file", "/etc/loop/hosts"] == nil)
    }
}
