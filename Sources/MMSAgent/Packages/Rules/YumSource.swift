internal import Host
internal import Resources

/// The repositories that yum, dnf and zypper fetch packages from.
final class YumSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "yum-sources", kinds: [Kind.yumSource],
        mechanism: "inotify on the folders of repositories",
        why: "they are written by people and by packages", privilege: "none",
        fallback: "reads them every 60 s", mayMiss: missed)
    private static let missed = "repositories that a plugin adds without a file"
    private static let folders = ["/etc/yum.repos.d", "/etc/zypp/repos.d"]
    private static let files = ["/etc/yum.conf", "/etc/dnf/dnf.conf"]

    var watched: WatchedPaths? { WatchedPaths(named: Set(Self.folders + Self.files)) }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        var names = NameRoll()
        var seen: [Seen] = []
        let paths = Self.files + Self.folders.flatMap { files.folder($0, suffix: ".repo") }
        for path in paths where kernel.status(path, following: true) != nil {
            for section in IniText.sections(files.bytes(path) ?? [])
            where section.name != "main" && !section.name.isEmpty {
                seen.append(Self.seen(section, path, &names))
            }
        }
        contract.mayMiss = Self.missed + files.complaint
        return .whole(seen)
    }

    private static func seen(
        _ section: IniText.Section, _ path: String, _ names: inout NameRoll
    ) -> Seen {
        let isOn = { (key: String) in
            section.values[key].map { ["1", "yes", "true", "on"].contains($0.lowercased()) }
        }
        let place = { (key: String) in
            section.values[key].map { Value.text(AptEntry.withoutSecrets($0)) }
        }
        var data: ValueMap = [
            "id": .text(section.name), "file": .text(path), "line": .int(Int64(section.line)),
            "enabled": .bool(isOn("enabled") ?? true),
        ]
        data["title"] = section.values["name"].map { .text($0) }
        data["places"] = .unlessEmpty(
            section.words("baseurl").prefix(Limits.tags.value).map { AptEntry.withoutSecrets($0) })
        data["mirrors"] = place("mirrorlist")
        data["metalink"] = place("metalink")
        data["signed"] = isOn("gpgcheck").map { .bool($0) }
        data["keys"] = .unlessEmpty(
            section.words("gpgkey").prefix(Limits.tags.value).map { AptEntry.withoutSecrets($0) })
        return Seen(Kind.yumSource, names.take(section.name), data)
    }
}
