internal import Host
internal import Resources
internal import Synchronization

extension CLI {
    /// Runs a command inside a replica: its output comes here, keys go there. Gives its exit code.
    func appExec() throws(ClientError) -> Int32 {
        let terminal = Terminal()
        let wantsTerminal = screen.isTerminal && !invocation.has("no-terminal")
        let isRaw = wantsTerminal && terminal.passThrough()
        defer { terminal.restore() }
        var query = appQuery + invocation.positionals.dropFirst().map { ("command", $0) }
        if isRaw {
            query += [("rows", String(terminal.rows)), ("columns", String(terminal.columns))]
        }
        let keys = Keys(target: try NodeTarget(invocation, environment: environment), isRaw: isRaw)
        defer { keys.stop() }
        var exit: String?
        try client.stream(
            ["v1", "apps", invocation.positionals[0], "exec"], query, method: "POST"
        ) { (event, data) throws(ClientError) in
            let map = data.map ?? [:]
            switch event {
            case "session": try keys.start(session: map["id"]?.text ?? "")
            case "output": screen.writeBytes(Base64.decode(map["bytes"]?.text ?? "") ?? [])
            case "end": exit = map["exit"]?.text
            default: break
            }
            return exit == nil
        }
        guard let exit else { throw .broken("the connection ended before the command did") }
        if exit.hasPrefix("exit ") { return Int32(exit.dropFirst(5)) ?? 1 }
        throw .broken("the command ended by \(exit)")
    }
}

/// Sends what is typed, and changes of the terminal's size, to a running command.
private final class Keys: Sendable {
    private let target: NodeTarget
    private let isRaw: Bool
    private let isStopped = Atomic<Bool>(false)

    init(target: NodeTarget, isRaw: Bool) {
        self.target = target
        self.isRaw = isRaw
    }

    func start(session: String) throws(ClientError) {
        do throws(ThreadError) {
            try HostThread.start("keys") { [self] in
                // A session that is over refuses input: nothing is lost by that.
                try? run(session)
            }
        } catch { throw .broken("cannot read the terminal: error \(error.code)") }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func run(_ session: String) throws(ClientError) {
        let client = try APIClient(target)
        let terminal = Terminal()
        var size = (terminal.rows, terminal.columns)
        while !isStopped.load(ordering: .relaxed) {
            if let bytes = Terminal.input(milliseconds: 200) {
                let query = bytes.isEmpty ? [("end", "true")] : []
                _ = try client.call("POST", ["v1", "exec", session], query, body: bytes)
                if bytes.isEmpty { return }
            }
            let now = (terminal.rows, terminal.columns)
            if isRaw, now != size {
                size = now
                let query = [("rows", String(now.0)), ("columns", String(now.1))]
                _ = try client.call("POST", ["v1", "exec", session], query)
            }
        }
    }
}
