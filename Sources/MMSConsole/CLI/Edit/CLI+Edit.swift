internal import Host
internal import Resources

extension CLI {
    /// Opens a resource in the person's editor and sends what was changed, with the revision that
    /// was seen: who was slower is refused, and the text is kept.
    func edit() throws(ClientError) {
        let resource = try resource().map ?? [:]
        let page = EditPage(resource)
        let folder = environment["TMPDIR"] ?? "/tmp"
        let path = try Editor.file(holding: page.text, in: folder)
        do throws(ClientError) {
            try Editor(environment: environment).edit(path)
            guard let command = try page.command(of: try contents(path)) else {
                Editor.remove(path)
                screen.note("nothing was changed")
                return
            }
            var body: ValueMap = ["commands": [.map(["update": .map(command)])]]
            body["reason"] = invocation["reason"].map(Value.text)
            _ = try client.call(
                "POST", ["v1", "commands"], body: Array(Rendering.json(.map(body)).utf8))
        } catch {
            screen.note("pisces: your text is kept in \(path)")
            throw error
        }
        Editor.remove(path)
        screen.write("\(address(.map(resource))) changed\n")
    }

    private func contents(_ path: String) throws(ClientError) -> [UInt8] {
        do throws(LinuxFile.Failure) { return try LinuxFile.read(path) } catch {
            throw .broken("cannot read \(path): \(error.cause)")
        }
    }
}

/// A resource as a person edits it: what may be changed, below what names it.
struct EditPage {
    private let resource: ValueMap
    /// What says which resource it is; another one of these is another resource.
    private static let fixed = ["type", "namespace", "name"]
    private static let parts = ["tags", "cost", "links", "data"]

    /// The page of a resource in the form of the API.
    init(_ resource: ValueMap) { self.resource = resource }

    /// The page: YAML, with what is not there shown empty.
    var text: String {
        var text = """
            # Change tags, cost, links or data, save and leave. Without a change nothing is sent.
            # It goes in with revision \(Rendering.cell(resource["revision"])); if another was faster it is refused and this file is kept.

            """
        for key in Self.fixed {
            text += Rendering.yaml(.map([key: resource[key] ?? .null]))
        }
        for key in Self.parts { text += Rendering.yaml(.map([key: part(key)])) }
        return text
    }

    private func part(_ key: String) -> Value { resource[key] ?? .map([:]) }

    /// The update that makes the resource what the bytes say; nil when they say nothing new.
    func command(of bytes: [UInt8]) throws(ClientError) -> ValueMap? {
        let documents: [YAMLDocument]
        do throws(YAMLError) { documents = try YAMLReader.read(bytes) } catch {
            throw .broken("line \(error)")
        }
        guard documents.count == 1, let map = documents.first?.value.map else {
            throw .broken("the text must be one map, as it was")
        }
        for key in map.keys where !(Self.fixed + Self.parts).contains(key) {
            let near = nearest(to: key, among: Self.parts)
            throw .broken(
                "there is no part '\(printable(key))'"
                    + (near.map { "; did you mean \($0)?" }
                        ?? "; use \(Self.parts.joined(separator: ", "))"))
        }
        for key in Self.fixed where map[key] != resource[key] {
            throw .broken("\(key) cannot be changed; delete the resource and create another")
        }
        for key in Self.parts where map[key].map({ $0.map == nil }) ?? false {
            throw .broken("\(key) must be a map; write {} for none")
        }
        if Self.parts.allSatisfy({ (map[$0] ?? .map([:])) == part($0) }) { return nil }
        var command: ValueMap = ["replaces": .bool(true)]
        command["id"] = resource["id"]
        command["expect"] = resource["revision"]
        for key in Self.parts { command[key] = map[key] ?? .map([:]) }
        // Replacing as a whole would take the owner too.
        command["owner"] = resource["owner"]
        return command
    }
}
