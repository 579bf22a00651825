internal import Resources

extension CLI {
    /// Shows what the replicas of an app say, each line behind the name of its task.
    func appLogs() throws(ClientError) {
        let path = ["v1", "apps", invocation.positionals[0], "logs"]
        if invocation.has("follow") {
            try client.stream(path, query) { (event, data) throws(ClientError) in
                if event == "line" { show(data.map ?? [:]) }
                return true
            }
        } else {
            let answer = try client.call("GET", path, query)
            let lines = answer.map?["lines"]?.list?.compactMap(\.map) ?? []
            if lines.isEmpty { screen.note("nothing was said yet") }
            for line in lines { show(line) }
        }
    }

    private func show(_ line: ValueMap) {
        let text = Rendering.printable(line: line["text"]?.text ?? "")
        screen.write(screen.paint(Rendering.cell(line["task"]), .bold) + " | \(text)\n")
    }
}
