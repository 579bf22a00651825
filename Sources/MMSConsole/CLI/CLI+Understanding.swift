internal import Host
internal import Resources

extension CLI {
    func history() throws(ClientError) {
        let resource = try resource(orGone: true)
        let answer = try client.call(
            "GET", ["v1", "history", resource.map?["id"]?.text ?? ""])
        if print(answer.map?["versions"] ?? .list([]), as: try format) { return }
        writeVersions(answer.map?["versions"]?.list ?? [])
    }

    /// Prints versions, each with what it changed.
    func writeVersions(_ versions: [Value]) {
        var before: [String: ValueMap] = [:]
        for version in versions.compactMap(\.map) {
            let resource = version["resource"]?.map
            let subject = version["subject"]?.text ?? ""
            let data = resource?["data"]?.map ?? [:]
            let action = version["action"]?.text ?? "?"
            screen.write(
                "\(screen.paint(pad("@\(Rendering.cell(version["position"]))", 9), .bold))"
                    + "\(version["time"]?.text ?? "-")  \(pad(action, 7))"
                    + "\(pad(version["origin"]?.text ?? "-", 12))"
                    + "\(version["author"]?.text ?? "-")"
                    + (subject.isEmpty ? "" : "  \(subject)")
                    + (version["reason"]?.text.map { "  \(Rendering.printable(line: $0))" } ?? "")
                    + "\n")
            if action == "update" {
                writeChanges(from: before[subject] ?? [:], to: data)
            }
            before[subject] = data
        }
    }

    private func writeChanges(from old: ValueMap, to new: ValueMap) {
        for key in Set(old.keys + new.keys).sorted() where old[key] != new[key] {
            screen.write(
                "           \(key): \(Rendering.cell(old[key])) -> \(Rendering.cell(new[key]))\n")
        }
    }

    func why() throws(ClientError) {
        let resource = try resource(orGone: true)
        let answer = try client.call("GET", ["v1", "why", resource.map?["id"]?.text ?? ""])
        if print(answer, as: try format) { return }
        for entry in answer.map?["chain"]?.list ?? [] { writeEntry(entry) }
    }

    func log() throws(ClientError) {
        let format = try format
        if invocation.has("follow") {
            try client.stream(["v1", "log"], query) { (_, data) throws(ClientError) in
                if !print(data, as: format) { writeEntry(data) }
                return true
            }
            return
        }
        let answer = try client.call("GET", ["v1", "log"], query)
        if print(answer.map?["entries"] ?? .list([]), as: format) { return }
        for entry in answer.map?["entries"]?.list ?? [] { writeEntry(entry) }
    }

    private func writeEntry(_ entry: Value) {
        let map = entry.map ?? [:]
        let commands = (map["commands"]?.list ?? []).compactMap(\.map)
        let shown = commands.prefix(4).map { command in
            "\(command["action"]?.text ?? "?") \(address(.map(command)))"
        }
        let more = commands.count > 4 ? " and \(commands.count - 4) more" : ""
        let reason = map["reason"]?.text.map { "  (\(Rendering.printable(line: $0)))" } ?? ""
        screen.write(
            "\(screen.paint(pad("@\(Rendering.cell(map["position"]))", 9), .bold))"
                + "\(map["time"]?.text ?? "-")  \(pad(map["author"]?.text ?? "-", 16)) "
                + "\(shown.joined(separator: ", "))\(more)\(reason)\n")
    }

    func watch() throws(ClientError) {
        // No type has a blank or a parenthesis in its name.
        if invocation.positionals[0].contains(where: { $0 == " " || $0 == "(" }) {
            return try follow()
        }
        let (type, name) = try split(invocation.positionals[0])
        var query = query + [("type", type)]
        if let name { query.append(("where", "name = '\(name)'")) }
        let columns = try columns(of: type)
        let format = try format
        screen.note("watching \(type); Ctrl-C ends")
        try client.stream(["v1", "subscribe"], query) { (event, data) throws(ClientError) in
            switch event {
            case "snapshot":
                for item in data.map?["items"]?.list ?? [] {
                    writeRow(sign: " ", item, columns, origin: "snapshot", format)
                }
            case "changes":
                let origin = data.map?["origin"]?.text ?? ""
                for row in collapse(data.map?["rows"]?.list ?? []) {
                    writeRow(sign: row.sign, row.resource, columns, origin: origin, format)
                }
            case "gone":
                throw .refused(
                    code: "gone", message: data.map?["reason"]?.text ?? "gone", notFound: false)
            default: break
            }
            return true
        }
    }

    /// An update is −1 and +1 of one resource: people see it as one changed row.
    private func collapse(_ rows: [Value]) -> [(sign: String, resource: Value)] {
        let added = Set(
            rows.filter { $0.map?["sign"]?.int == 1 }
                .compactMap { $0.map?["resource"]?.map?["id"]?.text })
        let removed = Set(
            rows.filter { $0.map?["sign"]?.int == -1 }
                .compactMap { $0.map?["resource"]?.map?["id"]?.text })
        return rows.compactMap { row in
            guard let resource = row.map?["resource"], let id = resource.map?["id"]?.text else {
                return nil
            }
            if row.map?["sign"]?.int == 1 { return (removed.contains(id) ? "~" : "+", resource) }
            return added.contains(id) ? nil : ("-", resource)
        }
    }

    private func writeRow(
        sign: String, _ item: Value, _ columns: [Column], origin: String, _ format: Format
    ) {
        if print(item, as: format) { return }
        let map = item.map ?? [:]
        let colour: Screen.Colour =
            switch sign {
            case "+": .green
            case "-": .red
            case "~": .yellow
            default: .dim
            }
        let cells = columns.map { $0.cell(of: map) }.joined(separator: "  ")
        screen.write(
            screen.paint("\(sign) \(pad(address(item), 22))", colour) + "\(cells)  "
                + screen.paint(origin, .dim) + "\n")
    }
}
