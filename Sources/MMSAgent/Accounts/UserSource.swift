internal import Host
internal import Resources

/// The accounts and groups of the files of this machine.
final class UserSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "users", kinds: [Kind.group, Kind.user],
        mechanism: "inotify on /etc/passwd, group, shadow and /var/log/lastlog",
        why: "the tools replace these files, and their folders tell of it",
        privilege: "CAP_DAC_READ_SEARCH for /etc/shadow", fallback: "leaves its fields out",
        mayMiss: missed)
    private static let missed =
        "accounts of directory services (LDAP, SSSD); changes that "
        + "follow each other within 5 ms are one"
    let watched: WatchedPaths? = WatchedPaths(
        named: ["/etc/passwd", "/etc/group", "/etc/shadow", lastLog])
    private static let lastLog = "/var/log/lastlog"

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        guard let passwords = files.bytes("/etc/passwd") else {
            return .torn(cause: "/etc/passwd cannot be read")
        }
        let users = PasswordLine.all(passwords)
        let groups = GroupLine.all(files.bytes("/etc/group") ?? [])
        let shadows = Dictionary(
            ShadowLine.all(files.bytes("/etc/shadow") ?? []).map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first })
        contract.mayMiss = Self.missed + files.complaint
        var seen = Self.seen(groups)
        seen += Self.seen(users, groups, shadows) { Self.lastLogin(of: $0, kernel) }
        return .whole(seen)
    }

    private static func seen(_ groups: [GroupLine]) -> [Seen] {
        var names = NameRoll()
        var numbers: Set<UInt32> = []
        return groups.map { group in
            let isFirst = numbers.insert(group.gid).inserted
            return Seen(
                subject: Observation.Subject(type: Kind.group, name: names.take(group.name)),
                identity: isFirst ? "gid:\(group.gid)" : "gid:\(group.gid):\(group.name)",
                data: ["gid": .int(Int64(group.gid)), "name": .text(group.name)])
        }
    }

    private static func seen(
        _ users: [PasswordLine], _ groups: [GroupLine], _ shadows: [String: ShadowLine],
        _ login: (UInt32) -> LastLogin?
    ) -> [Seen] {
        var names = NameRoll()
        var numbers: Set<UInt32> = []
        var memberships: [String: [String]] = [:]
        for group in groups {
            for member in Set(group.members) {
                memberships[member, default: []].append(group.name)
            }
        }
        let primary = Dictionary(
            groups.map { ($0.gid, $0.name) }, uniquingKeysWith: { first, _ in first })
        return users.map { user in
            let isFirst = numbers.insert(user.uid).inserted
            var one = Seen(
                subject: Observation.Subject(type: Kind.user, name: names.take(user.name)),
                identity: isFirst ? "uid:\(user.uid)" : "uid:\(user.uid):\(user.name)",
                data: data(user))
            if let shadow = shadows[user.name] { add(shadow, to: &one.data) }
            if let login = login(user.uid) { add(login, to: &one.data) }
            var all = memberships[user.name] ?? []
            if let first = primary[user.gid] {
                one.links["PRIMARY"] = [.group(first)]
                if !all.contains(first) { all.append(first) }
            }
            if !all.isEmpty { one.links["MEMBER"] = all.sorted().map { .group($0) } }
            return one
        }
    }

    private static func data(_ user: PasswordLine) -> ValueMap {
        var data: ValueMap = [
            "uid": .int(Int64(user.uid)), "gid": .int(Int64(user.gid)),
            "name": .text(user.name),
        ]
        data["description"] = .unlessEmpty(user.description)
        data["home"] = .unlessEmpty(user.home)
        // An empty field means this shell (passwd(5)).
        data["shell"] = .text(user.shell.isEmpty ? "/bin/sh" : user.shell)
        let refusers = ["nologin", "false", "sync", "shutdown", "halt"]
        let last = user.shell.split(separator: "/").last.map { String($0) } ?? "sh"
        data["canLogIn"] = .bool(!refusers.contains(last))
        return data
    }

    private static func add(_ shadow: ShadowLine, to data: inout ValueMap) {
        let day: Int64 = 86_400_000
        let time = { (days: Int64?) in
            days.flatMap { $0 < 1 << 30 ? Value.int($0 * day) : nil }
        }
        data["password"] = .text(shadow.password.rawValue)
        data["locked"] = .bool(shadow.password == .locked || shadow.password == .none)
        data["passwordMethod"] = shadow.method.map { .text($0) }
        data["passwordChanged"] = time(shadow.changed)
        data["expires"] = time(shadow.expires)
        data["passwordMinimum"] = shadow.least.map { .int($0) }
        data["passwordMaximum"] = shadow.most.map { .int($0) }
        data["passwordWarning"] = shadow.warn.map { .int($0) }
        data["passwordGrace"] = shadow.grace.map { .int($0) }
    }

    // MARK: lastlog

    /// The record of a user's last login: where its number says (lastlog(8)).
    private static func lastLogin(of uid: UInt32, _ kernel: any Kernel) -> LastLogin? {
        // The file is sparse and as long as the greatest number that ever logged in.
        guard let size = kernel.status(lastLog, following: true)?.size,
            size >= Int64(LastLogin.bytes) * (Int64(uid) + 1)
        else { return nil }
        return kernel.read(
            lastLog, at: UInt64(LastLogin.bytes) * UInt64(uid), count: LastLogin.bytes
        ).flatMap { LastLogin($0) }
    }

    private static func add(_ login: LastLogin, to data: inout ValueMap) {
        data["lastLogin"] = .int(login.seconds * 1000)
        data["lastLoginLine"] = .unlessEmpty(login.line)
        data["lastLoginHost"] = .unlessEmpty(login.host)
    }
}
