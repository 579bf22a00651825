public import Bus
internal import Dispatch
public import Host
public import Log
public import Resources
internal import Synchronization

/// Entries of a log that another node has: its own machine log, or its copy of the fleet log.
public struct PeerEntries: EntrySource {
    /// The service that gives them.
    public static let path = "/bus/entries"

    private let peers: any Peers
    private let candidates: @Sendable () -> [ResourceName]
    private let mount: Namespace

    /// The log mounted at `mount`, asked of the first of `candidates` that answers; without waiting,
    /// of the first that has what is asked for.
    public init(
        _ mount: Namespace, peers: any Peers,
        candidates: @escaping @Sendable () -> [ResourceName]
    ) {
        self.mount = mount
        self.peers = peers
        self.candidates = candidates
    }

    public func next(
        behind position: Position, milliseconds: Int
    ) throws(LogError) -> [LogEntry] {
        var failure = LogError.unreachable(cause: "no other machine has the log \(mount)")
        var hasNone = false
        for candidate in candidates().prefix(Limits.transferSources.value) {
            do throws(LogError) {
                let found = try ask(candidate, behind: position, milliseconds: milliseconds)
                // One that is behind itself must not hide what the next one has.
                if !found.isEmpty || milliseconds > 0 { return found }
                hasNone = true
            } catch {
                // Trimmed on one machine may still be on the next; that there is some left to
                // start from is worth more than that one did not answer.
                if case .trimmed = failure, case .unreachable = error { continue }
                failure = error
            }
        }
        if hasNone, case .unreachable = failure { return [] }
        throw failure
    }

    private func ask(
        _ peer: ResourceName, behind position: Position, milliseconds: Int
    ) throws(LogError) -> [LogEntry] {
        let question = EntryForm.Question(
            mount: mount, behind: position, milliseconds: milliseconds,
            bytes: Limits.entriesBytes.value)
        let request = PeerRequest(
            path: Self.path, body: EntryForm.encode(question),
            milliseconds: milliseconds + Limits.penCall.value)
        let found: (entries: [LogEntry], trimmed: Position?)
        do throws(BusError) {
            found = try EntryForm.entries(peers.call(peer, request).body, of: mount)
        } catch {
            throw .unreachable(cause: error.description)
        }
        if let first = found.trimmed { throw .trimmed(first: first) }
        // Late or repeated answers hold what is known already, or leave a gap.
        return Array(found.entries.drop { $0.header.position <= position })
    }
}

/// The service `/bus/entries`: gives other nodes what is durable of the logs that are here.
public final class EntryService<D: Disk>: Sendable {
    private let log: @Sendable (Namespace) -> CommandLog<D>?
    private let waiting = Mutex<[UInt64: Waiting]>([:])
    private let numbers = Atomic<UInt64>(0)

    private struct Waiting {
        let mount: Namespace
        let semaphore: DispatchSemaphore
    }

    /// The service of the logs that `log` gives by their mount points.
    public init(_ log: @escaping @Sendable (Namespace) -> CommandLog<D>?) { self.log = log }

    /// Answers a question of another node; waits as long as it asks when there is nothing yet.
    public func answer(_ peer: ResourceName, _ body: [UInt8]) throws(BusError) -> [UInt8] {
        let question = try EntryForm.question(body)
        guard let log = log(question.mount) else {
            throw BusError(
                .refused, operation: "read", subject: "log \(question.mount)",
                cause: "it is not on this machine", remedy: "ask a machine that mirrors it")
        }
        if log.durable <= question.behind, question.milliseconds > 0 { wait(question, log) }
        do throws(LogError) {
            let entries = try log.read(from: question.behind.next, maximumBytes: question.bytes)
            // What a crash here could still lose must not be known elsewhere.
            let durable = log.durable
            return EntryForm.encode(Array(entries.prefix { $0.header.position <= durable }))
        } catch {
            if case .trimmed(let first) = error { return EntryForm.encode([], trimmed: first) }
            throw BusError(
                .refused, operation: "read", subject: "log \(question.mount)",
                cause: error.description, remedy: "ask another machine")
        }
    }

    /// Wakes those who wait for the log at `mount`, once more of it is durable.
    public func notice(_ mount: Namespace) {
        let waiting = waiting.withLock { $0.values.filter { $0.mount == mount } }
        for one in waiting { one.semaphore.signal() }
    }

    private func wait(_ question: EntryForm.Question, _ log: CommandLog<D>) {
        let number = numbers.add(1, ordering: .relaxed).newValue
        let semaphore = DispatchSemaphore(value: 0)
        waiting.withLock {
            $0[number] = Waiting(mount: question.mount, semaphore: semaphore)
        }
        let end = DispatchTime.now() + .milliseconds(question.milliseconds)
        while log.durable <= question.behind, DispatchTime.now() < end {
            // What is written and not yet durable is so in a moment, and nobody tells.
            let isOnItsWay = log.tail > question.behind
            let pause = DispatchTime.now() + .milliseconds(Limits.durableLook.value)
            _ = semaphore.wait(timeout: isOnItsWay ? min(pause, end) : end)
        }
        waiting.withLock { _ = $0.removeValue(forKey: number) }
    }
}
