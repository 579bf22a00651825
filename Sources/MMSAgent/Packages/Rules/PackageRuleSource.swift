internal import Host
internal import Resources

/// What an administrator of Gentoo has set for single packages.
final class PackageRuleSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "package-rules", kinds: [Kind.packageRule],
        mechanism: "inotify on the files of /etc/portage", why: "people write them",
        privilege: "none", fallback: "reads them every 60 s", mayMiss: missed)
    private static let missed = "rules of profiles; files two folders deep"
    private static let folder = "/etc/portage"
    private static let kinds = [
        ("package.keywords", "keywords"), ("package.accept_keywords", "keywords"),
        ("package.mask", "mask"), ("package.unmask", "unmask"), ("package.use", "use"),
    ]

    var watched: WatchedPaths? {
        WatchedPaths(named: Set([Self.folder] + Self.kinds.map { "\(Self.folder)/\($0.0)" }))
    }

    func read(_ kernel: any Kernel) -> Reading {
        guard kernel.status(Self.folder, following: true) != nil else { return .whole([]) }
        var files = ConfigReader(kernel)
        var names = NameRoll()
        var seen: [Seen] = []
        for (file, kind) in Self.kinds {
            let path = "\(Self.folder)/\(file)"
            guard let status = kernel.status(path, following: true) else { continue }
            for one in status.kind == .directory ? files.folder(path) : [path] {
                for line in files.lines(one) where !line.words.isEmpty {
                    seen.append(Self.seen(line, kind, one, &names))
                }
            }
        }
        contract.mayMiss = Self.missed + files.complaint
        return .whole(seen)
    }

    private static func seen(
        _ line: ConfigLine, _ kind: String, _ path: String, _ names: inout NameRoll
    ) -> Seen {
        let words = line.words
        let atom = String(words.first ?? "")
        let (name, version) = PortageReader.atomParts(atom)
        var data: ValueMap = [
            "package": .text(name), "kind": .text(kind), "atom": .text(atom), "file": .text(path),
            "line": .int(Int64(line.number)),
        ]
        data["version"] = .unlessEmpty(version)
        data["words"] = .unlessEmpty(Array(words.dropFirst().prefix(Limits.links.value)))
        return Seen(Kind.packageRule, names.take("\(kind) \(atom)"), data)
    }
}
