public import Host
public import MMSGraph
public import Resources
internal import ZeroProcs

/// Calls of capabilities that a life of this node began and did not end.
///
/// A call is a resource of the fleet before its program starts, its outcome one of the machine
/// after the program ended. A node that dies in between leaves a call that would be open for ever:
/// nobody waits for it any more, and its program may have ended or not.
public struct OpenCalls<D: Disk, S: OrderedStore>: Sendable {
    private let circle: Circle<D, S>
    private let machine: Namespace

    /// The calls that the machine of `circle` carries out.
    public init(_ circle: Circle<D, S>) {
        self.circle = circle
        machine = circle.machine.sequencer.mount
    }

    /// Gives each of them the outcome that it failed. To be called before the node takes new
    /// calls; gives how many there were. Repeating it changes nothing.
    @discardableResult
    public func close(
        clock: any Clock, entropy: any Entropy
    ) throws(GraphError) -> Int {
        let reader = try circle.graph.reader()
        let ended = Set(try reader.all("outcome").compactMap { $0.links["OF"]?.first })
        let open = try reader.all("invocation").filter { call in
            !ended.contains(call.id) && call.data["machine"]?.text == machine.machineName
        }
        for start in stride(from: 0, to: open.count, by: Limits.batchCommands.value) {
            let now = clock.now
            let commands = open[start...].prefix(Limits.batchCommands.value).map { call in
                Command.create(outcome(of: call, id: entropy.identifier(at: now), at: now))
            }
            let batch = Batch(commands, reason: "the node ended while these calls ran")
            let answer = circle.machine.propose(
                Proposal(caller: .system("executor"), batch: batch, time: now))
            if case .failure(let refusal) = answer {
                throw GraphError(
                    operation: "close", subject: refusal.subject, cause: refusal.message)
            }
        }
        return open.count
    }

    private func outcome(of call: Resource, id: Identifier, at now: WallTime) -> Draft {
        Draft(
            id: id, type: AppTypes.outcome.name, namespace: machine, name: call.name,
            data: [
                "state": "failed", "began": .int(call.created.time.milliseconds),
                "ended": .int(now.milliseconds),
                "exit": "the node ended while it ran: how far it came is not known",
            ], links: ["OF": [call.id]])
    }
}
