internal import Host
internal import Resources

/// Programs that run as their owner or group, whoever starts them.
final class SetUserSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "set-user", kinds: [Kind.setUserFile],
        mechanism: "inotify on the folders of programs",
        why: "their folders tell of every new file and every change of mode",
        privilege: "none", fallback: "none is needed", mayMiss: missed)
    private static let missed = "set-user programs outside of the folders of programs"
    private static let folders = [
        "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin",
        "/usr/libexec", "/usr/lib/openssh", "/usr/lib/dbus-1.0", "/usr/lib/polkit-1", "/opt/bin",
    ]
    /// A package brings many files at once.
    let settle: UInt64 = 50
    let watched: WatchedPaths? = WatchedPaths(
        named: Set(folders + ["/etc/passwd", "/etc/group"]))

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        let users = userNames(kernel)
        let groups = Dictionary(
            GroupLine.all(files.bytes("/etc/group") ?? []).map { ($0.gid, $0.name) },
            uniquingKeysWith: { first, _ in first })
        var names = NameRoll()
        var seen: [Seen] = []
        for folder in Self.folders where kernel.status(folder, following: false)?.kind != .link {
            for path in files.folder(folder) {
                // A link has no mode of its own.
                guard let status = kernel.status(path, following: false), status.kind == .file,
                    status.mode & 0o6000 != 0
                else { continue }
                seen.append(Self.seen(path, status, users, groups, &names))
            }
        }
        contract.mayMiss = Self.missed + files.complaint
        return .whole(seen)
    }

    private static func seen(
        _ path: String, _ status: FileStatus, _ users: [UInt32: String],
        _ groups: [UInt32: String], _ names: inout NameRoll
    ) -> Seen {
        var one = Seen(
            subject: Observation.Subject(type: Kind.setUserFile, name: names.take(path)),
            identity: "\(status.device):\(status.inode)",
            data: [
                "path": .text(path), "uid": .int(Int64(status.user)),
                "gid": .int(Int64(status.group)),
                "mode": .text("0" + String(status.mode, radix: 8)),
                "setUser": .bool(status.mode & 0o4000 != 0),
                "setGroup": .bool(status.mode & 0o2000 != 0),
            ])
        if let user = users[status.user] {
            one.data["user"] = .text(user)
            one.links["USER"] = [.user(user)]
        }
        if let group = groups[status.group] {
            one.data["group"] = .text(group)
            one.links["GROUP"] = [.group(group)]
        }
        return one
    }
}
