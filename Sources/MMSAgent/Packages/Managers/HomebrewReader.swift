internal import Host
internal import Resources

/// The packages of Homebrew on Linux: a folder for each version below `Cellar`, and a link in
/// `opt` to the version that is in use.
enum HomebrewReader {
    static let shared = "/home/linuxbrew/.linuxbrew"

    static func read(_ look: inout PackageLook) -> [PackageRecord] {
        var prefixes = [shared]
        for home in look.homes where home.path + "/.linuxbrew" != shared {
            prefixes.append(home.path + "/.linuxbrew")
        }
        return prefixes.flatMap { prefix -> [PackageRecord] in
            guard look.kernel.status("\(prefix)/Cellar", following: true) != nil else { return [] }
            _ = look.names("\(prefix)/opt")
            return look.names("\(prefix)/Cellar").flatMap { package(prefix, $0, &look) }
        }
    }

    private static func package(
        _ prefix: String, _ name: String, _ look: inout PackageLook
    ) -> [PackageRecord] {
        let folder = "\(prefix)/Cellar/\(name)"
        let linked = look.kernel.link("\(prefix)/opt/\(name)")?.split(separator: "/").last
        let versions = look.names(folder).filter {
            look.kernel.status("\(folder)/\($0)", following: true)?.kind == .directory
        }
        return versions.map { version in
            let path = "\(folder)/\(version)"
            let receipt: PackageRecord? = look.record("\(path)/INSTALL_RECEIPT.json") {
                Self.record($0, name)
            }
            var record =
                receipt ?? PackageRecord(manager: "homebrew", name: name, label: name, data: [:])
            record.location = path
            record.data["version"] = .text(version)
            record.data["state"] = linked == version[...] ? "installed" : "unlinked"
            record.data["kind"] = "formula"
            let isOnly = versions.count == 1 || linked == version[...]
            record.label = isOnly ? "\(name)@\(prefix)" : "\(name) \(version)@\(prefix)"
            record.group = prefix
            record.instance = isOnly ? nil : version
            return record
        }
    }

    /// What a receipt says; nil for one that is damaged.
    static func record(_ bytes: [UInt8], _ name: String) -> PackageRecord? {
        // What is no JSON says nothing: the folder's name has the version.
        guard let map = try? JSONReader.decode(bytes).map else { return nil }
        var data = ValueMap()
        if let asked = map["installed_on_request"]?.bool {
            data["reason"] = asked ? "explicit" : "dependency"
        }
        if let time = map["time"]?.int, (0..<1 << 40).contains(time) {
            data["installed"] = .int(time * 1000)
        }
        data["origin"] = map["source"]?.map?["tap"]?.text.map { .text($0) }
        var record = PackageRecord(manager: "homebrew", name: name, label: name, data: data)
        record.architecture = map["arch"]?.text
        let needs = (map["runtime_dependencies"]?.list ?? []).prefix(Limits.links.value)
        record.needs = needs.compactMap { one in
            one.map?["full_name"]?.text.map { [String($0.split(separator: "/").last ?? "")] }
        }
        return record
    }
}
