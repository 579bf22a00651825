import Host
import Resources
import Testing

@testable import MMSAgent

@Suite struct ServiceTests {
    private static let etc = "/etc/systemd/system", usr = "/usr/lib/systemd/system"

    private func machine() -> SimulatedKernel {
        let kernel = SimulatedKernel()
        kernel.write(
            "\(Self.usr)/web.service",
            """
            # a comment
            [Unit]
            Description=The web
            Requires=db.service
            [Service]
            User=www
            Environment="API_KEY=hunter2" "MODE=a b" PLAIN=1
            ExecStart=-/bin/web --token hunter3 \\
            # between the lines
              --port 80
            [Install]
            WantedBy=multi-user.target
            """)
        kernel.write("\(Self.usr)/db.service", "[Service]\nExecStart=/bin/db\n")
        kernel.write(
            "\(Self.usr)/job.timer", "[Timer]\nOnCalendar=daily\n[Install]\nAlso=x.service\n")
        return kernel
    }

    @Test func filesAreReadAndSecretsAreNot() throws {
        let rig = LevelRig(ServiceSource(), on: machine())
        let web = try #require(rig.picture["web.service"])
        #expect(web.data["enabled"] == "disabled" && web.data["user"] == "www")
        #expect(web.data["command"] == ["/bin/web", "--token", "***", "--port", "80"])
        #expect(web.data["environment"] == ["API_KEY", "MODE", "PLAIN"])
        #expect(!"\(web)".contains("hunter"))
        #expect(web.links["REQUIRES"]?.map(\.name.text) == ["db.service"])
        #expect(rig.picture["db.service"]?.data["enabled"] == "static")
        let timer = try #require(rig.picture["job.timer"])
        #expect(timer.data["enabled"] == "indirect")
        #expect(timer.data["schedule"] == ["OnCalendar=daily"])
        #expect(timer.links["TRIGGERS"]?.map(\.name.text) == ["job.service"])
        #expect(rig.sensor.contract.why.contains("no manager"))
    }

