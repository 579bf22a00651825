import Host
import Resources
import Testing

@testable import MMSAgent

/// A source of this room over a simulated machine, and the picture of what it said.
private final class Stage {
    let kernel = SimulatedKernel()
    let sensor: LevelSensor
    private(set) var picture: [Observation.Subject: Observation.Sighting] = [:]
    private(set) var openGaps = 0
    private(set) var gaps: [String] = []

    init(_ source: any LevelSource, _ prepare: (SimulatedKernel) -> Void = { _ in }) {
        kernel.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:7:7:Ann:/home/ann:\n")
        kernel.write("/etc/group", "root:x:0:\nann:x:7:\nwheel:x:8:ann,ann\n")
        prepare(kernel)
        sensor = LevelSensor(source, on: kernel)
        var out: [Observation] = []
        sensor.start(&out)
        take(out)
    }

    private func take(_ out: [Observation]) {
        for observation in out {
            switch observation {
            case .present(let one): picture[one.subject] = one
            case .absent(let subject, _, _): picture[subject] = nil
            case .gap(_, let cause, _):
                openGaps += 1
                gaps.append(cause)
            case .gapClosed: openGaps -= 1
            case .edges: Issue.record("no source of this room reports edges of others")
            }
        }
    }

    /// Lets what is due be done.
    func settle() {
        for _ in 0..<30 {
            kernel.time.advance(milliseconds: 50)
            var out: [Observation] = []
            for index in sensor.feeds.indices { sensor.ready(index, &out) }
            let now = kernel.clock.ticks
            if let due = sensor.deadline, due <= now { sensor.expire(now, &out) }
            take(out)
        }
    }

    /// A sweep; gives the drift it found.
    func sweep() -> UInt64 {
        var out: [Observation] = []
        sensor.sweep(slices: false, &out)
        take(out)
        settle()
        return sensor.statistics.drift
    }

    func data(_ type: TypeName, _ name: String) -> ValueMap? {
        picture[Observation.Subject(type: type, name: subjectName(name))]?.data
    }

    func links(_ type: TypeName, _ name: String, _ relation: String) -> [String]? {
        picture[Observation.Subject(type: type, name: subjectName(name))]?
            .links[relation]?.map(\.name.text)
    }

    func count(_ type: TypeName) -> Int { picture.keys.count { $0.type == type } }
}

@Suite struct AccountSourceTests {
    @Test func usersAreInTheirGroups() {
        let stage = Stage(UserSource()) {
            $0.write("/etc/shadow", "ann:!$6$saltsalt$hash:19000:0:99:7::20000:\n")
        }
        #expect(stage.data(Kind.user, "ann")?["uid"] == 7)
        #expect(stage.data(Kind.user, "ann")?["locked"] == true)
        #expect(stage.data(Kind.user, "ann")?["expires"] == .int(20000 * 86_400_000))
        #expect(stage.links(Kind.user, "ann", "MEMBER") == ["ann", "wheel"])
        #expect(stage.links(Kind.user, "ann", "PRIMARY") == ["ann"])
        #expect(!"\(stage.picture)".contains("saltsalt"))
        stage.kernel.write("/etc/group", "root:x:0:\nann:x:7:\n")
        stage.settle()
        #expect(stage.links(Kind.user, "ann", "MEMBER") == ["ann"])
        #expect(stage.count(Kind.group) == 2)
        #expect(stage.sweep() == 0)
    }

    @Test func twoOfANameOrANumberAreToldApart() {
        let stage = Stage(UserSource()) {
            $0.write("/etc/passwd", "a:x:0:0::/:\nb:x:0:0::/:\na:x:5:0::/:\n")
        }
        #expect(stage.count(Kind.user) == 3)
        #expect(stage.data(Kind.user, "a")?["uid"] == 0)
        #expect(stage.data(Kind.user, "a#2")?["uid"] == 5)
        let identities = Set(stage.picture.values.map(\.identity))
        #expect(identities.count == stage.picture.count)
    }

