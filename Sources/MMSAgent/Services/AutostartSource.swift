internal import Host
internal import Resources

/// Entries of desktop sessions (Desktop Application Autostart Specification): those of all users,
/// and those in users' homes.
final class AutostartSource: LevelSource {
    let contract = SensorContract(
        name: "autostart", kinds: [Kind.autostart], mechanism: "inotify on the folders",
        why: "entries are files that are replaced by renaming",
        privilege: "root for the homes of others", fallback: "sees the homes it may read",
        mayMiss: "homes that are mounted on demand are not looked into until they are there")

    private var homes: [(user: String, folder: String)] = []
    private static let common = "/etc/xdg/autostart"

    var watched: WatchedPaths? {
        WatchedPaths(named: Set(homes.map(\.folder) + [Self.common, "/etc/passwd"]))
    }

    func read(_ kernel: any Kernel) -> Reading {
        homes = Self.homes(kernel)
        var seen = Self.entries(Self.common, nil, kernel)
        for home in homes { seen += Self.entries(home.folder, home.user, kernel) }
        return .whole(seen)
    }

    /// The folders of users who may have a session.
    private static func homes(_ kernel: any Kernel) -> [(user: String, folder: String)] {
        var homes: [(user: String, folder: String)] = []
        for line in (kernel.read("/etc/passwd") ?? []).split(separator: 10) {
            let fields = line.split(separator: 58, omittingEmptySubsequences: false)
            guard fields.count >= 7, let uid = decimal(fields[2]), uid == 0 || uid >= 1000,
                uid != 65_534, fields[5].first == UInt8(ascii: "/"),
                homes.count < Limits.units.value
            else { continue }
            homes.append((lossyText(fields[0]), lossyText(fields[5]) + "/.config/autostart"))
        }
        return homes
    }

    private static func entries(
        _ folder: String, _ user: String?, _ kernel: any Kernel
    ) -> [Seen] {
        (kernel.list(folder) ?? []).prefix(Limits.units.value).compactMap { file in
            let path = "\(folder)/\(file)"
            guard file.hasSuffix(".desktop"),
                let status = kernel.status(path, following: true), status.kind == .file,
                status.size <= Limits.unitFileBytes.value, let bytes = kernel.read(path)
            else { return nil }
            let entry = UnitFile(bytes)
            var one = Seen(
                subject: .init(type: Kind.autostart, name: subjectName(path)),
                identity: "autostart:\(path)", data: ["path": .text(path)])
            if let name = entry.last("Desktop Entry.Name") { one.data["name"] = .text(name) }
            if let line = entry.last("Desktop Entry.Exec") {
                one.data["command"] = .list(ServiceRecord.command(line).map { .text($0) })
            }
            if let user { one.data["user"] = .text(user) }
            one.data["enabled"] = .bool(entry.last("Desktop Entry.Hidden") != "true")
            if let list = entry.last("Desktop Entry.OnlyShowIn") {
                one.data["desktops"] = .list(
                    list.split(separator: ";").prefix(64).map { .text(String($0)) })
            }
            return one
        }
    }
}
