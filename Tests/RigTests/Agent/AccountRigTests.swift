import Glibc
import Host
import Resources
import Synchronization
import Testing

@testable import MMSAgent

/// Real changes of accounts and of configuration, beside the tools that judge them. They change
/// files of the machine and put each back as it was.
@Suite(.serialized) struct AccountRigTests {
    private func group(
        _ picture: Picture, _ source: @escaping @Sendable () -> any LevelSource
    ) throws -> SensorGroup {
        let group = try SensorGroup(
            [{ LevelSensor(source(), on: LinuxKernel()) }], sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        #expect(picture.reaches { !$0.causes.isEmpty && $0.openGaps.values.allSatisfy { $0 == 0 } })
        return group
    }

    private func swept(_ group: SensorGroup, _ picture: Picture) {
        group.sweep()
        #expect(picture.reaches { _ in group.reports.first?.statistics.sweeps == 1 })
        #expect(group.reports.first?.statistics.drift == 0)
        #expect(picture.state.withLock { $0.faults } == [])
    }

    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0) }
    }

    // MARK: Users

    @Test(.enabled(if: getuid() == 0, "adds a user, which takes root"))
    func usersComeAndGo() throws {
        let picture = Picture()
        let (user, team) = ("rig\(getpid())", "team\(getpid())")
        defer { _ = shell("userdel -r \(user) 2>/dev/null; groupdel \(team) 2>/dev/null") }
        let group = try group(picture) { UserSource() }
        defer { group.stop() }
        compare(picture)
        _ = shell("groupadd \(team); useradd -m -G \(team) -c 'A, B' -s /bin/false \(user) 2>&1")
        #expect(
            picture.reaches { state in
                state.subjects.values.contains {
                    $0.subject.name.text == user && ($0.links["MEMBER"]?.count ?? 0) == 2
                        && $0.data["password"] == "none"
                }
            })
        let one = picture.all("user")[user]
        #expect(one?.data["description"] == "A, B")
        #expect(one?.data["canLogIn"] == false)
        compare(picture)
        _ = shell("printf '%s:%s' \(user) rigsecret | chpasswd -c SHA512 2>&1; usermod -L \(user)")
        #expect(
            picture.reaches { state in
                state.subjects.values.contains {
                    $0.subject.name.text == user && $0.data["password"] == "locked"
                        && $0.data["passwordMethod"] == "sha512"
                }
            })
        #expect(!"\(picture.all("user"))".contains("$6$"))
        _ = shell("userdel -r \(user) 2>/dev/null; groupdel \(team) 2>/dev/null")
        #expect(
            picture.reaches { state in
                !state.subjects.keys.contains { [user, team].contains($0.name.text) }
            })
        compare(picture)
        swept(group, picture)
    }

    /// All accounts and groups as `getent` says.
    private func compare(_ picture: Picture) {
        let users = picture.all("user").values.map { one in
            [
                one.data["name"]?.text ?? "", "\(one.data["uid"]?.int ?? -1)",
                "\(one.data["gid"]?.int ?? -1)", one.data["description"]?.text ?? "",
                one.data["home"]?.text ?? "",
            ].joined(separator: ":")
        }
        let told = lines(shell("getent -s files passwd | cut -d: -f1,3,4,5,6"))
        #expect(users.sorted() == told.sorted())
        let groups = picture.all("group").values.map { one in
            "\(one.data["name"]?.text ?? ""):\(one.data["gid"]?.int ?? -1)"
        }
        #expect(groups.sorted() == lines(shell("getent -s files group | cut -d: -f1,3")).sorted())
        for (name, one) in picture.all("user") {
            let named = one.links["MEMBER"]?.map(\.name.text).sorted() ?? []
            let told = lines(shell("id -nG '\(name)' | tr ' ' '\\n'"))
            #expect(named == told.sorted(), "\(name)")
        }
    }

    // MARK: Keys

    @Test(.enabled(if: getuid() == 0, "adds a user, which takes root"))
    func keysOfAUserComeAndGo() throws {
        let picture = Picture()
        let user = "rigkey\(getpid())"
        defer { _ = shell("userdel -r \(user) 2>/dev/null; groupdel \(user) 2>/dev/null") }
        let group = try group(picture) { KeySource() }
        defer { group.stop() }
        _ = shell(
            "useradd -m \(user) 2>&1; mkdir ~\(user)/.ssh; cd ~\(user)/.ssh; "
                + "ssh-keygen -q -t ed25519 -N '' -C 'rig key' -f id; "
                + "ssh-keygen -q -t rsa -b 2048 -N word -f locked; "
                + "(printf 'no-pty,command=\"ls\" '; cat id.pub) > authorized_keys; "
                + "(printf 'h.example '; cat locked.pub) > known_hosts; ssh-keygen -qH 2>&1")
        #expect(
            picture.reaches { state in
                state.subjects.keys.contains { $0.type == Kind.authorizedKey }
                    && state.subjects.keys.filter { $0.type == Kind.sshKey }.count >= 2
                    && state.subjects.keys.contains { $0.type == Kind.knownHost }
            })
        let print = { (file: String) in
            lines(shell("ssh-keygen -lf ~\(user)/.ssh/\(file) | awk '{print $2}'")).first
        }
        let own = picture.all("authorized-key").values.first { $0.data["user"]?.text == user }
        #expect(own?.data["fingerprint"]?.text == print("id.pub"))
        #expect(own?.data["comment"] == "rig key")
        #expect(own?.data["options"] == ["no-pty", "command"])
        let locked = picture.all("ssh-key").values.first {
            $0.data["path"]?.text?.hasSuffix("/locked") == true
        }
        #expect(locked?.data["encrypted"] == true)
        #expect(locked?.data["fingerprint"]?.text == print("locked.pub"))
        #expect(locked?.data["bits"] == 2048)
        // A pipe in a file's place must not stop the reader.
        _ = shell("mkfifo ~\(user)/.ssh/authorized_keys2")
        _ = shell("userdel -r \(user) 2>/dev/null")
        #expect(
            picture.reaches { state in
                !state.subjects.values.contains { $0.data["user"]?.text == user }
            })
        swept(group, picture)
    }

    // MARK: Cron

    @Test(.enabled(if: getuid() == 0, "writes into /etc/cron.d"))
    func jobsComeAndGo() throws {
        let picture = Picture()
        let file = "/etc/cron.d/rig\(getpid())"
        defer { _ = shell("rm -f \(file)") }
        let group = try group(picture) { CronSource() }
        defer { group.stop() }
        let before = picture.all("cron-job").count
        _ = shell("echo '7 3 * * 1 root run --password hidden' > \(file)")
        #expect(
            picture.reaches { state in
                state.subjects.values.contains {
                    $0.data["file"]?.text == file && $0.data["hour"] == "3"
                        && $0.data["command"] == "run --password ***"
                }
            })
        _ = shell("rm \(file)")
        #expect(picture.reaches { state in state.subjects.count == before })
        // Programs of the periods, as run-parts takes them.
        let told = lines(
            shell("for p in hourly daily weekly monthly; do run-parts --test /etc/cron.$p; done"))
        let seen = picture.all("cron-job").values.compactMap { $0.data["file"]?.text }
        #expect(seen.filter { !$0.hasPrefix("/etc/cron.d/") }.sorted() == told.sorted())
        swept(group, picture)
    }

    // MARK: Hosts

    @Test(.enabled(if: getuid() == 0, "replaces /etc/hosts"))
    func hostsAreReplacedByRename() throws {
        let picture = Picture()
        let original = try LinuxFile.read("/etc/hosts")
        let copy = "/etc/hosts.rig\(getpid())"
        // A bind mount (as in containers) cannot be renamed over: there it is written in place.
        let replace = "mv \(copy) /etc/hosts 2>/dev/null || (cat \(copy) > /etc/hosts; rm \(copy))"
        defer {
            _ = shell("rm -f \(copy)")
            if let now = try? LinuxFile.read("/etc/hosts"), now != original {
                Issue.record("/etc/hosts was not put back")
            }
        }
        let group = try group(picture) { NameSource() }
        defer { group.stop() }
        _ = shell("cp -p /etc/hosts \(copy).old; cp -p /etc/hosts \(copy)")
        _ = shell("printf '\\n192.0.2.7 rig.example rig # x\\n' >> \(copy); \(replace)")
        let name = "192.0.2.7 rig.example"
        #expect(picture.reaches { $0.subjects.keys.contains { $0.name.text == name } })
        #expect(picture.all("host-entry")[name]?.data["hostnames"] == ["rig.example", "rig"])
        _ = shell("mv \(copy).old \(copy); \(replace)")
        #expect(picture.reaches { !$0.subjects.keys.contains { $0.name.text == name } })
        let now = try LinuxFile.read("/etc/hosts")
        #expect(now == original)
        let services = picture.all("service-name").values.map { one in
            "\(one.data["service"]?.text ?? "") \(one.data["port"]?.int ?? 0)/"
                + (one.data["protocol"]?.text ?? "")
        }
        let told = lines(shell("getent -s files services | awk '{print $1, $2}' FS=' +'"))
        let main = lines(shell("getent -s files services")).map { line in
            let words = line.split(separator: " ")
            return "\(words[0]) \(words.last { $0.contains("/") } ?? "")"
        }
        #expect(services.count == told.count)
        #expect(services.sorted() == main.sorted())
        #expect(
            picture.all("protocol").count == lines(shell("getent -s files protocols")).count)
        swept(group, picture)
    }

    // MARK: Logins

    @Test(
        .enabled(
            if: getuid() == 0 && LinuxKernel().status("/run/utmp", following: true) == nil,
            "writes /run/utmp, where nobody else keeps one"))
    func sessionsAreThoseOfTheLibrary() throws {
        let picture = Picture()
        let group = try group(picture) { LoginSource() }
        defer { group.stop() }
        defer { _ = shell("rm -f /run/utmp") }
        let file = unsafe open("/run/utmp", O_CREAT | O_WRONLY, 0o644)
        close(file)
        write(kind: 7)
        #expect(
            picture.reaches { state in
                state.subjects.values.contains {
                    $0.data["user"] == "root" && $0.data["tty"] == "pts/rig"
                        && $0.data["host"] == "192.0.2.9" && $0.data["since"] == 1_700_000_000_250
                        && $0.links["LEADER"]?.first?.name.text == "\(getpid())"
                }
            })
        write(kind: 8)
        #expect(
            picture.reaches { state in !state.subjects.keys.contains { $0.type == Kind.session } })
        swept(group, picture)
    }

    /// Writes a record by the C library, whose layout is the one that counts.
    private func write(kind: Int16) {
        var record = utmpx()
        record.ut_type = kind
        record.ut_pid = getpid()
        record.ut_tv.tv_sec = 1_700_000_000
        record.ut_tv.tv_usec = 250_000
        unsafe withUnsafeMutableBytes(of: &record.ut_line) {
            unsafe $0.copyBytes(from: "pts/rig".utf8)
        }
        unsafe withUnsafeMutableBytes(of: &record.ut_id) { unsafe $0.copyBytes(from: "rig".utf8) }
        unsafe withUnsafeMutableBytes(of: &record.ut_user) {
            unsafe $0.copyBytes(from: "root".utf8)
        }
        unsafe withUnsafeMutableBytes(of: &record.ut_host) {
            unsafe $0.copyBytes(from: "192.0.2.9".utf8)
        }
        setutxent()
        let isWritten = unsafe pututxline(&record) != nil
        #expect(isWritten)
        endutxent()
    }

    // MARK: Certificates

    @Test(.enabled(if: getuid() == 0, "writes into /etc/ssl"))
    func certificatesAreWhatOpensslSays() throws {
        let picture = Picture()
        let file = "/etc/ssl/certs/rig\(getpid()).pem"
        defer { _ = shell("rm -f \(file)") }
        let group = try group(picture) { CertificateSource() }
        defer { group.stop() }
        _ = shell(
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out \(file) -days 9 "
                + "-subj '/O=Rig/CN=rig.example' 2>/dev/null")
        #expect(
            picture.reaches { state in
                state.subjects.values.contains { $0.data["commonName"] == "rig.example" }
            })
        let all = picture.all("certificate")
        let script =
            "for f in /etc/ssl/certs/*.pem; do openssl x509 -in \"$f\" -noout -fingerprint -sha256 "
            + "-serial | cut -d= -f2 | tr -d : | tr A-Z a-z | paste -sd' '; done | sort -u"
        let told = lines(shell(script))
        #expect(told.count > 0)
        for line in told {
            let words = line.split(separator: " ")
            let one = all[String(words[0])]
            let serial = one?.data["serial"]?.text?.drop { $0 == "0" }
            #expect(serial == words[1].drop { $0 == "0" }, "\(line)")
        }
        let bundle = "/etc/ssl/certs/ca-certificates.crt"
        let inBundle = all.values.filter {
            $0.data["paths"]?.list?.contains(.text(bundle)) == true
        }
        let count = lines(shell("grep -c BEGIN \(bundle)")).first.flatMap { Int($0) }
        #expect(inBundle.count == count)
        let times = lines(
            shell(
                "date -u +%s -d \"$(openssl x509 -in \(file) -noout -enddate | cut -d= -f2)\""))
        let own = all.values.first { $0.data["commonName"] == "rig.example" }
        #expect(own?.data["notAfter"]?.int == times.first.flatMap { Int64($0) }.map { $0 * 1000 })
        #expect(own?.data["keyBits"] == 2048)
        _ = shell("rm \(file)")
        #expect(
            picture.reaches { state in
                !state.subjects.values.contains { $0.data["commonName"] == "rig.example" }
            })
        swept(group, picture)
    }

    // MARK: What it costs

    /// One reading of each source, for the figures in the log of the run.
    @Test func everySourceReadsThisMachineWhole() throws {
        let picture = Picture()
        let makers: [@Sendable () -> any LevelSource] = [
            { UserSource() }, { SudoSource() }, { KeySource() }, { LoginSource() },
            { CronSource() }, { NameSource() }, { SettingSource() }, { SSHOptionSource() },
            { ClockSource() }, { CertificateSource() }, { SetUserSource() }, { ExtensionSource() },
        ]
        let group = try SensorGroup(
            makers.map { make in { LevelSensor(make(), on: LinuxKernel()) } }, sweepInterval: nil
        ) { picture.take($0) }
        try group.start()
        defer { group.stop() }
        #expect(
            picture.reaches { $0.openGaps.count == 12 && $0.openGaps.values.allSatisfy { $0 == 0 } }
        )
        group.sweep()
        #expect(
            picture.reaches { _ in
                group.reports.count == 12 && group.reports.allSatisfy { $0.statistics.sweeps == 1 }
            })
        for report in group.reports {
            #expect(report.statistics.drift == 0, "\(report.contract.name)")
            #expect(report.statistics.unwatched == 0, "\(report.contract.name)")
        }
        let told = lines(
            shell(
                "find /bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /usr/libexec "
                    + "/usr/lib/openssh /usr/lib/dbus-1.0 /usr/lib/polkit-1 -maxdepth 1 -type f "
                    + "-perm /6000 2>/dev/null"))
        #expect(picture.all("set-user-file").keys.sorted() == told.sorted())
        #expect(told.count > 0)
    }
}
