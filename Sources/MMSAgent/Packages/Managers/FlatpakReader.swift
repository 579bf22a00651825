internal import Host
internal import Resources

/// What Flatpak has deployed: `app` or `runtime`, then name, architecture, branch, and there a
/// link `active` to the folder of the commit.
enum FlatpakReader {
    static let system = "/var/lib/flatpak"

    static func read(_ look: inout PackageLook) -> [PackageRecord] {
        var records = read(system, scope: "system", nil, &look)
        for home in look.homes {
            records += read("\(home.path)/.local/share/flatpak", scope: "user", home, &look)
        }
        return records
    }

    private static func read(
        _ root: String, scope: String, _ home: Homes.Home?, _ look: inout PackageLook
    ) -> [PackageRecord] {
        guard look.kernel.status(root, following: true)?.kind == .directory else { return [] }
        var records: [PackageRecord] = []
        for kind in ["app", "runtime"] {
            for name in look.names("\(root)/\(kind)") {
                for architecture in look.names("\(root)/\(kind)/\(name)") {
                    let folder = "\(root)/\(kind)/\(name)/\(architecture)"
                    // `current` is a link to one of the others.
                    guard look.kernel.link(folder) == nil else { continue }
                    for branch in look.names(folder) {
                        guard var record = deployed("\(folder)/\(branch)", name, &look) else {
                            continue
                        }
                        record.architecture = architecture
                        record.location = root
                        record.instance = branch
                        record.label = "\(name)/\(architecture)/\(branch)@\(root)"
                        record.data["branch"] = .text(branch)
                        record.data["kind"] = .text(kind)
                        record.data["scope"] = .text(scope)
                        record.data["user"] = home.map { .text($0.user) }
                        records.append(record)
                    }
                }
            }
        }
        return records
    }

    private static func deployed(
        _ branch: String, _ name: String, _ look: inout PackageLook
    ) -> PackageRecord? {
        guard let commit = look.kernel.link("\(branch)/active"), isName(commit) else { return nil }
        _ = look.names(branch)
        let folder = "\(branch)/\(commit)"
        let deploy = look.text("\(folder)/deploy") ?? []
        return look.record("\(folder)/metadata") { bytes in
            record(name, commit: commit, metadata: bytes, deploy: deploy)
        }
    }

    static func record(
        _ name: String, commit: String, metadata: [UInt8], deploy: [UInt8]
    ) -> PackageRecord {
        var data: ValueMap = ["state": "installed", "commit": .text(commit)]
        let sections = IniText.sections(metadata)
        let own = sections.first { $0.name == "Application" || $0.name == "Runtime" }
        data["runtime"] = own?.values["runtime"].map { .text($0) }
        let facts = DeployRecord(deploy)
        data["origin"] = facts.origin.map { .text($0) }
        for (field, key) in [
            ("title", "name"), ("version", "version"), ("summary", "summary"),
            ("license", "license"),
        ] {
            data[field] = facts["appdata-\(key)"].map { .text($0) }
        }
        return PackageRecord(manager: "flatpak", name: name, label: name, data: data)
    }
}

/// Flatpak's record of a deployment: a value of GVariant's form `(ssasta{sv})`, of which only
/// texts are read: the origin, which comes first, and those behind a known key.
struct DeployRecord {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The remote it came from.
    var origin: String? { text(from: 0) }

    /// The text of a key of the dictionary; nil for none or a value of another kind.
    subscript(_ key: String) -> String? {
        let wanted = Array(key.utf8) + [0]
        var at = 0
        while bytes.count - at > wanted.count {
            guard let start = bytes[at...].firstIndex(of: wanted[0]),
                bytes.count - start > wanted.count
            else { return nil }
            if bytes[start..<start + wanted.count].elementsEqual(wanted) {
                // A variant begins at a multiple of eight, and ends with a zero and its type.
                let value = (start + wanted.count + 7) & ~7
                guard value < bytes.count, let end = bytes[value...].firstIndex(of: 0),
                    end + 2 < bytes.count, bytes[end + 1] == 0,
                    bytes[end + 2] == UInt8(ascii: "s")
                else { return nil }
                return text(from: value)
            }
            at = start + 1
        }
        return nil
    }

    private func text(from start: Int) -> String? {
        guard start < bytes.count, let end = bytes[start...].firstIndex(of: 0), end > start,
            end - start <= Limits.controlField.value
        else { return nil }
        return lossyText(bytes[start..<end])
    }
}
