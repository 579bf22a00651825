internal import Host
internal import Resources

/// Who is logged in, and who was: utmp, wtmp and the files of logind.
final class LoginSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "logins", kinds: [Kind.session, Kind.login],
        mechanism: "inotify on /run/utmp, /var/log/wtmp and /run/systemd/sessions",
        why: "login programs and logind write these files at every login and logout",
        privilege: "none", fallback: "none is needed", mayMiss: missed)
    private static let missed =
        "logins that their program records nowhere; the end of a session "
        + "whose program died before it wrote of it; of the records of the past the latest \(Limits.logins.value) are kept"
    let watched: WatchedPaths? = WatchedPaths(named: [current, past, folder])
    private static let current = "/run/utmp"
    private static let past = "/var/log/wtmp"
    private static let folder = "/run/systemd/sessions"
    private var boot = ""

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        boot = bootSetting(kernel).boot
        return []
    }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        var seen: [Seen] = []
        var lines: Set<String> = []
        var places: [Substring: Int] = [:]
        for path in files.folder(Self.folder) where !path.hasSuffix(".ref") {
            guard let session = ManagedSession(files.lines(path)) else { continue }
            let id = path.split(separator: "/").last ?? ""
            lines.insert(session.line)
            places[id] = seen.count
            seen.append(self.seen(session, id))
        }
        var names = NameRoll()
        for record in LoginRecord.all(files.bytes(Self.current) ?? [])
        where record.kind == .user && !lines.contains(record.line) {
            if let id = Self.session(of: record.pid, kernel), let place = places[id] {
                // logind itself learns the terminal from here, and writes it to no file.
                if seen[place].data["tty"] == nil {
                    seen[place].data["tty"] = .unlessEmpty(record.line)
                }
            } else {
                seen.append(self.seen(record, names.take(record.line)))
            }
        }
        seen += Self.past(kernel)
        contract.mayMiss = Self.missed + files.complaint
        return .whole(seen)
    }

    /// The session of logind that a process is in, by its control group: `…/session-7.scope`.
    private static func session(of pid: Int32, _ kernel: any Kernel) -> Substring? {
        guard let bytes = kernel.read("/proc/\(pid)/cgroup"), let path = controlGroup(bytes[...]),
            let scope = path.split(separator: "/").first(where: { $0.hasPrefix("session-") }),
            scope.hasSuffix(".scope")
        else { return nil }
        return scope.dropFirst("session-".count).dropLast(".scope".count)
    }

    private func seen(_ record: LoginRecord, _ name: ResourceName) -> Seen {
        var one = Seen(
            subject: Observation.Subject(type: Kind.session, name: name),
            identity: "\(boot):\(record.pid):\(record.time)",
            data: [
                "user": .text(record.user), "since": .int(record.time / 1000),
                "leader": .int(Int64(record.pid)), "kind": .text("user"),
            ])
        one.data["tty"] = .unlessEmpty(record.line)
        one.data["host"] = .unlessEmpty(record.host)
        Self.link(&one, user: record.user, leader: Int64(record.pid))
        return one
    }

    private func seen(_ session: ManagedSession, _ id: Substring) -> Seen {
        var one = Seen(
            subject: Observation.Subject(type: Kind.session, name: subjectName(String(id))),
            identity: "\(boot):\(id):\(session.since)",
            data: ["user": .text(session.user), "since": .int(session.since / 1000)])
        one.data["tty"] = .unlessEmpty(session.line)
        one.data["host"] = .unlessEmpty(session.host)
        one.data["kind"] = .unlessEmpty(session.kind)
        one.data["seat"] = .unlessEmpty(session.seat)
        one.data["state"] = .unlessEmpty(session.state)
        one.data["service"] = .unlessEmpty(session.service)
        if let leader = session.leader { one.data["leader"] = .int(leader) }
        Self.link(&one, user: session.user, leader: session.leader)
        return one
    }

    private static func link(_ one: inout Seen, user: String, leader: Int64?) {
        if !user.isEmpty { one.links["USER"] = [.user(user)] }
        if let leader, leader > 0 {
            let process = Observation.Subject(
                type: Kind.process, name: subjectName(String(leader)))
            one.links["LEADER"] = [process]
        }
    }

    // MARK: The past

    /// The latest records of wtmp: logins, each with its end, and boots.
    private static func past(_ kernel: any Kernel) -> [Seen] {
        let size = LoginRecord.Layout.native.size
        let whole = (kernel.status(past, following: true)?.size ?? 0) / Int64(size)
        // About two records a login; the ends of the first ones lie within, too.
        let wanted = min(whole, Int64(3 * Limits.logins.value))
        let bytes = kernel.read(
            past, at: UInt64(whole - wanted) * UInt64(size), count: Int(wanted) * size)
        return seen(LoginRecord.all(bytes ?? []))
    }

    /// The logins and boots of records in their order.
    static func seen(_ records: [LoginRecord]) -> [Seen] {
        var logins: [(record: LoginRecord, until: Int64?)] = []
        var open: [String: Int] = [:]
        for record in records {
            switch record.kind {
            case .user, .boot:
                if record.kind == .boot {
                    // Whoever was in when the machine went down is out.
                    for index in open.values { logins[index].until = record.time }
                    open = [:]
                } else {
                    if let index = open[record.line] { logins[index].until = record.time }
                    open[record.line] = logins.count
                }
                logins.append((record, nil))
            case .dead:
                if let index = open.removeValue(forKey: record.line) {
                    logins[index].until = record.time
                }
            case .empty, .runLevel, .newTime, .oldTime, .initial, .login, .accounting: break
            }
        }
        var names = NameRoll()
        return logins.suffix(Limits.logins.value).map { seen($0.record, $0.until, &names) }
    }

    private static func seen(
        _ record: LoginRecord, _ until: Int64?, _ names: inout NameRoll
    ) -> Seen {
        let isBoot = record.kind == .boot
        var one = Seen(
            Kind.login, names.take("\(isBoot ? "boot" : record.line)@\(record.time / 1000)"),
            ["time": .int(record.time / 1000), "kind": .text(isBoot ? "boot" : "login")])
        if !isBoot {
            one.data["user"] = .unlessEmpty(record.user)
            one.data["tty"] = .unlessEmpty(record.line)
            one.data["pid"] = .int(Int64(record.pid))
            if !record.user.isEmpty { one.links["USER"] = [.user(record.user)] }
        }
        // Of a boot, this is the kernel's release.
        one.data["host"] = .unlessEmpty(record.host)
        one.data["until"] = until.map { .int($0 / 1000) }
        return one
    }
}

/// A session as a file of logind says.
struct ManagedSession: Hashable, Sendable {
    var user = "", line = "", host = "", kind = "", seat = "", state = "", service = ""
    var leader: Int64?
    /// Microseconds since 1970.
    var since: Int64 = 0

    /// Reads a file of `KEY=value`; nil for one without a user.
    init?(_ lines: [ConfigLine]) {
        for line in lines {
            guard let equals = line.text.firstIndex(of: "=") else { continue }
            let value = String(line.text[line.text.index(after: equals)...])
            switch line.text[..<equals] {
            case "USER": user = value
            case "TTY": self.line = value
            case "REMOTE_HOST": host = value
            case "CLASS": kind = value
            case "SEAT": seat = value
            case "STATE": state = value
            case "SERVICE": service = value
            case "LEADER": leader = Int64(value)
            case "REALTIME": since = Int64(value) ?? 0
            default: break
            }
        }
        if user.isEmpty { return nil }
    }
}
