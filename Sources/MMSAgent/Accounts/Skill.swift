internal import Resources

extension Extension {
    /// What the head of a `SKILL.md` says; nil for a file without one, or without a name.
    init?(skill bytes: [UInt8], program: String, path: String) {
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        let isRule = { (line: ArraySlice<UInt8>) in
            line.starts(with: "---".utf8) && line.dropFirst(3).allSatisfy { $0 <= 32 }
        }
        guard let first = lines.first, isRule(first),
            let end = lines.dropFirst().firstIndex(where: isRule)
        else { return nil }
        let fields = TopFields(Array(lines[1..<end].joined(separator: [10])))
        guard let name = fields.texts["name"] else { return nil }
        self.init(program: program, id: String(path.split(separator: "/").last ?? ""), path: path)
        self.name = name
        kind = "agent skill"
        summary = fields.texts["description"] ?? ""
        version = fields.texts["version"] ?? ""
        license = fields.texts["license"] ?? ""
        compatibility = fields.texts["compatibility"] ?? ""
        permissions = fields.lists["allowed-tools"] ?? []
        if let tools = fields.texts["allowed-tools"] {
            permissions = tools.split { $0 == "," || $0 == " " }.prefix(Limits.tags.value)
                .map { String($0) }
        }
    }

    /// A plugin of an editor of JetBrains, by its folder and the archives in its `lib`: what its
    /// descriptor says lies inside of one of them, which is not opened.
    init(plugin folder: String, archives: [String], product: String) {
        let name = String(folder.split(separator: "/").last ?? "")
        self.init(program: "jetbrains", id: name, path: folder)
        self.name = name
        kind = "plugin"
        profile = product
        let versions = archives.filter { $0.hasSuffix(".jar") }.map { archiveName($0.dropLast(4)) }
        let own = versions.first { $0.name.lowercased() == name.lowercased() }
        version = own?.version ?? ""
    }

    init(program: String, id: String, path: String) {
        self.program = program
        self.id = id
        self.path = path
    }

    /// The scripts of a manifest of Chrome's form with the pages each is put into, pair by pair.
    static func scripts(_ manifest: Value?) -> [(file: String, match: String)] {
        var pairs: [(file: String, match: String)] = []
        for script in (manifest?.list ?? []).prefix(Limits.tags.value) {
            let files = texts(script.map?["js"])
            for match in texts(script.map?["matches"]) { pairs += files.map { ($0, match) } }
        }
        return Array(pairs.prefix(Limits.links.value))
    }
}
