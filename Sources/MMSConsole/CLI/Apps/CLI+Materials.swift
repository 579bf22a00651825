internal import Host
internal import Resources

/// Secrets, images, the store, and what it all costs.
extension CLI {
    /// Reads a secret from standard input or a file, never from the command line: arguments are
    /// there for all to see.
    func secretSet() throws(ClientError) {
        let name = invocation.positionals[0]
        let path = invocation["file"] ?? "-"
        if path == "-", screen.isTerminal { screen.note("type the secret, then Ctrl-D") }
        let bytes = try content(of: path)
        if bytes.isEmpty { throw .usage("the secret is empty; give it on standard input") }
        let answer = try client.call("POST", ["v1", "secrets", name], query, body: bytes)
        screen.write(
            "secret/\(name) is sealed, version \(Rendering.cell(answer.map?["version"]))\n")
    }

    func imageImport() throws(ClientError) {
        let path = Self.absolute(invocation.positionals[0])
        let answer = try client.call("POST", ["v1", "images"], query + [("path", path)])
        screen.write((answer.map?["digest"]?.text ?? "") + "\n")
    }

    /// Makes or replaces a config from a file or standard input.
    func configSet() throws(ClientError) {
        let name = invocation.positionals[0]
        let path = invocation["file"] ?? "-"
        if path == "-", screen.isTerminal { screen.note("type the config, then Ctrl-D") }
        let bytes = try content(of: path)
        let answer = try client.call("POST", ["v1", "configs", name], query, body: bytes)
        screen.write(
            "config/\(name) has \(bytes.count) bytes, as of "
                + "@\(Rendering.cell(answer.map?["position"]))\n")
    }

    /// Writes a config as it was given, byte for byte.
    func configGet() throws(ClientError) {
        let config = try resource(of: "config", invocation.positionals[0])
        if print(config, as: try format) { return }
        let data = config.map?["data"]?.map ?? [:]
        screen.writeBytes(data["bytes"]?.bytes ?? Array((data["text"]?.text ?? "").utf8))
    }

    func grantAdd() throws(ClientError) {
        let name = invocation.positionals[0]
        let answer = try client.call("POST", ["v1", "grants", name], query)
        let data = answer.map ?? [:]
        screen.write(
            "grant/\(name): \(Rendering.cell(data["subject"])) may "
                + "\(Rendering.cell(data["verbs"])) in \(Rendering.cell(data["prefix"]))\n")
    }

    func grantRemove() throws(ClientError) {
        let grant = try resource(of: "grant", invocation.positionals[0])
        try delete(grant)
        screen.write("\(address(grant)) removed\n")
    }

    private func resource(of type: String, _ name: String) throws(ClientError) -> Value {
        try client.call(
            "GET", ["v1", "resources", type, name], query.filter { $0.0 == "namespace" })
    }

    private func content(of path: String) throws(ClientError) -> [UInt8] {
        do throws(LinuxFile.Failure) {
            return try LinuxFile.read(path == "-" ? "/dev/stdin" : path)
        } catch { throw .broken("cannot read \(printable(path)): \(error.cause)") }
    }

    func storeAdd() throws(ClientError) {
        let place = invocation.positionals[0]
        guard place.hasPrefix("http://") || place.hasPrefix("https://") else {
            let path = ("path", Self.absolute(place))
            return try showBundles(try client.call("POST", ["v1", "store"], query + [path]))
        }
        var body = JSONWriter()
        // A token stands in no argument and no address: others see those.
        let token = try invocation["token-file"].map { (path) throws(ClientError) -> String in
            let text = String(decoding: try content(of: path), as: UTF8.self)
            return text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        }
        body.object { writer in if let token { writer.member("token", token) } }
        try showBundles(
            try client.call("POST", ["v1", "store"], query + [("url", place)], body: body.bytes))
    }

    func storeSearch() throws(ClientError) {
        let text = invocation.positionals.joined(separator: " ")
        try showBundles(try client.call("GET", ["v1", "store"], [("text", text)]))
    }

    func storeInstall() throws(ClientError) {
        let name = invocation.positionals[0]
        let answer = try client.call("POST", ["v1", "store", name, "install"], query)
        screen.note("in the log as @\(Rendering.cell(answer.map?["position"]))")
        try awaitApp(name)
    }

    func storeRemove() throws(ClientError) {
        let name = invocation.positionals[0]
        let answer = try client.call("POST", ["v1", "store", name, "remove"], query)
        screen.write(
            "\(name) removed, \(Rendering.cell(answer.map?["bytes"], unit: "bytes")) freed\n")
    }

    func storeExport() throws(ClientError) {
        let path = Self.absolute(invocation.positionals[1])
        try showBundles(
            try client.call(
                "POST", ["v1", "store", invocation.positionals[0], "export"],
                query + [("path", path)]))
    }

    private func showBundles(_ answer: Value) throws(ClientError) {
        if print(answer, as: try format) { return }
        var table = Table(["APP", "VERSION", "SIZE", "FILES", "SIGNER", "DIGEST"])
        for bundle in answer.map?["items"]?.list?.compactMap(\.map) ?? [] {
            table.add([
                Rendering.cell(bundle["app"]), Rendering.cell(bundle["version"]),
                Rendering.cell(bundle["size"], unit: "bytes"), Rendering.cell(bundle["files"]),
                String(Rendering.cell(bundle["signer"]).prefix(24)),
                String(Rendering.cell(bundle["digest"]).prefix(24)),
            ])
        }
        screen.write(table.text)
    }

    func cost() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "cost"])
        if print(answer, as: try format) { return }
        var table = Table(["WHERE", "REPLICAS", "CORES", "MEMORY", "STORAGE", "MONEY/H", "BUDGET"])
        add(answer.map ?? [:], to: &table, depth: 0)
        screen.write(table.text)
    }

    private func add(_ node: ValueMap, to table: inout Table, depth: Int) {
        let space = String(repeating: "  ", count: depth)
        let budgets = node["budgets"]?.list?.compactMap(\.map) ?? []
        let words = budgets.map { "\(Rendering.cell($0["part"])) \(Rendering.cell($0["words"]))" }
        table.add(
            [space + Rendering.cell(node["namespace"]), ""] + costs(node["cost"])
                + [words.joined(separator: "; ")])
        for app in node["apps"]?.list?.compactMap(\.map) ?? [] {
            table.add(
                [space + "  app/" + Rendering.cell(app["app"]), Rendering.cell(app["replicas"])]
                    + costs(app["cost"]) + [""])
        }
        for child in node["children"]?.list?.compactMap(\.map) ?? [] {
            add(child, to: &table, depth: depth + 1)
        }
    }

    private func costs(_ cost: Value?) -> [String] {
        let map = cost?.map ?? [:]
        func number(_ key: String) -> Double { map[key]?.number ?? 0 }
        func rounded(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
        return [
            rounded(number("cpu")), Rendering.bytes(Int64(number("memory"))),
            Rendering.bytes(Int64(number("storage"))), rounded(number("money")),
        ]
    }

    func listAll(_ type: String) throws(ClientError) {
        let answer = try client.call("GET", ["v1", "resources", type], [("all", "true")])
        let items = answer.map?["items"]?.list ?? []
        if print(.map(["items": .list(items)]), as: try format) { return }
        try show(items, type: type, wide: false)
    }

    /// A path as the node, which runs elsewhere, understands it.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : LinuxSystem.workingDirectory + "/" + path
    }
}
