internal import Host
internal import Resources

extension CLI {
    func status() throws(ClientError) {
        let status = try client.call("GET", ["v1", "status"])
        if print(status, as: try format) { return }
        let map = status.map ?? [:]
        let node = map["node"]?.map ?? [:]
        line("node", "\(Rendering.cell(node["name"])) \(Rendering.cell(node["state"]))")
        line("version", Rendering.cell(node["version"]))
        line("up", "\(Rendering.cell(node["uptimeSeconds"])) s")
        line("memory", Rendering.cell(map["memory"]?.map?["residentBytes"], unit: "bytes"))
        line("written", Rendering.cell(map["disk"]?.map?["writtenBytes"], unit: "bytes"))
        for (name, url) in node["endpoints"]?.map?.entries ?? [] { line(name, Rendering.cell(url)) }
        if let fleet = map["fleet"]?.map {
            let reason = fleet["reason"]?.text.map { "; \($0)" } ?? ""
            line("fleet log", "rests on \(Rendering.cell(fleet["rests"]))\(reason)")
        }
        var logs = Table(["LOG", "FIRST", "POSITION", "DURABLE", "APPLIED", "STATE"])
        for log in map["logs"]?.list?.compactMap(\.map) ?? [] {
            logs.add(
                ["mount", "first", "position", "durable", "applied", "state"].map {
                    Rendering.cell(log[$0])
                }
            )
        }
        screen.write("\n" + logs.text + "\n")
        try inventory("sensors", map["sensors"])
        screen.write("\n")
        try inventory("drivers", map["drivers"])
        for warning in map["warnings"]?.list?.compactMap(\.text) ?? [] {
            screen.write(screen.paint("warning: \(warning)", .yellow) + "\n")
        }
    }

    private func line(_ name: String, _ value: String) {
        screen.write("\(pad(name, 12))\(value)\n")
    }

    /// Sensors, drivers, handlers and limits: a list of flat objects under the verb's own name.
    func inventory() throws(ClientError) {
        let name = invocation.verb.words[0]
        let answer = try client.call("GET", ["v1", name])
        if let one = invocation.positionals.first {
            try item(one, of: name, answer.map?["items"]?.list?.compactMap(\.map) ?? [])
            return
        }
        if print(answer.map?["items"] ?? .list([]), as: try format) { return }
        try inventory(name, answer.map?["items"])
        if name == "drivers" { ceilings(answer.map?["items"]) }
    }

    /// The limits that each driver works under.
    private func ceilings(_ items: Value?) {
        var table = Table(["DRIVER", "CEILING", "VALUE", "WHY"])
        for item in items?.list?.compactMap(\.map) ?? [] {
            for limit in item["ceilings"]?.list?.compactMap(\.map) ?? [] {
                let unit = Rendering.cell(limit["unit"])
                table.add([
                    Rendering.cell(item["name"]), Rendering.cell(limit["name"]),
                    unit == "bytes"
                        ? Rendering.cell(limit["value"], unit: unit)
                        : "\(Rendering.cell(limit["value"])) \(unit)",
                    Rendering.cell(limit["why"]),
                ])
            }
        }
        screen.write("\n" + table.text)
    }

    /// One of them with all that is known of it.
    private func item(_ name: String, of kind: String, _ items: [ValueMap]) throws(ClientError) {
        guard let found = items.first(where: { $0["name"]?.text == name }) else {
            let names = items.compactMap { $0["name"]?.text }.joined(separator: ", ")
            throw .refused(
                code: "notFound",
                message: "there is no '\(printable(name))' among the \(kind): there are \(names)",
                notFound: true)
        }
        if print(.map(found), as: try format) { return }
        for (key, value) in found.entries.sorted(by: { $0.key < $1.key }) {
            if let table = Rendering.table(value) {
                screen.write("\(Self.title(key))\n\(table)")
                continue
            }
            screen.write("\(pad(Self.title(key), 20))\(Rendering.cell(value))\n")
        }
    }

