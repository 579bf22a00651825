internal import Resources

/// The logs of the node.
extension CLI {
    /// Mounts a log when a namespace is named, and shows all there are.
    func logs() throws(ClientError) {
        let mounts = invocation.positionals.first.map { query + [("mount", $0)] }
        let answer = try client.call(mounts == nil ? "GET" : "POST", ["v1", "logs"], mounts ?? [])
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
