import Host
import Resources
import Testing

@testable import MMSAgent

@Suite struct ProcessSensorTests {
    private let kernel = SimulatedKernel()

    private func started() -> (ProcessSensor, Sightings) {
        let sensor = ProcessSensor(kernel)
        var picture = Sightings()
        picture.turn(sensor) { $0.start(&$1) }
        return (sensor, picture)
    }

    private func quiet(_ sensor: ProcessSensor, _ picture: inout Sightings) {
        picture.settle(sensor, kernel)
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        picture.settle(sensor, kernel)
        #expect(sensor.statistics.sweeps > 0)
        #expect(sensor.statistics.drift == 0)
        #expect(picture.faults == [])
    }

    @Test(arguments: [
        (ProcessFile.status, ["uid", "gid"]), (.cmdline, ["commandLine"]),
        (.cgroup, ["cgroup"]), (.executable, ["executable"]),
    ])
    func whatMayNotBeReadIsSaidToBeUnread(file: ProcessFile, fields: [String]) throws {
        var (sensor, picture) = started()
        let pid = try #require(kernel.fork(1))
        kernel.refused[pid] = [file]
        kernel.execute(pid, "/bin/tool", ["tool", "a"])
        picture.settle(sensor, kernel)
        let seen = try #require(picture["process", "\(pid)"])
        #expect(seen.data["name"] == "tool")
        // Whose it is it has from its parent.
        let unread = file == .status ? [] : fields
        #expect((seen.data["unread"]?.list ?? []).compactMap(\.text) == unread)
        for field in unread { #expect(seen.data[field] == nil) }
        #expect(seen.data["uid"]?.int == 0)
        // A sensor that starts later reads no more of it.
        let (_, later) = started()
        let found = try #require(later["process", "\(pid)"])
        #expect((found.data["unread"]?.list ?? []).compactMap(\.text) == fields)
        for field in fields { #expect(found.data[field] == nil) }
        quiet(sensor, &picture)
        #expect(picture["process", "\(pid)"]?.data == seen.data)
        kernel.exit(pid, status: 0)
        picture.settle(sensor, kernel)
        #expect(picture["process", "\(pid)"] == nil)
        #expect(picture.faults == [])
    }

    /// Nothing of it can be read: its events alone tell of it.
    @Test func aProcessThatShowsNothingIsStillThere() throws {
        var (sensor, picture) = started()
        let pid = try #require(kernel.fork(1))
        kernel.refused[pid] = [.stat, .status, .cmdline, .cgroup, .executable]
        picture.settle(sensor, kernel)
        let seen = try #require(picture["process", "\(pid)"])
        #expect(seen.data["ppid"]?.int == 1)
        #expect((seen.data["unread"]?.list ?? []).count == 7)
        kernel.exit(pid, status: 0x300)
        picture.settle(sensor, kernel)
        #expect(picture["process", "\(pid)"] == nil)
        quiet(sensor, &picture)
    }

    @Test func aProcessIsLinkedToTheUserItRunsAs() throws {
        kernel.write("/etc/passwd", "root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n")
        var (sensor, picture) = started()
        let users = { (pid: Int32) -> [String] in
            (picture["process", "\(pid)"]?.links["USER"] ?? []).map(\.name.text)
        }
        #expect(users(1) == ["root"])
        let pid = try #require(kernel.fork(1))
        kernel.setUser(pid, 33)
        picture.settle(sensor, kernel)
        #expect(users(pid) == ["web"])
        kernel.setUser(pid, 77)
        picture.settle(sensor, kernel)
        #expect(users(pid) == [])
        #expect(picture["process", "\(pid)"]?.data["uid"]?.int == 77)
    }

    /// A user added after its process began, as a service's installation may do.
    @Test func aUserThatComesLaterGetsItsProcesses() throws {
        var (sensor, picture) = started()
        let pid = try #require(kernel.fork(1))
        kernel.setUser(pid, 33)
        picture.settle(sensor, kernel)
        #expect(picture["process", "\(pid)"]?.data["user"] == nil)
        kernel.write("/etc/passwd", "root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n")
        picture.settle(sensor, kernel)
        #expect(picture["process", "\(pid)"]?.data["user"]?.text == "web")
        #expect(picture["process", "\(pid)"]?.links["USER"]?.map(\.name.text) == ["web"])
        kernel.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n")
        picture.settle(sensor, kernel)
        #expect(picture["process", "\(pid)"]?.links["USER"] == nil)
        quiet(sensor, &picture)
    }
}
