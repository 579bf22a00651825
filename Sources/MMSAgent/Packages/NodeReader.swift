internal import Host
internal import Resources

/// The packages of npm that are installed for all of the machine: those at the top of its folders.
enum NodeReader {
    static let folders = ["/usr/lib/node_modules", "/usr/local/lib/node_modules"]

    static func read(_ kernel: any Kernel, roots: [String]) -> [PackageRecord] {
        let all = folders + roots.map { "\($0)/node_modules" }
        return all.flatMap { folder in
            names(in: folder, kernel).compactMap { name in
                kernel.read("\(folder)/\(name)/package.json").flatMap { record($0, folder) }
            }
        }
    }

    /// The packages of a folder; those of a scope lie one deeper, as `@scope/name`.
    private static func names(in folder: String, _ kernel: any Kernel) -> [String] {
        let names = (kernel.list(folder) ?? []).prefix(Limits.packageFolders.value)
        return names.flatMap { name in
            guard name.hasPrefix("@") else { return name.hasPrefix(".") ? [] : [name] }
            return (kernel.list("\(folder)/\(name)") ?? []).prefix(Limits.packageFolders.value)
                .map { "\(name)/\($0)" }
        }
    }

    /// What a package.json says; nil for one that is none or has no name.
    static func record(_ bytes: [UInt8], _ folder: String) -> PackageRecord? {
        // A file that is no JSON is no package.
        guard let map = try? JSONReader.decode(bytes).map, let name = map["name"]?.text,
            !name.isEmpty
        else { return nil }
        var data: ValueMap = ["state": "installed"]
        for (field, key) in [
            ("version", "version"), ("summary", "description"), ("homepage", "homepage"),
            ("license", "license"),
        ] {
            if let text = map[key]?.text { data[field] = .text(text) }
        }
        let author = map["author"]?.text ?? map["author"]?.map?["name"]?.text
        if let author { data["author"] = .text(author) }
        var record = PackageRecord(
            manager: "npm", name: name, location: folder, label: "\(name)@\(folder)", data: data)
        record.needs = (map["dependencies"]?.map?.keys ?? []).map { [$0] }
        return record
    }
}
