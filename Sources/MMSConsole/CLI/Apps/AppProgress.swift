internal import Host
internal import Resources

/// The state of an app as people read it.
struct AppProgress {
    private let status: ValueMap

    /// A state as the API gives it.
    init(_ status: ValueMap) { self.status = status }

    /// What it still waits for.
    var waits: [String] { texts("waits") }
    /// What failed for good.
    var failures: [String] { texts("failures") }
    /// True when all is as the app says.
    var isConverged: Bool { status["converged"]?.bool == true }

    /// One word for a table.
    var word: String { isConverged ? "ready" : failures.isEmpty ? "changing" : "failed" }

    /// Replicas that are ready, component by component.
    var line: String {
        parts.map { part in
            "\(Rendering.cell(part["component"])) \(Rendering.cell(part["ready"]))/"
                + Rendering.cell(part["wanted"])
        }.joined(separator: ", ")
    }

    private var parts: [ValueMap] { status["components"]?.list?.compactMap(\.map) ?? [] }

    private func texts(_ key: String) -> [String] { status[key]?.list?.compactMap(\.text) ?? [] }

    /// Everything, for `app status`.
    func page(_ screen: Screen) -> String {
        var text =
            screen.paint(Rendering.cell(status["app"]), .bold)
            + " \(Rendering.cell(status["version"])) is \(word)\n\n"
        var table = Table([
            "COMPONENT", "TASK", "STATE", "READY", "MACHINE", "PORTS", "PID", "RESTARTS", "VERSION",
            "HEALTH",
        ])
        for part in parts {
            for replica in part["replicas"]?.list?.compactMap(\.map) ?? [] {
                table.add([
                    Rendering.cell(part["component"]), Rendering.cell(replica["task"]),
                    Rendering.cell(replica["state"]), Rendering.cell(replica["ready"]),
                    Rendering.cell(replica["machine"]), Rendering.cell(replica["ports"]),
                    Rendering.cell(replica["pid"]), Rendering.cell(replica["restarts"]),
                    Rendering.cell(replica["version"]),
                    Rendering.cell(replica["healthReason"] ?? replica["health"]),
                ])
            }
        }
        text += table.text
        text += services
        for wait in waits { text += "waits for \(wait)\n" }
        for failure in failures { text += screen.paint("failed: \(failure)\n", .red) }
        return text
    }

    private var services: String {
        let services = status["services"]?.list?.compactMap(\.map) ?? []
        if services.isEmpty { return "" }
        var table = Table(["SERVICE", "LISTENS", "NAME", "BALANCE", "COMPONENT"])
        for service in services {
            table.add(
                ["name", "listen", "host", "balance", "component"].map {
                    Rendering.cell(service[$0])
                })
        }
        return "\n" + table.text
    }
}

extension CLI {
    /// Milliseconds that `--timeout` gives.
    var patience: UInt64 {
        get throws(ClientError) {
            guard let text = invocation["timeout"] else { return 120_000 }
            guard let age = Age(text) else { throw .usage("--timeout must be as 90s or 5m") }
            return UInt64(age.milliseconds)
        }
    }

    /// Waits until an app is as it was told, and says what it waits for whenever that changes.
    func awaitApp(_ name: String) throws(ClientError) {
        if invocation.has("no-wait") { return }
        let clock = LinuxClock()
        let deadline = clock.ticks.advanced(byMilliseconds: try patience)
        var shown = ""
        while true {
            let progress = AppProgress(try status(of: name))
            if progress.isConverged {
                screen.write("app/\(name) is ready: \(progress.line)\n")
                return
            }
            if progress.waits.isEmpty, !progress.failures.isEmpty {
                throw .broken("app/\(name): \(progress.failures.joined(separator: "; "))")
            }
            let line = "\(progress.line); waits for \(progress.waits.first ?? "nothing")"
            // Between two steps the handlers look again: that is no news.
            let isLooking = progress.waits.first?.hasPrefix("the handlers") == true
            if line != shown, !isLooking { screen.note("app/\(name): \(line)") }
            if !isLooking { shown = line }
            if clock.ticks > deadline {
                throw .timedOut(
                    "app/\(name) is not ready: \(line)\nIt goes on; see pisces app status \(name)")
            }
            LinuxSystem.pause(milliseconds: 30)
        }
    }

    /// Waits until nothing of a removed app runs any more.
    func awaitEnd(of name: String) throws(ClientError) {
        if invocation.has("no-wait") { return }
        let clock = LinuxClock()
        let deadline = clock.ticks.advanced(byMilliseconds: try patience)
        var shown = -1
        while true {
            let answer = try client.call(
                "GET", ["v1", "resources", "instance"], [("tag", "app=\(name)")])
            let left = answer.map?["items"]?.list?.count ?? 0
            if left == 0 { return }
            if left != shown { screen.note("app/\(name): waits for \(left) to stop") }
            shown = left
            if clock.ticks > deadline {
                throw .timedOut("app/\(name) is removed, but \(left) replicas have not stopped yet")
            }
            LinuxSystem.pause(milliseconds: 30)
        }
    }
}