    @Test func aRefusedFileIsInTheContract() {
        let stage = Stage(UserSource()) {
            $0.write("/etc/shadow", "ann:$6$x$y:1::::::\n", isRefused: true)
        }
        #expect(stage.sensor.contract.mayMiss.contains("/etc/shadow"))
        #expect(stage.data(Kind.user, "ann")?["password"] == nil)
        stage.kernel.write("/etc/shadow", "ann:*:1::::::\n")
        stage.settle()
        #expect(!stage.sensor.contract.mayMiss.contains("/etc/shadow"))
        #expect(stage.data(Kind.user, "ann")?["password"] == "none")
    }

    @Test func usersThatCannotBeReadAreAGap() {
        let stage = Stage(UserSource())
        let before = stage.picture.count
        stage.kernel.write("/etc/passwd", "", isRefused: true)
        stage.settle()
        #expect(stage.openGaps == 1)
        #expect(stage.picture.count == before)
        stage.kernel.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        stage.settle()
        #expect(stage.openGaps == 0)
        #expect(stage.count(Kind.user) == 1)
    }

    @Test func rulesOfSudoAreFollowedThroughIncludesAndLoops() {
        let stage = Stage(SudoSource()) {
            $0.write("/etc/sudoers", "Defaults x\n@includedir /etc/sudoers.d\n@include /etc/s\n")
            $0.write("/etc/sudoers.d/ops", "%wheel ALL=(ALL) \\\n  NOPASSWD: ALL\n")
            $0.write("/etc/sudoers.d/old.dpkg-old", "bad ALL=ALL\n")
            $0.write("/etc/s", "ann ALL=ALL\n@include /etc/sudoers\n")
        }
        #expect(stage.count(Kind.sudoRule) == 3)
        let wheel = stage.picture.values.first { $0.data["header"] == "%wheel" }
        #expect(wheel?.data["noPassword"] == true)
        #expect(wheel?.data["file"] == "/etc/sudoers.d/ops")
        stage.kernel.write("/etc/s", "")
        stage.settle()
        #expect(stage.count(Kind.sudoRule) == 2)
        stage.kernel.remove("/etc/sudoers.d/ops")
        stage.settle()
        #expect(stage.count(Kind.sudoRule) == 1)
        #expect(stage.sweep() == 0)
    }

    @Test func keysOfNewHomesAreFollowed() {
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAILbQ5yvwNIbAzm+6avqwbV7DCFuVR77N57S0JlKKdrph"
        let stage = Stage(KeySource())
        #expect(stage.count(Kind.authorizedKey) == 0)
        stage.kernel.write("/home/ann/.ssh/authorized_keys", "no-pty ssh-ed25519 \(key) me\n")
        stage.settle()
        #expect(stage.count(Kind.authorizedKey) == 1)
        let name = "ann SHA256:ia1v7OtGUTBtUk1zdzTR4mtn0c3cW0dtoYhqafSQ6Jg"
        #expect(stage.data(Kind.authorizedKey, name)?["options"] == ["no-pty"])
        #expect(stage.links(Kind.authorizedKey, name, "USER") == ["ann"])
        #expect(!"\(stage.picture)".contains(key))
        // The home of a user who comes later is watched, too.
        stage.kernel.write("/etc/passwd", "eve:x:9:9::/home/eve:\n")
        stage.settle()
        #expect(stage.count(Kind.authorizedKey) == 0)
        stage.kernel.write("/home/eve/.ssh/known_hosts", "h ssh-ed25519 \(key)\n")
        stage.settle()
        #expect(stage.count(Kind.knownHost) == 1)
        #expect(stage.sweep() == 0)
    }

    @Test func jobsComeAndGoWithTheirFiles() {
        let stage = Stage(CronSource()) {
            $0.write("/etc/crontab", "SHELL=/bin/sh\n1 2 * * * root a\n")
            $0.write("/etc/cron.d/.hidden", "1 2 * * * root b\n")
            $0.write("/var/spool/cron/crontabs/ann", "@daily c --token x\n@daily c --token x\n")
        }
        #expect(stage.count(Kind.cronJob) == 3)
        #expect(stage.data(Kind.cronJob, "/etc/crontab: 1 2 * * * root a")?["hour"] == "2")
        stage.kernel.write("/etc/cron.d/job", "@reboot ann d\n")
        stage.settle()
        #expect(stage.links(Kind.cronJob, "/etc/cron.d/job: @reboot ann d", "USER") == ["ann"])
        stage.kernel.remove("/etc/cron.d/job")
        stage.kernel.write("/etc/pisces/redaction", "-token\n")
        stage.settle()
        #expect(stage.count(Kind.cronJob) == 3)
        let commands = stage.picture.values.compactMap { $0.data["command"]?.text }
        #expect(commands.contains("c --token x"))
        #expect(stage.sweep() == 0)
    }