    @Test func linksAndDropInsAreHints() {
        let kernel = machine()
        var rig = LevelRig(ServiceSource(), on: kernel)
        kernel.link(
            "\(Self.etc)/multi-user.target.wants/web.service", to: "\(Self.usr)/web.service")
        kernel.write("\(Self.etc)/web.service.d/a.conf", "[Service]\nUser=other\nExecStart=\n")
        kernel.link("\(Self.etc)/db.service", to: "/dev/null")
        rig.settle()
        rig.settle()
        #expect(rig.picture["web.service"]?.data["enabled"] == "enabled")
        #expect(rig.picture["web.service"]?.data["user"] == "other")
        #expect(rig.picture["web.service"]?.data["command"] == nil)
        #expect(rig.picture["db.service"]?.data["enabled"] == "masked")
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func aGroupWithProcessesIsAServiceThatRuns() {
        let kernel = machine()
        kernel.write("/run/systemd/system/keep.target", "[Unit]\n")
        kernel.write(
            "/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        let place = "/sys/fs/cgroup/system.slice/web.service"
        kernel.write("\(place)/cgroup.events", "populated 1\n")
        let rig = LevelRig(ServiceSource(), on: kernel)
        #expect(rig.picture["web.service"]?.data["activeState"] == "active")
        #expect(rig.picture["db.service"]?.data["activeState"] == "inactive")
        let group = rig.picture["web.service"]?.links["CONTROLS"]
        #expect(group?.map(\.name.text) == ["/system.slice/web.service"])
    }

    @Test func aManagerIsAskedAndItsEndIsAGap() {
        let kernel = machine()
        let manager = SimulatedManager()
        let socket = "/run/systemd/private"
        kernel.services[socket] = { manager.answer($0) }
        manager.units = [("web.service", "active", "running")]
        while let pid = kernel.fork(1), pid != 42 {}
        var rig = LevelRig(ServiceSource(), on: kernel)
        #expect(rig.sensor.contract.mechanism.contains("D-Bus"))
        #expect(rig.picture["web.service"]?.data["subState"] == "running")
        #expect(rig.picture["web.service"]?.data["pid"] == .int(42))
        #expect(rig.picture["web.service"]?.links["MAIN"]?.first?.name.text == "42")
        let start = kernel.table[42]?.start ?? 0
        #expect(rig.picture["web.service"]?.meant.values.sorted() == ["boot:42:\(start)"])
        manager.units = [("web.service", "failed", "failed"), ("new.service", "active", "exited")]
        kernel.say(socket, SimulatedManager.signal())
        rig.settle()
        #expect(rig.picture["web.service"]?.data["failed"] == true)
        #expect(rig.picture["web.service"]?.data["pid"] == nil)
        #expect(rig.picture["new.service"]?.data["subState"] == "exited")
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
        kernel.services[socket] = nil
        kernel.hangUp(socket)
        rig.settle()
        #expect(rig.causes.count == 2 && rig.open == 0)
        #expect(rig.picture["new.service"] == nil)
        #expect(rig.picture["web.service"]?.data["activeState"] == "inactive")
        #expect(rig.sensor.contract.why.contains("no manager"))
    }

    /// A main process that is not there has no link, and one of the same number is another.
    @Test func aUnitIsLinkedToItsProcessByNumberAndStart() throws {
        let kernel = machine()
        let manager = SimulatedManager()
        let socket = "/run/systemd/private"
        kernel.services[socket] = { manager.answer($0) }
        manager.units = [("web.service", "active", "running")]
        var rig = LevelRig(ServiceSource(), on: kernel)
        #expect(rig.picture["web.service"]?.data["pid"] == .int(42))
        #expect(rig.picture["web.service"]?.links["MAIN"] == nil)
        while let pid = kernel.fork(1), pid != 42 {}
        let first = try #require(kernel.table[42]).start
        kernel.say(socket, SimulatedManager.signal())
        rig.settle()
        #expect(rig.picture["web.service"]?.meant.values.sorted() == ["boot:42:\(first)"])
        kernel.exit(42, status: 0)
        kernel.reap()
        while let pid = kernel.fork(1), pid != 42 { kernel.exit(pid, status: 0); kernel.reap() }
        let second = try #require(kernel.table[42]).start
        #expect(second != first)
        kernel.say(socket, SimulatedManager.signal())
        rig.settle()
        #expect(rig.picture["web.service"]?.meant.values.sorted() == ["boot:42:\(second)"])
    }

    @Test func bytesThatAreNoMessageEndTheConnection() {
        let kernel = machine()
        let manager = SimulatedManager()
        let socket = "/run/systemd/private"
        kernel.services[socket] = { manager.answer($0) }
        manager.units = [("web.service", "active", "running")]
        var rig = LevelRig(ServiceSource(), on: kernel)
        kernel.say(socket, [UInt8](repeating: 0x41, count: 64))
        rig.settle()
        // A gap, and a new connection.
        #expect(rig.causes.count == 2 && rig.open == 0)
        #expect(rig.picture["web.service"]?.data["subState"] == "running")
    }

    /// systemd lets go of a unit that was stopped and that nothing needs, and lists it no more.
    @Test func aServiceThatItsManagerLetsGoIsInactive() {
        let kernel = SimulatedKernel()
        let manager = SimulatedManager()
        let socket = "/run/systemd/private"
        kernel.services[socket] = { manager.answer($0) }
        for name in ["web.service", "web@.service"] {
            kernel.write("/etc/systemd/system/\(name)", "[Service]\nExecStart=/bin/web\n")
        }
        kernel.link("/etc/systemd/system/www.service", to: "/etc/systemd/system/web.service")
        kernel.write("/run/systemd/system/x", "")
        manager.units = [("web.service", "active", "running")]
        var rig = LevelRig(ServiceSource(), on: kernel)
        #expect(rig.picture["web.service"]?.data["activeState"] == "active")
        manager.units = []
        kernel.say(socket, SimulatedManager.signal())
        rig.settle()
        #expect(rig.picture["web.service"]?.data["activeState"] == "inactive")
        #expect(rig.picture["web.service"]?.data["subState"] == "dead")
        #expect(rig.picture["web@.service"]?.data["activeState"] == nil, "nothing that runs")
        #expect(rig.picture["www.service"]?.data["activeState"] == nil, "another one's name")
        rig.sweep()
        #expect(rig.sensor.statistics.drift == 0)
    }

    @Test func messagesCutAnywhereAreRefused() throws {
        let manager = SimulatedManager()
        manager.units = [("a.service", "active", "running"), ("b.mount", "inactive", "dead")]
        let whole = manager.list(serial: 7)
        #expect(try DBusMessage.length(whole[...]) == whole.count)
        let message = try DBusMessage(whole[...])
        #expect(message.answers == 7)
        #expect(message.body.first?.list?.count == 2)
        for count in 0..<whole.count {
            #expect(throws: DBusError.self) { try DBusMessage(whole[..<count]) }
        }
        // Any byte may be anything: a refusal or some value, and an end.
        var random = SeededRandom(seed: 7)
        for _ in 0..<4000 {
            var bytes = whole
            for _ in 0..<3 {
                let place = Int(random.next() % UInt64(bytes.count))
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? DBusMessage(bytes[...])
            _ = try? DBusMessage.length(bytes[...])
        }
    }

    @Test func scriptsAndFoldersOfOthersAreServices() {
        let kernel = SimulatedKernel()
        kernel.write("/etc/service/run-it/run", "#!/bin/sh\n")
        kernel.write("/etc/service/run-it/supervise/stat", "run\n")
        kernel.write("/etc/service/run-it/supervise/pid", "1\n")
        kernel.write("/etc/service/no/run", "#!/bin/sh\n")
        kernel.write("/etc/service/no/down", "")
        let rig = LevelRig(ServiceSource(), on: kernel)
        #expect(rig.picture["run-it"]?.data["supervisor"] == "runit")
        #expect(rig.picture["run-it"]?.data["activeState"] == "active")
        #expect(rig.picture["no"]?.data["enabled"] == "disabled")
        let header = OtherSupervisors.header(
            Array("### BEGIN INIT INFO\n# Provides: x\n# Short-Description:  y z\n".utf8))
        #expect(header["Short-Description"] == "y z")
    }

    @Test func entriesOfSessionsAreRead() {
        let kernel = SimulatedKernel()
        kernel.write(
            "/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n")
        kernel.write(
            "/etc/xdg/autostart/a.desktop",
            "[Desktop Entry]\nName=A\nExec=a --password=x\nOnlyShowIn=GNOME;KDE;\n")
        var rig = LevelRig(AutostartSource(), on: kernel)
        let one = rig.picture["/etc/xdg/autostart/a.desktop"]
        #expect(one?.data["command"] == ["a", "--password=***"])
        #expect(one?.data["desktops"] == ["GNOME", "KDE"])
        kernel.write("/home/ann/.config/autostart/b.desktop", "[Desktop Entry]\nHidden=true\n")
        rig.settle()
        let other = rig.picture["/home/ann/.config/autostart/b.desktop"]
        #expect(other?.data["user"] == "ann" && other?.data["enabled"] == false)
    }
}

/// A manager of units of the World: as much of D-Bus as systemd's own socket speaks.
final class SimulatedManager {
    var units: [(name: String, active: String, sub: String)] = []
    /// As in sd-bus, a call is answered only if BEGIN was read before it came.
    private var hasBegun = false

    func answer(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0]) {
            hasBegun = lossyText(bytes[...]).hasSuffix("\r\nBEGIN\r\n")
            return Array("OK 1234\r\n".utf8)
        }
        guard hasBegun, let call = try? DBusMessage(bytes[...]) else { return [] }
        switch call.member {
        case "ListUnits": return list(serial: call.serial)
        case "Get" where call.body.last == "MainPID":
            var body = DBusWriter()
            body.bytes = [1, UInt8(ascii: "u"), 0]
            body.word(42)
            return reply(call.serial, "v", body)
        case "Get":
            var body = DBusWriter()
            body.bytes = [1, UInt8(ascii: "s"), 0]
            body.text("/system.slice/x")
            return reply(call.serial, "v", body)
        default: return reply(call.serial, "", DBusWriter())
        }
    }

    func list(serial: UInt32) -> [UInt8] {
        var rows = DBusWriter()
        for unit in units {
            rows.align(8)
            for text in [
                unit.name, "A unit", "loaded", unit.active, unit.sub, "", "/o/\(unit.name)",
            ] {
                rows.text(text)
            }
            rows.word(0)
            rows.text("")
            rows.text("/")
        }
        var body = DBusWriter()
        body.word(UInt32(rows.bytes.count))
        body.align(8)
        body.bytes += rows.bytes
        return reply(serial, "a(ssssssouso)", body)
    }

    private func reply(_ serial: UInt32, _ signature: String, _ body: DBusWriter) -> [UInt8] {
        var fields = DBusWriter()
        fields.bytes = [5, 1, UInt8(ascii: "u"), 0]
        fields.word(serial)
        if !signature.isEmpty { fields.field(8, "g", signature) }
        return Self.message(.reply, fields, body)
    }

    static func signal() -> [UInt8] {
        var fields = DBusWriter()
        fields.field(1, "o", "/org/freedesktop/systemd1")
        fields.field(2, "s", "org.freedesktop.systemd1.Manager")
        fields.field(3, "s", "UnitNew")
        return message(.signal, fields, DBusWriter())
    }

    private static func message(
        _ kind: DBusMessage.Kind, _ fields: DBusWriter, _ body: DBusWriter
    ) -> [UInt8] {
        var message = DBusWriter()
        message.bytes = [UInt8(ascii: "l"), kind.rawValue, 0, 1]
        message.word(UInt32(body.bytes.count))
        message.word(1)
        message.word(UInt32(fields.bytes.count))
        message.bytes += fields.bytes
        message.align(8)
        return message.bytes + body.bytes
    }
}
