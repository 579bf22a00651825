internal import Host
internal import Resources

extension CLI {
    func apply() throws(ClientError) {
        let commands = try documents().map { document in Value.map(["apply": document]) }
        var body: ValueMap = ["commands": .list(commands)]
        body["reason"] = invocation["reason"].map(Value.text)
        let dryRun = invocation.has("dry-run")
        let answer = try client.call(
            "POST", ["v1", "commands"], dryRun ? [("dry-run", "true")] : [],
            body: Array(Rendering.json(.map(body)).utf8))
        for result in answer.map?["results"]?.list?.compactMap(\.map) ?? [] {
            let action = result["action"]?.text ?? "?"
            screen.write(
                "\(address(.map(result))) \(Self.past(action))"
                    + (dryRun ? " (dry run)" : "") + "\n")
        }
    }

    private static func past(_ action: String) -> String {
        switch action {
        case "create": "created"
        case "update": "changed"
        case "delete": "deleted"
        default: action
        }
    }

    func delete() throws(ClientError) {
        let resource = try resource()
        try delete(resource)
        screen.write("\(address(resource)) deleted\n")
    }

    /// Deletes a resource that was read, for the reason given.
    func delete(_ resource: Value) throws(ClientError) {
        var target: ValueMap = ["id": resource.map?["id"] ?? .null]
        if let expect = invocation["expect"] {
            guard let revision = Int64(expect.drop { $0 == "@" }) else {
                throw .usage("--expect must be a revision, not \(printable(expect))")
            }
            target["expect"] = .int(revision)
        }
        var body: ValueMap = ["commands": [.map(["delete": .map(target)])]]
        body["reason"] = invocation["reason"].map(Value.text)
        _ = try client.call(
            "POST", ["v1", "commands"], body: Array(Rendering.json(.map(body)).utf8))
    }

    func diff() throws(ClientError) {
        var differs = false
        for document in try documents() {
            let map = document.map ?? [:]
            let type = map["type"]?.text ?? ""
            let query = map["namespace"]?.text.map { [("namespace", $0)] } ?? []
            let answer = try client.send(
                "GET", ["v1", "resources", type, map["name"]?.text ?? ""], query)
            var old = ValueMap()
            if answer.status == 200 {
                do throws(JSONError) {
                    old = try JSONReader.decode(answer.body).map?["data"]?.map ?? [:]
                } catch { throw .broken(error.reason) }
            }
            differs = writeDiff(address(document), old, map["data"]?.map ?? [:]) || differs
        }
        if !differs { screen.note("no difference") }
    }

    private func writeDiff(_ title: String, _ old: ValueMap, _ new: ValueMap) -> Bool {
        let keys = Set(old.keys + new.keys).sorted().filter { old[$0] != new[$0] }
        if keys.isEmpty { return false }
        screen.write(screen.paint(title, .bold) + "\n")
        for key in keys {
            if let value = old[key] {
                screen.write(screen.paint("- \(key): \(Rendering.cell(value))", .red) + "\n")
            }
            if let value = new[key] {
                screen.write(screen.paint("+ \(key): \(Rendering.cell(value))", .green) + "\n")
            }
        }
        return true
    }

    func undo() throws(ClientError) {
        guard let to = invocation["to"] else { throw .usage("undo needs --to POSITION, as @12") }
        let resource = try resource(orGone: true)
        let answer = try client.call(
            "POST", ["v1", "undo", resource.map?["id"]?.text ?? ""], [("to", to)])
        screen.write(
            "\(address(resource)) is as it was at \(to), in entry "
                + "@\(Rendering.cell(answer.map?["position"]))\n")
    }

    func token() throws(ClientError) {
        let answer = try client.call("POST", ["v1", "tokens"], query)
        screen.note("keep it; it is shown once")
        screen.write((answer.map?["token"]?.text ?? "") + "\n")
    }

    func console() throws(ClientError) {
        let answer = try client.call("POST", ["v1", "console"])
        screen.write((answer.map?["link"]?.text ?? "") + "\n")
    }

    func down() throws(ClientError) {
        let answer = try client.call("POST", ["v1", "down"], query)
        screen.note(answer.map?["message"]?.text ?? "stopping")
        // The node ends the connection as its last act but one; its lock goes with its process.
        while let pid = answer.map?["pid"]?.int, LinuxSystem.isAlive(Int32(clamping: pid)),
            invocation["node"] == nil
        {
            LinuxSystem.pause(milliseconds: 10)
        }
    }

    /// The resources of the file named by `--file`, in the form of the API.
    private func documents() throws(ClientError) -> [Value] {
        guard let path = invocation["file"] else { throw .usage("needs -f FILE, or - for input") }
        return try ResourceFile(path: path).resources(namespace: invocation["namespace"])
    }
}