    @Test func namesAndSettingsFollowTheirFiles() {
        let stage = Stage(NameSource()) {
            $0.write("/etc/hosts", "127.0.0.1 localhost\n127.0.0.1 localhost\n")
            $0.write("/etc/resolv.conf", "nameserver 10.0.0.1\n")
            $0.write("/etc/services", "ssh 22/tcp\nssh 22/udp\n")
            $0.write("/etc/protocols", "tcp 6 TCP\n")
        }
        #expect(stage.count(Kind.hostEntry) == 2)
        #expect(stage.count(Kind.serviceName) == 2)
        stage.kernel.write("/etc/services", "ssh 23/tcp\n")
        stage.kernel.write("/etc/hosts", "127.0.0.1 here\n")
        stage.settle()
        #expect(stage.data(Kind.serviceName, "ssh/tcp")?["port"] == 23)
        #expect(stage.count(Kind.hostEntry) == 1)
        #expect(stage.sweep() == 0)

        let settings = Stage(SettingSource()) {
            $0.write("/etc/environment", "export API=secretvalue\n")
            $0.write("/etc/login.defs", "UID_MIN 1000\n# x\n")
            $0.write("/etc/default/db", "DB_PASSWORD=secretvalue\nURL='http://u:secretvalue@h'\n")
            $0.write("/etc/security/limits.d/a.conf", "@wheel hard nofile 5\n* - core 0\nx\n")
            $0.write("/proc/self/limits", "Limit Soft Hard Units\nMax open files 1 2 files\n")
        }
        #expect(settings.data(Kind.setting, "/etc/login.defs UID_MIN")?["value"] == "1000")
        #expect(settings.data(Kind.setting, "/etc/environment API")?["value"] == nil)
        #expect(!"\(settings.picture)".contains("secretvalue"))
        #expect(settings.count(Kind.limitRule) == 2)
        #expect(settings.data(Kind.limit, "Max open files")?["hard"] == "2")
        #expect(settings.sensor.contract.mayMiss.contains("domain name"))
    }

    @Test func optionsOfSSHAreReadThroughPatterns() {
        let stage = Stage(SSHOptionSource()) {
            $0.write("/etc/ssh/sshd_config", "Include sshd_config.d/*.conf\nPort 22\n")
            $0.write("/etc/ssh/sshd_config.d/a.conf", "PermitRootLogin no\n")
            $0.write("/etc/ssh/sshd_config.d/a.bak", "PermitRootLogin yes\n")
            $0.write("/home/ann/.ssh/config", "Host a b\n  User = x\nInclude config\n")
        }
        #expect(stage.count(Kind.sshOption) == 3)
        let own = stage.picture.values.first { $0.data["user"] == "ann" }
        #expect(own?.data["block"] == "Host a b")
        #expect(own?.data["value"] == "x")
        stage.kernel.write("/etc/ssh/sshd_config.d/b.conf", "X11Forwarding no\n")
        stage.settle()
        #expect(stage.count(Kind.sshOption) == 4)
        #expect(stage.sweep() == 0)
    }

    @Test func stepsOfTheClockAreCounted() {
        let stage = Stage(ClockSource()) {
            $0.write("/usr/share/zoneinfo/Etc/UTC", "TZif2")
            $0.link("/etc/localtime", to: "/usr/share/zoneinfo/Etc/UTC")
        }
        #expect(stage.data(Kind.clock, "clock")?["zone"] == "Etc/UTC")
        #expect(stage.data(Kind.clock, "clock")?["steps"] == 0)
        stage.kernel.send(.clockSteps, [])
        stage.settle()
        #expect(stage.data(Kind.clock, "clock")?["steps"] == 1)
        #expect(stage.data(Kind.clock, "clock")?["lastStep"] != nil)
        stage.kernel.link("/etc/localtime", to: "/usr/share/zoneinfo/Europe/Berlin")
        stage.settle()
        #expect(stage.data(Kind.clock, "clock")?["zone"] == "Europe/Berlin")
        #expect(stage.sweep() == 0)
    }

