internal import Host
internal import Resources

/// The packages of dpkg: its status file with the journal of a run that goes on.
///
/// dpkg writes each step into `updates/NNNN` and now and then folds them into a new `status` that
/// it renames into place (dpkg's lib/dpkg/dbmodify.c): what holds is `status`, then the updates in
/// order. Both are read until nothing moved meanwhile.
struct DpkgReader: Sendable {
    static let folder = "/var/lib/dpkg"
    static let paths: Set<String> = ["\(folder)/status", "\(folder)/updates"]

    enum Outcome {
        case packages([PackageRecord])
        /// There is no dpkg here.
        case none
        /// The records may not be read.
        case refused
        case torn(cause: String)
    }

    static func read(_ kernel: any Kernel) -> Outcome {
        let path = "\(folder)/status"
        for _ in 0..<Limits.dumpAttempts.value {
            guard let before = kernel.status(path, following: true) else { return .none }
            let names = updates(kernel)
            guard let status = kernel.read(path) else {
                return kernel.status(path, following: true) == nil ? .none : .refused
            }
            let journal = names.compactMap { kernel.read("\(folder)/updates/\($0)") }
            let after = kernel.status(path, following: true)
            guard before == after, names == updates(kernel), names.count == journal.count else {
                continue
            }
            guard status.count < Limits.kernelTextBytes.value else {
                return .torn(cause: "\(path) is longer than is read")
            }
            guard status.isEmpty || status.last == 10 else {
                return .torn(cause: "\(path) is cut short")
            }
            return .packages(records([status] + journal, kernel))
        }
        return .torn(cause: "\(path) changed while it was read")
    }

    private static func updates(_ kernel: any Kernel) -> [String] {
        (kernel.list("\(folder)/updates") ?? []).filter { name in
            !name.isEmpty && name.utf8.allSatisfy { (48...57).contains($0) }
        }
    }

    /// The architecture dpkg was built for, which is the machine's own.
    static func nativeArchitecture(_ kernel: any Kernel) -> String? {
        var native: String?
        let status = kernel.read("\(folder)/status") ?? []
        ControlText.read(status, wanted: ["package", "architecture"]) { stanza in
            if stanza["package"] == "dpkg" { native = stanza["architecture"] }
            return native == nil
        }
        return native
    }

    private static let wanted: Set<String> = [
        "package", "status", "priority", "section", "installed-size", "maintainer", "architecture",
        "multi-arch", "version", "source", "depends", "pre-depends", "provides", "description",
        "essential", "homepage",
    ]

    private static func records(_ texts: [[UInt8]], _ kernel: any Kernel) -> [PackageRecord] {
        var stanzas: [ControlText.Paragraph] = []
        var places: [String: Int] = [:]
        for text in texts {
            ControlText.read(text, wanted: wanted) { stanza in
                guard let name = stanza["package"], !name.isEmpty else { return true }
                let key = "\(name):\(stanza["architecture"] ?? "")"
                if let place = places[key] {
                    stanzas[place] = stanza
                } else {
                    places[key] = stanzas.count
                    stanzas.append(stanza)
                }
                return true
            }
        }
        let native = stanzas.first { $0["package"] == "dpkg" }?["architecture"]
        return stanzas.compactMap { record($0, native, kernel) }
    }

    private static func record(
        _ stanza: ControlText.Paragraph, _ native: String?, _ kernel: any Kernel
    ) -> PackageRecord? {
        guard let name = stanza["package"] else { return nil }
        let status = (stanza["status"] ?? "").split(separator: " ").map { String($0) }
        guard status.count == 3, status[2] != "not-installed" else { return nil }
        let architecture = stanza["architecture"]
        let isOwn = architecture == nil || architecture == native || architecture == "all"
        var data = details(stanza)
        data["state"] = .text(status[2])
        data["wanted"] = .text(status[0])
        if status[1] != "ok" { data["broken"] = true }
        if status[2] != "config-files", let time = unpacked(stanza, kernel) {
            data["installed"] = .int(time)
        }
        var record = PackageRecord(
            manager: "dpkg", name: name, architecture: architecture,
            label: isOwn ? name : "\(name):\(architecture ?? "")", data: data)
        // What only left its configuration behind needs nothing and gives nothing.
        if status[2] != "config-files" {
            record.needs = relations(stanza["pre-depends"]) + relations(stanza["depends"])
            record.provides = relations(stanza["provides"]).flatMap(\.self)
        }
        return record
    }

    /// When its list of files was written. The list of what may be installed for several
    /// architectures has that in its name.
    private static func unpacked(
        _ stanza: ControlText.Paragraph, _ kernel: any Kernel
    ) -> Int64? {
        let name = stanza["package"] ?? ""
        var lists = ["\(name).list", "\(name):\(stanza["architecture"] ?? "").list"]
        if stanza["multi-arch"] == "same" { lists.reverse() }
        for list in lists {
            if let file = kernel.status("\(folder)/info/\(list)", following: false) {
                return file.modified / 1_000_000
            }
        }
        return nil
    }

    private static func details(_ stanza: ControlText.Paragraph) -> ValueMap {
        var data = ValueMap()
        for field in ["version", "priority", "section", "maintainer", "homepage"] {
            if let text = stanza[field] { data[field] = .text(text) }
        }
        if let size = stanza["installed-size"].flatMap({ Int64($0) }), size >= 0, size < 1 << 40 {
            data["size"] = .int(size * 1024)
        }
        // `Source: name (version)` is written where either differs.
        let source = stanza["source"]?.split(separator: " ").first.map { String($0) }
        if let source = source ?? stanza["package"] { data["source"] = .text(source) }
        if let line = stanza["description"]?.split(separator: "\n").first {
            data["summary"] = .text(String(line))
        }
        if stanza["essential"] == "yes" { data["essential"] = true }
        return data
    }

    /// The names of a relation field: `a (>= 1) | b:any, c` is [[a, b], [c]].
    static func relations(_ field: String?) -> [[String]] {
        guard let field else { return [] }
        return field.split(separator: ",").map { part in
            part.split(separator: "|").compactMap { name in
                name.split { " (\n\t:[".contains($0) }.first.map { String($0) }
            }
        }
    }
}
