internal import Host
internal import Resources

/// The sources that apt fetches packages from.
final class AptSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "apt-sources", kinds: [Kind.aptSource],
        mechanism: "watches the files of /etc/apt and the releases that apt has fetched",
        why: "they are written by people and by packages, and replaced by renaming",
        privilege: "none", fallback: "reads them every 60 s",
        mayMiss: "a change that is undone within milliseconds")
    private(set) var interval: UInt64?
    private static let main = "/etc/apt/sources.list"
    private static let parts = "/etc/apt/sources.list.d"
    private static let lists = "/var/lib/apt/lists"
    /// What releases said, by file, while the files are the same.
    private var releases: [String: Release] = [:]

    private struct Release {
        var inode: UInt64
        var changed: Int64
        var data: ValueMap
    }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            try kernel.watchFiles().close()
        } catch {
            contract.mechanism = "reads the files of /etc/apt every 60 s"
            contract.why = "\(error.operation): \(error.cause)"
            contract.mayMiss = "what is changed and undone within a minute"
            interval = 60_000
        }
        return []
    }

    var watched: WatchedPaths? { WatchedPaths(named: [Self.main, Self.parts, Self.lists]) }

    func read(_ kernel: any Kernel) -> Reading {
        let parts = (kernel.list(Self.parts) ?? []).filter { name in
            // apt passes over names of other forms.
            name.hasSuffix(".list") || name.hasSuffix(".sources")
        }
        var entries: [AptEntry] = []
        for file in [Self.main] + parts.map({ "\(Self.parts)/\($0)" }) {
            guard kernel.status(file, following: true) != nil else { continue }
            guard let bytes = kernel.read(file) else {
                let what = "\(file) may not be read"
                if !contract.mayMiss.contains(what) { contract.mayMiss += "; \(what)" }
                continue
            }
            entries += AptEntry.entries(bytes, file: file)
        }
        var names: [String: Int] = [:]
        var used = Set<String>()
        let seen = entries.map { entry in
            let name = "\(entry.kind) \(entry.uri) \(entry.suite)"
            let count = names[name, default: 0] + 1
            names[name] = count
            let release = entry.releaseFile
            if let release { used.insert(release) }
            return Self.seen(
                entry, name: count == 1 ? name : "\(name) #\(count)",
                release: release.map { look($0, kernel) } ?? [:])
        }
        releases = releases.filter { used.contains($0.key) }
        return .whole(seen)
    }

    private static func seen(_ entry: AptEntry, name: String, release: ValueMap) -> Seen {
        var data = release
        data["kind"] = .text(entry.kind)
        data["uri"] = .text(entry.uri)
        data["suite"] = .text(entry.suite)
        data["components"] = .list(entry.components.map { .text($0) })
        data["file"] = .text(entry.file)
        data["line"] = .int(Int64(entry.line))
        data["enabled"] = .bool(entry.isEnabled)
        if !entry.architectures.isEmpty {
            data["architectures"] = .list(entry.architectures.map { .text($0) })
        }
        data["trusted"] = entry.trusted.map { .bool($0) }
        data["signedBy"] = entry.signedBy.map { .text($0) }
        return Seen(
            subject: Observation.Subject(type: Kind.aptSource, name: subjectName(name)),
            identity: "\(entry.file):\(name)", data: data)
    }

    private static let wanted: Set<String> = [
        "origin", "label", "codename", "version", "suite",
    ]

    /// What the release fetched last says of itself.
    private func look(_ name: String, _ kernel: any Kernel) -> ValueMap {
        let path = "\(Self.lists)/\(name)"
        guard let status = kernel.status(path, following: true) else { return [:] }
        if let old = releases[name], old.inode == status.inode, old.changed == status.changed {
            return old.data
        }
        var data = ValueMap()
        // The signature has a paragraph of its own before it.
        ControlText.read(kernel.read(path) ?? [], wanted: Self.wanted) { paragraph in
            guard paragraph["origin"] != nil || paragraph["suite"] != nil else { return true }
            data["origin"] = paragraph["origin"].map { .text($0) }
            data["label"] = paragraph["label"].map { .text($0) }
            data["release"] = (paragraph["codename"] ?? paragraph["suite"]).map { .text($0) }
            data["version"] = paragraph["version"].map { .text($0) }
            return false
        }
        releases[name] = Release(inode: status.inode, changed: status.changed, data: data)
        return data
    }
}