    private func inventory(_ name: String, _ items: Value?) throws(ClientError) {
        let columns: [String] =
            switch name {
            case "sensors":
                [
                    "name", "state", "subjects", "events", "merged", "lost", "resyncs", "drift",
                    "throttled", "lagMicroseconds", "cpuMilliseconds", "mechanism",
                ]
            case "drivers": ["name", "state", "types", "why"]
            case "handlers": ["name", "watches", "seen", "runs", "effects", "deadLetters"]
            default: ["name", "value", "unit", "why"]
            }
        var table = Table(columns.map(Self.title))
        for item in items?.list?.compactMap(\.map) ?? [] {
            table.add(columns.map { Rendering.cell(item[$0]) })
        }
        screen.write(table.text)
    }

    func types() throws(ClientError) {
        if let name = invocation.positionals.first {
            try type(name)
            return
        }
        let answer = try client.call("GET", ["v1", "resources", "type"], [("all", "true")])
        let items = answer.map?["items"]?.list ?? []
        if print(.map(["items": .list(items)]), as: try format) { return }
        try show(items, type: "type", wide: false)
    }

    /// The page of one type: what it is for, its fields and its relations.
    private func type(_ name: String) throws(ClientError) {
        let answer = try client.call("GET", ["v1", "resources", "type", name])
        if print(answer, as: try format) { return }
        let data = answer.map?["data"]?.map ?? [:]
        screen.write(screen.paint(name, .bold) + "  \(Rendering.cell(data["summary"]))\n")
        for key in ["role", "writer", "health"] {
            guard let value = data[key] else { continue }
            screen.write("  \(pad(key, 18))\(Rendering.cell(value))\n")
        }
        for key in ["fields", "relations"] {
            guard let table = Rendering.table(data[key]) else { continue }
            screen.write("\n" + screen.paint(Self.title(key), .bold) + "\n" + table)
        }
    }

    func verify() throws(ClientError) {
        let answer = try client.call("POST", ["v1", "log", "verify"])
        if print(answer, as: try format) { return }
        var broken: [String] = []
        for log in answer.map?["logs"]?.list?.compactMap(\.map) ?? [] {
            let mount = Rendering.cell(log["mount"])
            if let fault = log["fault"]?.text {
                broken.append("log \(mount): \(fault)")
                continue
            }
            screen.write(
                "log \(mount): \(Rendering.cell(log["entries"])) entries, "
                    + "@\(Rendering.cell(log["first"])) to @\(Rendering.cell(log["last"])), "
                    + "no edit, no gap, no reorder; chain \(Rendering.cell(log["hash"]))\n")
        }
        if !broken.isEmpty { throw .broken(broken.joined(separator: "\n")) }
    }

    /// What the node refused, as its journal has it.
    func refusals() throws(ClientError) {
        var query: [(String, String)] = []
        for name in ["since", "limit"] {
            if let text = invocation[name] { query.append((name, text)) }
        }
        let answer = try client.call("GET", ["v1", "log", "refusals"], query)
        if print(answer, as: try format) { return }
        var table = Table(["AT", "AUTHOR", "VERB", "WHAT", "CODE", "REASON"])
        for item in answer.map?["items"]?.list?.compactMap(\.map) ?? [] {
            if let count = item["coalesced"] {
                for kind in item["by"]?.list?.compactMap(\.map) ?? [] {
                    table.add([
                        Rendering.cell(item["at"]), Rendering.cell(kind["author"]), "", "",
                        Rendering.cell(kind["code"]),
                        "\(Rendering.cell(kind["count"])) of \(Rendering.cell(count)) in a flood "
                            + "since \(Rendering.cell(item["since"]))",
                    ])
                }
                continue
            }
            let place = item["namespace"]?.text.map { $0 == "/" ? "" : $0 + "/" } ?? ""
            let what = item["type"]?.text.map { "\(place)\($0)/\(item["name"]?.text ?? "?")" }
            table.add([
                Rendering.cell(item["at"]), Rendering.cell(item["author"]),
                Rendering.cell(item["verb"]), Rendering.printable(line: what ?? ""),
                Rendering.cell(item["code"]), Rendering.cell(item["reason"]),
            ])
        }
        screen.write(table.text)
        if let damaged = answer.map?["damaged"]?.int, damaged > 0 {
            screen.write(screen.paint("\(damaged) lines cannot be read\n", .yellow))
        }
    }

    func version() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "version"])
        screen.write("pisces \(Version.text), node \(Rendering.cell(answer.map?["version"]))\n")
    }
}
