internal import Host
internal import NIOCore
internal import Resources
internal import Synchronization

/// Commands that run inside tasks, by the identifier that their input is sent to.
final class ExecSessions: Sendable {
    private let sessions = Mutex<[Identifier: ExecSession]>([:])

    /// Takes a session in; false when there are too many.
    func add(_ session: ExecSession) -> Bool {
        sessions.withLock { sessions in
            guard sessions.count < Limits.execSessions.value else { return false }
            sessions[session.id] = session
            return true
        }
    }

    func remove(_ id: Identifier) { sessions.withLock { $0[id] = nil } }

    subscript(id: Identifier) -> ExecSession? { sessions.withLock { $0[id] } }
}

/// One command inside a task: its output is a stream of events, its input comes by requests.
final class ExecSession: EventStream {
    let id: Identifier
    /// Who started it; nobody else may write to it.
    let owner: Identity
    private let process: ExecProcess
    private let responder: Responder
    private let sessions: ExecSessions
    /// Signalled when the connection takes more, or is gone.
    private let room = Poll()

    private final class Poll: Sendable {
        let isClosed = Atomic<Bool>(false)
    }

    init(
        _ process: ExecProcess, id: Identifier, owner: Identity, responder: Responder,
        sessions: ExecSessions
    ) {
        self.process = process
        self.id = id
        self.owner = owner
        self.responder = responder
        self.sessions = sessions
    }

    /// Begins the stream; a thread reads what the command says.
    func start() throws(ThreadError) {
        responder.begin(self)
        emit("session") { $0.member("id", self.id.description) }
        try HostThread.start("exec") { [self] in run() }
    }

    func resume() {}

    func close() { room.isClosed.store(true, ordering: .releasing) }

    /// Takes input for the command.
    func take(_ bytes: [UInt8], isLast: Bool) throws(ProcessError) {
        if !bytes.isEmpty { try process.write(bytes) }
        if isLast { process.endInput() }
    }

    /// The user's terminal has another size now.
    func resize(_ size: ExecProcess.Size) throws(ProcessError) { try process.resize(size) }

    private func run() {
        defer { sessions.remove(id) }
        var (isOpen, hasErrors) = (true, process.errors >= 0)
        do throws(ProcessError) {
            while isOpen || hasErrors {
                if room.isClosed.load(ordering: .acquiring) {
                    // Who asked is gone: as with a closed terminal, the command is told.
                    process.signal(1)
                    return
                }
                if isOpen { isOpen = try pass(errors: false, milliseconds: hasErrors ? 20 : 200) }
                if hasErrors { hasErrors = try pass(errors: true, milliseconds: isOpen ? 0 : 200) }
            }
        } catch { emit("output") { $0.member("bytes", Base64.encode(Array("\(error)\n".utf8))) } }
        let exit = process.exit(milliseconds: 10_000)?.description ?? "unknown status"
        emit("end") { $0.member("exit", exit) }
        responder.end()
    }

    /// Hands on what was said; false at the end.
    private func pass(errors: Bool, milliseconds: Int32) throws(ProcessError) -> Bool {
        guard let bytes = try process.read(errors: errors, milliseconds: milliseconds) else {
            return true
        }
        if bytes.isEmpty { return false }
        emit("output") { writer in
            writer.member("stream", errors ? "errors" : "output")
            writer.member("bytes", Base64.encode(bytes))
        }
        awaitRoom()
        return true
    }

    /// Waits while the connection takes no more: what is unread waits in the command's pipe.
    private func awaitRoom() {
        while !room.isClosed.load(ordering: .acquiring) {
            let canWrite = try? responder.eventLoop.submit { [responder] in responder.canWrite }
                .wait()
            if canWrite != false { return }
            LinuxSystem.pause(milliseconds: 5)
        }
    }

    private func emit(_ event: String, _ write: @escaping @Sendable (inout JSONWriter) -> Void) {
        responder.eventLoop.execute { [responder] in
            var buffer = ByteBuffer()
            buffer.writeEvent(event) { $0.object { write(&$0) } }
            _ = responder.write(buffer)
        }
    }
}
