internal import Drivers
internal import Host
internal import Resources

/// `pisces app …`: what people do with applications.
extension CLI {
    /// Installs what a file describes; `orFail` when an app must be there already.
    func appInstall(updating: Bool) throws(ClientError) {
        let apps = try appFile()
        if updating {
            for app in apps { _ = try status(of: app.name) }
        }
        var commands: [Value] = []
        for app in apps { commands.append(["apply": .map(resource(of: app))]) }
        var body: ValueMap = ["commands": .list(commands)]
        body["reason"] = .text(
            invocation["reason"] ?? "pisces app \(updating ? "update" : "install")")
        let answer: Value
        if let plan = invocation["plan"] {
            answer = try client.call(
                "POST", ["v1", "app-plans"], appQuery + [("commit", plan)], body: json(.map(body)))
        } else {
            answer = try client.call("POST", ["v1", "commands"], body: json(.map(body)))
        }
        screen.note("in the log as @\(Rendering.cell(answer.map?["position"]))")
        for app in apps { try awaitApp(app.name) }
    }

    func appPlan() throws(ClientError) {
        var commands: [Value] = []
        for app in try appFile() { commands.append(["apply": .map(resource(of: app))]) }
        let answer = try client.call(
            "POST", ["v1", "app-plans"], appQuery, body: json(["commands": .list(commands)]))
        if print(answer, as: try format) { return }
        screen.write(PlanText(answer).text(screen))
        screen.note(
            "holds for position \(Rendering.cell(answer.map?["parent"])): "
                + "install with --plan \(Rendering.cell(answer.map?["parent"]))")
    }

    func appList() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "apps"], appQuery)
        if print(answer, as: try format) { return }
        var table = Table(["NAME", "NAMESPACE", "VERSION", "STATE", "REPLICAS"])
        for app in answer.map?["items"]?.list?.compactMap(\.map) ?? [] {
            let parts = app["components"]?.list?.compactMap(\.map) ?? []
            let ready = parts.reduce(0) { $0 + ($1["ready"]?.int ?? 0) }
            let wanted = parts.reduce(0) { $0 + ($1["wanted"]?.int ?? 0) }
            table.add([
                Rendering.cell(app["app"]), Rendering.cell(app["namespace"]),
                Rendering.cell(app["version"]), AppProgress(app).word,
                "\(ready) of \(wanted) ready",
            ])
        }
        screen.write(table.text)
    }

    func appStatus() throws(ClientError) {
        let status = try status(of: invocation.positionals[0])
        if print(.map(status), as: try format) { return }
        screen.write(AppProgress(status).page(screen))
    }

    func appScale() throws(ClientError) {
        var counts = ValueMap()
        for word in invocation.positionals.dropFirst() {
            let halves = word.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, let count = Int64(halves[1]) else {
                throw .usage("'\(printable(word))' is no COMPONENT=COUNT, as web=3")
            }
            counts[String(halves[0])] = .int(count)
        }
        try change(["scale"], body: ["counts": .map(counts)])
    }

    func appRollback() throws(ClientError) {
        var body = ValueMap()
        body["to"] = invocation["to"].map(Value.text)
        try change(["rollback"], body: body)
    }

    func appRemove() throws(ClientError) {
        let name = invocation.positionals[0]
        let app = try client.call("GET", ["v1", "resources", "app", name], appQuery)
        let volumes = try volumes(of: name)
        var commands: [Value] = [["delete": ["id": app.map?["id"] ?? .null]]]
        if invocation.has("volumes") {
            commands += volumes.map { ["delete": ["id": $0.map?["id"] ?? .null]] }
        }
        var body: ValueMap = ["commands": .list(commands)]
        body["reason"] = .text(invocation["reason"] ?? "pisces app remove")
        _ = try client.call("POST", ["v1", "commands"], body: json(.map(body)))
        try awaitEnd(of: name)
        screen.write("app/\(name) removed\n")
        if !volumes.isEmpty, !invocation.has("volumes") {
            let names = volumes.compactMap { $0.map?["name"]?.text }.joined(separator: ", ")
            screen.note("its volumes stay: \(names); pisces delete volume/NAME deletes one")
        }
    }

    func appRun() throws(ClientError) {
        let words = invocation.positionals
        var arguments = ValueMap()
        for word in words.dropFirst(2) {
            let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { throw .usage("'\(printable(word))' is no NAME=VALUE") }
            arguments[String(halves[0])] = .text(String(halves[1]))
        }
        let answer = try client.call(
            "POST", ["v1", "apps", words[0], "run", words[1]], appQuery, body: json(.map(arguments))
        )
        if print(answer, as: try format) { return }
        if let output = answer.map?["output"]?.text, !output.isEmpty { screen.note(output) }
        guard answer.map?["state"]?.text == "done" else {
            throw .broken("\(words[1]) failed: \(Rendering.cell(answer.map?["exit"]))")
        }
        if case .text(let text) = answer.map?["result"] {
            screen.write(text + (text.hasSuffix("\n") ? "" : "\n"))
        } else if let result = answer.map?["result"], result != .null {
            screen.write(Rendering.json(result) + "\n")
        }
    }

    /// Sends a change of one app and waits for it.
    private func change(_ path: [String], body: ValueMap) throws(ClientError) {
        let name = invocation.positionals[0]
        var body = body
        body["reason"] = invocation["reason"].map(Value.text)
        let answer = try client.call(
            "POST", ["v1", "apps", name] + path, appQuery, body: json(.map(body)))
        let version = answer.map?["version"].map { ", version \(Rendering.cell($0))" } ?? ""
        screen.note("in the log as @\(Rendering.cell(answer.map?["position"]))\(version)")
        try awaitApp(name)
    }

    private func volumes(of app: String) throws(ClientError) -> [Value] {
        let query = [("namespace", invocation["namespace"] ?? "/"), ("where", "app = '\(app)'")]
        let answer = try client.call("GET", ["v1", "resources", "volume"], query)
        return answer.map?["items"]?.list ?? []
    }

    // MARK: Parts

    private func resource(of app: App) -> ValueMap {
        ResourceFile.resource(of: app, namespace: invocation["namespace"])
    }

    func status(of app: String) throws(ClientError) -> ValueMap {
        try client.call("GET", ["v1", "apps", app], appQuery).map ?? [:]
    }

    var appQuery: [(String, String)] {
        invocation["namespace"].map { [("namespace", $0)] } ?? []
    }

    func json(_ value: Value) -> [UInt8] { Array(Rendering.json(value).utf8) }

    /// The apps of the file that the first positional names.
    private func appFile() throws(ClientError) -> [App] {
        try ResourceFile(path: invocation.positionals[0]).apps()
    }
}
