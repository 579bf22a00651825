internal import Resources

extension CLI {
    /// Rows of a table that are laid out together.
    private static let tableRows = 1000

    /// Asks a question in Cypher and prints its rows as they come.
    func ask() throws(ClientError) {
        let body = try queryBody()
        let format = try format
        var columns: [String] = []
        var rows: [ValueMap] = []
        var count = 0
        try client.lines(["v1", "query"], body: body) { (headers) throws(ClientError) in
            columns = Self.columns(headers["pisces-columns"])
        } take: { (line) throws(ClientError) in
            let row = line.map ?? [:]
            if let problem = row["error"]?.map {
                throw ClientError(
                    status: Int(problem["status"]?.int ?? 422), problem: .map(problem))
            }
            if let plan = row["text"]?.text, row["plan"] != nil {
                if format == .table || format == .wide {
                    screen.write(plan + "\n")
                } else {
                    _ = print(line, as: format)
                }
                return
            }
            count += 1
            switch format {
            case .ndjson: screen.write(Rendering.json(line) + "\n")
            case .table, .wide:
                rows.append(row)
                if rows.count >= Self.tableRows { flush(&rows, columns) }
            default: rows.append(row)
            }
        }
        if format == .table || format == .wide {
            flush(&rows, columns)
            screen.note("\(count) \(count == 1 ? "row" : "rows")")
        } else if format != .ndjson, !invocation.has("explain") {
            _ = print(.list(rows.map(Value.map)), as: format)
        }
    }

    /// Follows the answer to a question.
    func follow() throws(ClientError) {
        var query = query + [("query", invocation.positionals[0])]
        let parameters = try parameters()
        if !parameters.isEmpty { query.append(("parameters", Rendering.json(.map(parameters)))) }
        let format = try format
        var columns: [String] = []
        try client.stream(["v1", "subscribe"], query) { (event, data) throws(ClientError) in
            switch event {
            case "query":
                columns = data.map?["columns"]?.list?.compactMap(\.text) ?? []
                screen.note(
                    "watching, class \(Rendering.cell(data.map?["class"])): "
                        + "\(Rendering.cell(data.map?["why"])); Ctrl-C ends")
            case "reset": screen.note("what was missed cannot be told; from the beginning:")
            case "snapshot", "changes":
                let origin = data.map?["origin"]?.text ?? "snapshot"
                for row in Self.changed(data.map?["rows"]?.list?.compactMap(\.map) ?? []) {
                    if print(.map(row.line), as: format) { continue }
                    let cells = columns.map { Self.cell(row.row[$0]) }.joined(separator: "  ")
                    screen.write("\(row.sign) \(cells)  " + screen.paint(origin, .dim) + "\n")
                }
            case "gone":
                throw .refused(
                    code: "gone", message: data.map?["reason"]?.text ?? "gone", notFound: false)
            default: break
            }
            return true
        }
    }

    /// An update is −1 and +1 of one key: people see it as one changed row.
    private static func changed(
        _ rows: [ValueMap]
    ) -> [(sign: String, row: ValueMap, line: ValueMap)] {
        func keys(_ sign: Int64) -> Set<String> {
            Set(rows.filter { $0["sign"]?.int == sign }.compactMap { $0["key"]?.text })
        }
        let (left, entered) = (keys(-1), keys(1))
        return rows.compactMap { line in
            guard let row = line["row"]?.map, let key = line["key"]?.text else { return nil }
            switch line["sign"]?.int {
            case 1: return (left.contains(key) ? "~" : "+", row, line)
            case -1: return entered.contains(key) ? nil : ("-", row, line)
            default: return (" ", row, line)
            }
        }
    }

    private func parameters() throws(ClientError) -> ValueMap {
        var parameters: ValueMap = [:]
        for text in invocation.all("param") {
            let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty else {
                throw .usage("--param must be NAME=VALUE, not '\(text)'")
            }
            // What is no JSON is a text: -p name=nginx needs no quotes inside quotes.
            let json = try? JSONReader.decode(Array(halves[1].utf8))
            parameters[String(halves[0])] = json ?? .text(String(halves[1]))
        }
        return parameters
    }

    private func queryBody() throws(ClientError) -> [UInt8] {
        let parameters = try parameters()
        let prefix =
            invocation.has("profile") ? "PROFILE " : invocation.has("explain") ? "EXPLAIN " : ""
        var writer = JSONWriter()
        writer.object { object in
            object.member("query", prefix + invocation.positionals[0])
            if !parameters.isEmpty { object.member("parameters", .map(parameters)) }
            object.member("at", invocation["at"])
            object.member("consistency", invocation["consistency"])
            object.member("bookmark", invocation["bookmark"])
        }
        return writer.bytes
    }

    private static func columns(_ header: String?) -> [String] {
        guard let header, let value = try? JSONReader.decode(Array(header.utf8)) else { return [] }
        return value.list?.compactMap(\.text) ?? []
    }

    private func flush(_ rows: inout [ValueMap], _ columns: [String]) {
        if rows.isEmpty { return }
        var table = Table(columns)
        for row in rows { table.add(columns.map { Self.cell(row[$0]) }) }
        screen.write(table.text)
        rows = []
    }

    /// A node as `(:Process 4711)`, a relationship as `[:PARENT]`, a path as both in turn.
    private static func cell(_ value: Value?) -> String {
        guard let map = value?.map else {
            if let list = value?.list {
                return "[" + list.map { cell($0) }.joined(separator: ", ") + "]"
            }
            return Rendering.cell(value)
        }
        if let labels = map["labels"]?.list, let properties = map["properties"]?.map {
            let label = labels.compactMap(\.text).map { ":" + $0 }.joined()
            return "(\(label) \(Rendering.cell(properties["name"])))"
        }
        if let type = map["type"]?.text, map["start"] != nil { return "[:\(type)]" }
        if let nodes = map["nodes"]?.list, let hops = map["relationships"]?.list {
            var text = cell(nodes.first)
            for (hop, node) in zip(hops, nodes.dropFirst()) {
                text += "-\(cell(hop))-\(cell(node))"
            }
            return text
        }
        return Rendering.cell(value)
    }
}
