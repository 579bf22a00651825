internal import Resources

/// An extension of a browser or an editor, as its manifest or its program's list says.
struct Extension: Hashable, Sendable {
    var program: String
    var id: String
    var name = "", version = "", author = "", summary = "", profile = ""
    var path: String
    var isActive: Bool?
    var permissions: [String] = []
    var kind = "extension"
    var license = "", compatibility = ""
    /// Scripts for pages, and the page of each.
    var scripts: [String] = [], matches: [String] = []

    /// What a `manifest.json` of Chrome's form says, from a folder `…/<id>/<version>`.
    init?(manifest: Value, program: String, id: String, profile: String, path: String) {
        guard let map = manifest.map, let version = map["version"]?.text else { return nil }
        self.program = program
        self.id = id
        self.path = path
        self.profile = profile
        self.version = version
        name = map["name"]?.text ?? id
        author = map["author"]?.text ?? ""
        summary = map["description"]?.text ?? ""
        permissions = Self.texts(map["permissions"]) + Self.texts(map["host_permissions"])
        let pairs = Self.scripts(map["content_scripts"])
        scripts = pairs.map(\.file)
        matches = pairs.map(\.match)
    }

    /// What a `package.json` of an editor's extension says.
    init?(package: Value, program: String, path: String) {
        guard let map = package.map, let name = map["name"]?.text,
            let version = map["version"]?.text
        else { return nil }
        self.program = program
        self.path = path
        self.version = version
        author = map["publisher"]?.text ?? ""
        id = author.isEmpty ? name : "\(author).\(name)"
        self.name = map["displayName"]?.text ?? name
        summary = map["description"]?.text ?? ""
    }

    /// What an add-on in Firefox's `extensions.json` says.
    init?(addon: Value, profile: String, path: String) {
        guard let map = addon.map, let id = map["id"]?.text, let version = map["version"]?.text
        else { return nil }
        self.id = id
        self.version = version
        self.profile = profile
        program = "firefox"
        self.path = map["path"]?.text ?? path
        let locale = map["defaultLocale"]?.map
        name = locale?["name"]?.text ?? id
        author = locale?["creator"]?.text ?? ""
        summary = locale?["description"]?.text ?? ""
        isActive = map["active"]?.bool
        permissions = Self.texts(map["userPermissions"]?.map?["permissions"])
    }

    static func texts(_ value: Value?) -> [String] {
        (value?.list ?? []).prefix(Limits.tags.value).compactMap(\.text)
    }

    func seen(_ home: Homes.Home, _ names: inout NameRoll) -> Seen {
        let place = profile.isEmpty ? program : "\(program) \(profile)"
        var one = Seen(
            Kind.programExtension, names.take("\(home.user) \(place) \(id)"),
            [
                "program": .text(program), "id": .text(id), "name": .text(name),
                "version": .text(version), "path": .text(path), "user": .text(home.user),
                "uid": .int(Int64(home.uid)),
            ])
        one.data["profile"] = .unlessEmpty(profile)
        one.data["author"] = .unlessEmpty(author)
        one.data["description"] = .unlessEmpty(summary)
        one.data["permissions"] = .unlessEmpty(permissions)
        one.data["kind"] = .text(kind)
        one.data["license"] = .unlessEmpty(license)
        one.data["compatibility"] = .unlessEmpty(compatibility)
        one.data["scripts"] = .unlessEmpty(scripts)
        one.data["matches"] = .unlessEmpty(matches)
        one.data["active"] = isActive.map { .bool($0) }
        one.links["USER"] = [.user(home.user)]
        return one
    }
}
