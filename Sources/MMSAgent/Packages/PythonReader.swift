internal import Host
internal import Resources

/// The packages of Python: what lies in its package folders with metadata beside it.
struct PythonReader: Sendable {
    /// The folders that were found at the last reading.
    private(set) var folders: [String] = []
    /// What a metadata file said, by its path, while the file is the same.
    private var known: [String: Known] = [:]

    private struct Known: Sendable {
        var inode: UInt64
        var changed: Int64
        var record: PackageRecord?
    }

    init() {}

    /// The packages below the system's folders and those of the roots.
    mutating func read(_ kernel: any Kernel, roots: [String]) -> [PackageRecord] {
        var folders: [String] = []
        for library in ["/usr/lib", "/usr/local/lib"] {
            folders += Self.folders(in: library, kernel)
        }
        for root in roots {
            folders += Self.folders(in: root + "/lib", kernel)
            for name in (kernel.list(root) ?? []).prefix(Limits.packageFolders.value)
            where kernel.status("\(root)/\(name)/pyvenv.cfg", following: true) != nil {
                folders += Self.folders(in: "\(root)/\(name)/lib", kernel)
            }
        }
        self.folders = Array(folders.prefix(Limits.packageFolders.value))
        var found: [String: Known] = [:]
        var records: [PackageRecord] = []
        for folder in self.folders {
            for name in kernel.list(folder) ?? [] {
                guard let (path, one) = look(folder, name, kernel) else { continue }
                found[path] = one
                if let record = one.record { records.append(record) }
            }
        }
        known = found
        return records
    }

    /// `python3/dist-packages`, `python3.11/site-packages` and the like.
    private static func folders(in library: String, _ kernel: any Kernel) -> [String] {
        (kernel.list(library) ?? []).filter { $0.hasPrefix("python") }.flatMap { version in
            ["dist-packages", "site-packages"].map { "\(library)/\(version)/\($0)" }.filter {
                kernel.status($0, following: false)?.kind == .directory
            }
        }
    }

    private func look(
        _ folder: String, _ name: String, _ kernel: any Kernel
    ) -> (String, Known)? {
        var path = "\(folder)/\(name)"
        if name.hasSuffix(".dist-info") {
            path += "/METADATA"
        } else if name.hasSuffix(".egg-info") {
            if kernel.status(path, following: true)?.kind == .directory { path += "/PKG-INFO" }
        } else {
            return nil
        }
        guard let status = kernel.status(path, following: true), status.kind == .file else {
            return nil
        }
        if let old = known[path], old.inode == status.inode, old.changed == status.changed {
            return (path, old)
        }
        let record = kernel.read(path).flatMap { Self.record($0, folder) }
        return (path, Known(inode: status.inode, changed: status.changed, record: record))
    }

    private static let wanted: Set<String> = [
        "name", "version", "summary", "home-page", "author", "author-email", "maintainer",
        "license",
    ]

    /// What the head of a metadata file says; nil for one without a name.
    static func record(_ bytes: [UInt8], _ folder: String) -> PackageRecord? {
        guard let head = ControlText.first(bytes, wanted: wanted), let name = head["name"],
            !name.isEmpty
        else { return nil }
        var data = ValueMap()
        for (field, names) in [
            ("version", ["version"]), ("summary", ["summary"]), ("homepage", ["home-page"]),
            ("maintainer", ["maintainer"]), ("author", ["author", "author-email"]),
            ("license", ["license"]),
        ] {
            let text = names.compactMap { head[$0] }.first { !$0.isEmpty && $0 != "UNKNOWN" }
            // Some put the text of the license there.
            if let line = text?.split(separator: "\n").first { data[field] = .text(String(line)) }
        }
        data["state"] = "installed"
        var record = PackageRecord(
            manager: "pip", name: name, location: folder, label: "\(name)@\(folder)", data: data)
        record.provides = [normal(name)].filter { $0 != name }
        record.needs = requirements(bytes)
        return record
    }

    /// Names are the same whatever their case and their dashes (PEP 503).
    static func normal(_ name: some StringProtocol) -> String {
        let parts = name.lowercased().split { "-_.".contains($0) }
        return parts.joined(separator: "-")
    }

    /// The names in the `Requires-Dist` lines of the head; not those of extras, which are not
    /// asked for by default.
    private static func requirements(_ bytes: [UInt8]) -> [[String]] {
        var names: [[String]] = []
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            if line.isEmpty || line.first == 13 { break }
            guard line.starts(with: "Requires-Dist:".utf8) else { continue }
            let text = lossyText(line.dropFirst(14).prefix(Limits.controlField.value))
            let parts = text.split(separator: ";", maxSplits: 1)
            if parts.count == 2, parts[1].contains("extra") { continue }
            let name = parts.first?.split { " (<>=!~[\r\t".contains($0) }.first
            if let name { names.append([normal(name)]) }
        }
        return names
    }
}
