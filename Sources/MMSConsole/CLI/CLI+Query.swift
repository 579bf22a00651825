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

    private func queryBody() throws(ClientError) -> [UInt8] {
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
        let prefix =
            invocation.has("profile") ? "PROFILE " : invocation.has("explain") ? "EXPLAIN " : ""
        var writer = JSONWriter()
        writer.object { object in
            object.member("query", prefix + invocation.positionals[0])
            if !parameters.isEmpty { object.member("parameters", .map(parameters)) }
            object.member("at", invocation["at"])
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
