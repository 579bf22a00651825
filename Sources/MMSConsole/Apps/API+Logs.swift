internal import Drivers
internal import Host
internal import MMSGraph
internal import NIOCore
internal import Node
internal import Resources
internal import Synchronization
internal import ZeroProcs

/// What the replicas of an app say.
extension API {
    /// The last lines of each replica, or a stream of them.
    func logs(_ request: HTTPRequest, name: String, _ responder: Responder) throws(Refusal) {
        let reader = try reader(request)
        let app = try app(named: name, request, reader)
        var selection = Selection(CoreTypes.known("task"), scope: .namespace(app.namespace))
        selection.predicate = .compare(.field(["app"]), .equal, .text(name))
        var tasks: [Resource] = []
        try reader.forEach(selection) { task in
            if request["task"].map({ $0 == task.name.text }) ?? true { tasks.append(task) }
            return true
        }
        if tasks.isEmpty {
            throw Refusal(
                .notFound, filter: "request", subject: request["task"] ?? app.address,
                reason: "no task of this name is here", remedy: "see pisces app status \(name)")
        }
        let count = try tail(request)
        let follower = LogFollower(
            tasks, OutputReader(node.apps.processes), responder: responder)
        let lines: [Value]
        do throws(DriverError) { lines = try follower.begin(lines: count) } catch {
            throw refusal(of: error)
        }
        if request.flag("follow") {
            responder.begin(follower)
            follower.run(first: lines)
        } else {
            responder.send(.json { $0.object { $0.member("lines", .list(lines)) } })
        }
    }

    private func tail(_ request: HTTPRequest) throws(Refusal) -> Int {
        guard let text = request["tail"] else { return 100 }
        guard let count = Int(text), (0...Limits.outputLines.value).contains(count) else {
            throw malformed(
                "tail \(printable(text))", "must be a number from 0 to \(Limits.outputLines.value)")
        }
        return count
    }
}

/// Follows the output of tasks on the thread that asked.
private final class LogFollower: EventStream {
    private let tasks: [Resource]
    private let reader: OutputReader
    private let responder: Responder
    private let places = Mutex<[Identifier: OutputPosition]>([:])
    private let isClosed = Atomic<Bool>(false)

    init(_ tasks: [Resource], _ reader: OutputReader, responder: Responder) {
        self.tasks = tasks
        self.reader = reader
        self.responder = responder
    }

    func resume() {}

    func close() { isClosed.store(true, ordering: .releasing) }

    /// The last lines of each task; what follows goes on from there.
    func begin(lines: Int) throws(DriverError) -> [Value] {
        var all: [Value] = []
        for task in tasks {
            let (found, next) = try reader.tail(of: task.outputName, lines: lines)
            places.withLock { $0[task.id] = next }
            all += found.map { Self.value($0, task) }
        }
        return all
    }

    private static func value(_ line: OutputLine, _ task: Resource) -> Value {
        [
            "task": .text(task.name.text), "life": .text(line.life.description),
            "offset": .int(line.offset), "text": .text(line.text),
        ]
    }

    /// Hands on what comes until the connection is gone or the tasks' output cannot be read.
    func run(first: [Value]) {
        emit(first)
        while !isClosed.load(ordering: .acquiring) {
            do throws(DriverError) {
                let lines = try more()
                emit(lines)
                if lines.isEmpty { LinuxSystem.pause(milliseconds: 100) }
            } catch {
                responder.end()
                return
            }
            while !isClosed.load(ordering: .acquiring), !canWrite {
                LinuxSystem.pause(milliseconds: 5)
            }
        }
    }

    private var canWrite: Bool {
        let responder = responder
        return (try? responder.eventLoop.submit { responder.canWrite }.wait()) ?? false
    }

    private func more() throws(DriverError) -> [Value] {
        var all: [Value] = []
        for task in tasks {
            let place = places.withLock { $0[task.id] } ?? OutputPosition()
            let (found, next) = try reader.read(task.outputName, after: place)
            places.withLock { $0[task.id] = next }
            all += found.map { Self.value($0, task) }
        }
        return all
    }

    private func emit(_ lines: [Value]) {
        if lines.isEmpty { return }
        responder.eventLoop.execute { [responder] in
            var buffer = ByteBuffer()
            for line in lines { buffer.writeEvent("line") { $0.write(line) } }
            _ = responder.write(buffer)
        }
    }
}
