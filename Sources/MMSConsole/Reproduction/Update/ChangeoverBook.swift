internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

/// Brings apps and configuration of a machine to those of the system that runs, and back when it
/// fell back: each one batch of the log (design/05, update).
struct ChangeoverBook {
    let api: API

    private var node: LinuxNode { api.node }

    /// True when nobody else lives by this machine's desired state. A fleet's is the fleet's: one
    /// machine on trial must not change it for all.
    var isAlone: Bool {
        get throws(ReproductionError) {
            try reading { () throws(GraphError) in
                try node.circle.graph.reader().count(of: FleetTypes.node.name, below: .root) <= 1
            }
        }
    }

    /// Undoes what systems brought that do not run any more and were never found good, and lets
    /// stand what the running one brought when it is not on trial. One line for each.
    func settle(
        running: ContentDigest, isOnTrial: Bool
    ) throws(ReproductionError) -> [String] {
        var notes: [String] = []
        for record in try records() where record.data["state"]?.text == "applied" {
            guard record.data["generation"]?.text == running.description else {
                notes.append(try undo(record))
                continue
            }
            if !isOnTrial { try keep(record) }
        }
        return notes
    }

    /// Brings what the running system was described with and the one before it was not; nothing
    /// when it is there already. Gives what it changed, nil when nothing is to change here.
    func begin(
        running: Description, update: UpdateBook.Entry, in updates: MachineUpdates
    ) throws(ReproductionError) -> Changeover? {
        guard let changeover = try changeover(running: running, update: update, in: updates)
        else { return nil }
        let name = running.digest.description
        let isThere = try records().contains {
            $0.data["generation"]?.text == name && $0.data["state"]?.text == "applied"
        }
        if isThere || changeover.isEmpty { return changeover }
        let copy = CopyDirectory("/pisces")
        do throws(Refusal) {
            let inheritor = Inheritor(
                api: api, caller: .system("controller"), reason: "update \(running.sequence)")
            try inheritor.takeContent(running, copy)
        } catch { throw Self.refused(error) }
        let identify = { api.entropy.identifier(at: api.clock.now) }
        let types = try reading { () throws(GraphError) in
            try changeover.newTypes(on: node.circle.graph.reader(), identify: identify)
        }
        try propose(types, "types of update \(running.sequence)")
        let commands = try reading { () throws(GraphError) in
            try changeover.commands(
                on: node.circle.graph.reader(), appsAt: node.apps.directory + "/apps",
                at: api.clock.now, identify: identify)
        }
        try propose(commands, "update \(running.sequence)")
        return changeover
    }

    /// What the running system, started by that update, changes of apps and configuration.
    private func changeover(
        running: Description, update: UpdateBook.Entry, in updates: MachineUpdates
    ) throws(ReproductionError) -> Changeover? {
        guard update.controller.plan.generation == running.digest,
            let from = update.resource.data["from"]?.text.flatMap({ ContentDigest($0) }),
            try isAlone
        else { return nil }
        return Changeover(from: try updates.sentDescription(from), to: running)
    }

    /// Lets stand what a system brought that was found good.
    func keep(_ generation: ContentDigest) throws(ReproductionError) {
        for record in try records()
        where record.data["generation"]?.text == generation.description
            && record.data["state"]?.text == "applied"
        { try keep(record) }
    }

    /// What the apps that an update brought still wait for.
    func waits(of changeover: Changeover) throws(ReproductionError) -> [String] {
        var waits: [String] = []
        for heir in changeover.apps {
            let reader = try reading { () throws(GraphError) in try node.circle.graph.reader() }
            let app = try reading { () throws(GraphError) in
                try reader.resource(heir.type, heir.name, in: heir.namespace)
            }
            // Somebody has deleted it since.
            guard let app else { continue }
            do throws(Refusal) {
                let status = try api.status(of: app, reader)
                waits += (status.waits + status.failures).map { "\(app.name): \($0)" }
            } catch { waits.append(error.message) }
        }
        return waits
    }

    private func undo(_ record: Resource) throws(ReproductionError) -> String {
        let undoing = try reading { () throws(GraphError) in
            try Changeover.undoing(
                record, on: node.circle.graph.reader(), at: api.clock.now,
                identify: { api.entropy.identifier(at: api.clock.now) })
        }
        let sequence = record.data["sequence"]?.int ?? 0
        try propose(undoing.commands, "fell back from update \(sequence)")
        let line = "apps and configuration of update \(sequence) are undone"
        if undoing.kept.isEmpty { return line }
        return line + ", but " + undoing.kept.joined(separator: ", ")
            + ", which somebody has changed since"
    }

    private func keep(_ record: Resource) throws(ReproductionError) {
        try propose([Changeover.keeping(record, at: api.clock.now)], "the update is good")
    }

    private func records() throws(ReproductionError) -> [Resource] {
        try reading { () throws(GraphError) in
            try node.circle.graph.reader().resources(
                of: ReproductionTypes.changeover.name, below: .root)
        }
    }

    private func propose(_ commands: [Command], _ reason: String) throws(ReproductionError) {
        if commands.isEmpty { return }
        let outcome = node.circle.propose(
            Proposal(
                caller: .system("controller"), batch: Batch(commands, reason: reason),
                time: api.clock.now))
        if case .failure(let refusal) = outcome { throw Self.refused(refusal) }
    }

    private static func refused(_ refusal: Refusal) -> ReproductionError {
        ReproductionError(
            .failed, operation: "change", subject: "apps and configuration",
            cause: refusal.message, remedy: refusal.remedy ?? "see pisces status")
    }

    private func reading<Answer>(
        _ work: () throws(GraphError) -> Answer
    ) throws(ReproductionError) -> Answer {
        do throws(GraphError) { return try work() } catch {
            throw ReproductionError(
                .failed, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: "see pisces status")
        }
    }
}
