internal import Host
internal import Resources

extension CLI {
    /// Redraws the node's state and the latest changes once a second until interrupted, by
    /// keyboard: q or Ctrl-C ends.
    func top() throws(ClientError) {
        let terminal = Terminal()
        defer { terminal.restore() }
        if screen.isTerminal { terminal.takeOver() }
        repeat {
            let status = try client.call("GET", ["v1", "status"])
            let log = try client.call(
                "GET", ["v1", "log"], [("log", "machine"), ("limit", "\(terminal.rows / 2)")])
            var text = screen.isTerminal ? "\u{1B}[H" : ""
            for line in lines(status.map ?? [:], log.map ?? [:], width: terminal.columns) {
                text += line + (screen.isTerminal ? "\u{1B}[K\n" : "\n")
            }
            screen.write(text + (screen.isTerminal ? "\u{1B}[J" : ""))
        } while screen.isTerminal && !terminal.waitForKey("q", milliseconds: 1000)
    }

    private func lines(_ status: ValueMap, _ log: ValueMap, width: Int) -> [String] {
        let node = status["node"]?.map ?? [:]
        let memory = Rendering.cell(status["memory"]?.map?["residentBytes"], unit: "bytes")
        var lines = [
            "pisces \(Rendering.cell(node["name"]))  up \(Rendering.cell(node["uptimeSeconds"])) s"
                + "  memory \(memory)",
            "",
        ]
        for sensor in status["sensors"]?.list?.compactMap(\.map) ?? [] {
            lines.append(
                "\(pad(Rendering.cell(sensor["name"]), 12))events \(pad(Rendering.cell(sensor["events"]), 9))"
                    + "lost \(pad(Rendering.cell(sensor["lost"]), 5))"
                    + "resyncs \(pad(Rendering.cell(sensor["resyncs"]), 5))"
                    + "drift \(Rendering.cell(sensor["drift"]))")
        }
        lines.append("")
        for entry in (log["entries"]?.list ?? []).reversed().compactMap(\.map) {
            let commands = (entry["commands"]?.list ?? []).compactMap(\.map).map { command in
                "\(command["action"]?.text ?? "?") \(address(.map(command)))"
            }
            let text =
                "@\(Rendering.cell(entry["position"])) \(entry["time"]?.text ?? "-") "
                + commands.joined(separator: ", ")
            lines.append(String(text.prefix(width)))
        }
        return lines
    }
}
