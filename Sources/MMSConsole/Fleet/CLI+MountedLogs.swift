internal import Resources

/// The logs of the node.
extension CLI {
    func logList() throws(ClientError) { try showLogs(client.call("GET", ["v1", "logs"])) }

    func logMount() throws(ClientError) {
        let query = query + [("mount", invocation.positionals[0])]
        try showLogs(client.call("POST", ["v1", "logs"], query))
    }

    private func showLogs(_ answer: Value) throws(ClientError) {
        if print(answer, as: try format) { return }
        var table = Table(["MOUNT", "NAME", "FIRST", "POSITION", "RESTS ON", "WRITTEN BY", "STATE"])
        for log in answer.map?["items"]?.list?.compactMap(\.map) ?? [] {
            table.add(
                ["mount", "name", "first", "position", "rests", "writer", "state"].map {
                    log[$0].map { Rendering.cell($0) } ?? "-"
                })
        }
        screen.write(table.text)
    }
}