    @Test func certificatesAreOneForAllTheirFiles() {
        let stage = Stage(CertificateSource()) {
            $0.write("/etc/ssl/certs/a.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n")
            $0.link("/etc/ssl/certs/loop.pem", to: "loop.pem")
        }
        #expect(stage.count(Kind.certificate) == 0)
        #expect(stage.sweep() == 0)
    }

    @Test func everyFieldAndRelationIsInItsType() {
        let types = Dictionary(
            uniqueKeysWithValues: (AccountTypes.all + ConfigurationTypes.all).map { ($0.name, $0) })
        let sources: [any LevelSource] = [
            UserSource(), SudoSource(), KeySource(), LoginSource(), CronSource(), NameSource(),
            SettingSource(), SSHOptionSource(), ClockSource(), CertificateSource(),
            SetUserSource(), ExtensionSource(),
        ]
        for source in sources {
            let kernel = LinuxKernel()
            _ = source.open(kernel)
            guard case .whole(let seen) = source.read(kernel) else {
                Issue.record("\(source.contract.name) read nothing")
                continue
            }
            for one in seen {
                let type = types[one.subject.type]
                #expect(source.contract.kinds.contains(one.subject.type))
                for (name, value) in one.data.entries {
                    let field = type?.field(name)
                    #expect(field?.kind.rawValue == value.kindName, "\(one.subject) \(name)")
                }
                for relation in one.links.keys { #expect(type?.relation(relation) != nil) }
            }
            #expect(Set(seen.map(\.subject)).count == seen.count)
        }
        for type in types.values {
            for column in type.columns { #expect(type.field(column) != nil) }
        }
    }
}

extension AccountSourceTests {
    @Test func programsWithTheSetUserBitAreFound() {
        // The World's files have plain modes: that such a program is seen is tested on Linux.
        let stage = Stage(SetUserSource()) { $0.write("/usr/bin/ls", "x") }
        #expect(stage.count(Kind.setUserFile) == 0)
        let kernel = LinuxKernel()
        guard case .whole(let seen) = SetUserSource().read(kernel) else {
            Issue.record("nothing was read")
            return
        }
        for one in seen {
            let status = kernel.status(one.data["path"]?.text ?? "", following: false)
            #expect(status.map { $0.mode & 0o6000 != 0 } == true)
        }
    }

    @Test func extensionsOfBrowsersAndEditorsAreRead() {
        let home = "/home/ann"
        let chrome = "\(home)/.config/chromium/Default/Extensions/abc/1.0_0/manifest.json"
        let stage = Stage(ExtensionSource()) {
            $0.write("\(home)/.profile", "")
            $0.write(
                chrome,
                #"{"name":"Block","version":"1.0","permissions":["tabs",{"x":1}],"manifest_version":3}"#
            )
            $0.write(
                "\(home)/.vscode/extensions/a.b-2/package.json",
                #"{"name":"b","publisher":"a","version":"2","displayName":"B"}"#)
            $0.write("\(home)/.vscode/extensions/broken/package.json", "{")
            $0.write(
                "\(home)/.mozilla/firefox/x.default/extensions.json",
                #"{"addons":[{"id":"f@x","version":"3","active":true,"#
                    + #""defaultLocale":{"name":"F","creator":"me"}},{"id":7},null]}"#)
        }
        #expect(stage.count(Kind.programExtension) == 3)
        let block = stage.data(Kind.programExtension, "ann chromium Default abc")
        #expect(block?["permissions"] == ["tabs"])
        #expect(stage.data(Kind.programExtension, "ann vscode a.b")?["name"] == "B")
        #expect(stage.data(Kind.programExtension, "ann firefox x.default f@x")?["active"] == true)
        stage.kernel.write(
            "\(home)/.vscode/extensions/c-1/package.json", #"{"name":"c","version":"1"}"#)
        // The editor keeps a list beside the folders.
        stage.kernel.write("\(home)/.vscode/extensions/extensions.json", "[]")
        stage.settle()
        #expect(stage.count(Kind.programExtension) == 4)
        stage.kernel.remove("\(home)/.config/chromium/Default/Extensions/abc")
        stage.settle()
        #expect(stage.count(Kind.programExtension) == 3)
        #expect(stage.sweep() == 0)
    }
}
