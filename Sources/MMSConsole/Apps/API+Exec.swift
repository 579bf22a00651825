internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// Commands inside tasks, and the operations that apps offer.
extension API {
    /// Starts a command in a replica of an app, or in the task of that name.
    func exec(_ request: HTTPRequest, name: String, _ responder: Responder) throws(Refusal) {
        let reader = try reader(request)
        let (task, life) = try running(name, request, reader)
        try permit(request.caller, .run, task)
        let command = request.all("command")
        guard !command.isEmpty else { throw malformed("command", "must name a program") }
        let size = try terminalSize(request)
        let session: ExecSession
        do throws(DriverError) {
            session = ExecSession(
                try node.apps.driver.exec(life, command, terminal: size),
                id: entropy.identifier(at: clock.now), owner: request.caller.identity,
                responder: responder, sessions: sessions)
        } catch { throw refusal(of: error) }
        guard sessions.add(session) else {
            throw Refusal(
                .overloaded, filter: "exec", subject: name,
                reason: "\(Limits.execSessions.value) commands run inside tasks already",
                remedy: "end one of them")
        }
        do throws(ThreadError) { try session.start() } catch {
            sessions.remove(session.id)
            throw Refusal(
                .overloaded, filter: "exec", subject: name, reason: "no thread: error \(error.code)"
            )
        }
    }

    /// Input for a command inside a task, or a new size of its terminal.
    func execInput(_ request: HTTPRequest, session text: String) throws(Refusal) -> HTTPReply {
        guard let id = Identifier(text), let session = sessions[id],
            session.owner == request.caller.identity
        else {
            throw Refusal(
                .notFound, filter: "exec", subject: "session \(printable(text))",
                reason: "there is no such command, or it has ended")
        }
        let size = try terminalSize(request)
        do throws(ProcessError) {
            if let size { try session.resize(size) }
            try session.take(request.body, isLast: request.flag("end"))
        } catch {
            throw Refusal(
                .conflict, filter: "exec", subject: "session \(text)", reason: error.cause)
        }
        return .json { $0.object { _ in } }
    }

    private func terminalSize(_ request: HTTPRequest) throws(Refusal) -> ExecProcess.Size? {
        guard let rows = request["rows"] else { return nil }
        guard let rows = Int(rows), let columns = request["columns"].flatMap({ Int($0) }),
            (1...10_000).contains(rows), (1...10_000).contains(columns)
        else { throw malformed("rows", "and columns must be numbers from 1 to 10000") }
        return ExecProcess.Size(rows: rows, columns: columns)
    }

    /// The running life that a name means: of a task of that name, or of the first replica of an
    /// app that is ready.
    func running(
        _ name: String, component: String? = nil, _ request: HTTPRequest,
        _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> (task: Resource, life: Identifier) {
        let namespace = try namespace(request) ?? .root
        var selection = Selection(CoreTypes.known("task"), scope: .namespace(namespace))
        selection.predicate = .or([
            .compare(.name, .equal, .text(name)), .compare(.field(["app"]), .equal, .text(name)),
        ])
        var found: [(task: Resource, life: Identifier, isReady: Bool)] = []
        try reader.forEach(selection) { (task) throws(Refusal) in
            if let component, task.data["component"]?.text != component { return true }
            guard let instance = try instance(of: task, reader),
                instance.data["state"]?.text == "running",
                let life = instance.data["life"]?.text.flatMap({ Identifier($0) })
            else { return true }
            found.append((task, life, instance.data["ready"]?.bool == true))
            return true
        }
        let best = found.first { $0.isReady } ?? found.first
        if let best { return (best.task, best.life) }
        throw Refusal(
            .notFound, filter: "request", subject: printable(name),
            reason: "no replica of it runs on this machine", remedy: "see pisces app status")
    }

    private func instance(
        of task: Resource, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> Resource? {
        try reading { () throws(GraphError) in
            try reader.resource(CoreTypes.known("instance"), task.name, in: node.identity.namespace)
        }
    }

    func refusal(of error: DriverError) -> Refusal {
        let code: Refusal.Code =
            switch error.kind {
            case .unknownInstance, .programNotFound: .notFound
            case .exhausted: .overloaded
            case .invalid: .invalidValue
            case .unknownImage: .notFound
            case .deviceMissing, .unsupported, .stillRunning, .attached, .fenced: .conflict
            case .failed: .unavailable
            }
        return Refusal(
            code, filter: "driver", subject: error.subject,
            reason: "\(error.operation): \(error.cause)", remedy: error.remedy)
    }
}
