internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// Takes the steps for one machine. The driver `ssh` makes a node of an existing host; guests are in
/// `MachineCare+Guests`.
final class MachineCare: Sendable {
    let api: API
    let isStopping = Atomic<Bool>(false)

    var node: LinuxNode { api.node }

    /// What came of a look.
    enum Outcome {
        /// It is as it should be.
        case kept
        /// There is more to do soon.
        case goesOn
        /// A step failed, and is tried again later.
        case failed
        /// There is nothing left of it to look after.
        case gone
    }

    init(api: API) { self.api = api }

    /// The name of this machine.
    var machine: String { node.name }

    /// Ends a copy that is made.
    func stop() { isStopping.store(true, ordering: .releasing) }

    /// Brings a machine one look nearer to what is wanted: all steps until it runs.
    func keep(
        _ spec: MachineSpec, _ known: MachineBook.Entry?, in book: MachineBook
    ) -> Outcome {
        if let known, !known.wanted.isSame(as: spec) {
            // Another node is wanted under the name: the one that is there ends first.
            let outcome = letGo(known, erasing: false, in: book)
            return outcome == .gone ? .goesOn : outcome
        }
        if spec.driver == "qemu" { return keepGuest(spec, in: book) }
        return attempt(spec, in: book) { () throws(Refusal) in
            let there = try failing { () throws(ReproductionError) in
                try node(of: spec)
            }
            for _ in 0..<4 {
                let sight = try failing { () throws(ReproductionError) in try there.look() }
                let plan = HostPlan.next(sight, wasRemoved: try state(of: spec) == "removed")
                if try take(plan, sight, spec, there, book) { return .kept }
            }
            return .goesOn
        }
    }

    /// Takes a step; true when there is none left.
    private func take(
        _ plan: HostPlan, _ sight: HostNode.Sight, _ spec: MachineSpec, _ there: HostNode,
        _ book: MachineBook
    ) throws(Refusal) -> Bool {
        var seen: ValueMap = [:]
        seen["generation"] = sight.generation.map { .text($0.description) }
        switch plan {
        case .runs(let pid):
            seen["pid"] = .int(pid)
            try book.write(spec, "running", seen, known: try entry(spec, book))
            return true
        case .stuck(let reason):
            throw Refusal(
                .conflict, filter: "machines", subject: "machinespec/\(spec.name)", reason: reason)
        case .copy:
            try book.write(spec, "copying", seen, known: try entry(spec, book))
            try copy(spec)
        case .join:
            try book.write(spec, "joining", seen, known: try entry(spec, book))
            let invitation = try node.fleet.invite(
                by: .system("machines"), as: spec.role,
                milliseconds: Int64(Limits.machineInvitation.value), automatic: true)
            try failing { () throws(ReproductionError) in try there.join(invitation.text) }
        case .start:
            try book.write(spec, "starting", seen, known: try entry(spec, book))
            try failing { () throws(ReproductionError) in try there.start() }
        }
        return false
    }

    private func node(of spec: MachineSpec) throws(ReproductionError) -> HostNode {
        try spec.node(api.clock) { [self] in isStopping.load(ordering: .acquiring) }
    }

    private func copy(_ spec: MachineSpec) throws(Refusal) {
        let (reproducer, _) = try api.reproducer()
        try recorded { (record) throws(ReproductionError) in
            _ = try reproducer.toHost(
                try spec.address(), access: spec.access,
                bandwidth: try RunningSystem(node).policy.bandwidth,
                isCancelled: { [self] in isStopping.load(ordering: .acquiring) }
            ) { (progress) throws(ReproductionError) in try record.take(progress) }
        }
    }

    /// A copy whose states are in the log.
    func recorded(
        _ work: (CopyRecord) throws(ReproductionError) -> Void
    ) throws(Refusal) {
        let name = try api.resourceName("\(api.entropy.identifier(at: api.clock.now))")
        let record = CopyRecord(node: node, name: name)
        try failing { () throws(ReproductionError) in
            do throws(ReproductionError) { try work(record) } catch {
                record.fail(error)
                throw error
            }
        }
    }

    /// The machine that makes it is another one now: that it was made here is forgotten, and what
    /// runs is left alone.
    func handOver(_ entry: MachineBook.Entry, in book: MachineBook) -> Outcome {
        attempt(entry.wanted, in: book) { () throws(Refusal) in
            try book.forget(entry)
            return .gone
        }
    }

    /// Nobody wants it any more: it gives its tasks away, leaves the fleet and is stopped; its data
    /// stay unless they shall be erased, which `erasing` may forbid.
    func letGo(
        _ entry: MachineBook.Entry, erasing: Bool = true, in book: MachineBook
    ) -> Outcome {
        let spec = entry.wanted
        if spec.driver == "qemu" { return letGoGuest(entry, erasing: erasing, in: book) }
        return attempt(spec, in: book) { () throws(Refusal) in
            let there = try failing { () throws(ReproductionError) in
                try node(of: spec)
            }
            try book.write(spec, "stopping", known: entry)
            guard try leavesFleet(spec, book) else { return .goesOn }
            try failing { () throws(ReproductionError) in
                try there.stop()
                if spec.erases, erasing { try there.erase() }
            }
            if let last = try self.entry(spec, book) { try book.forget(last) }
            return .gone
        }
    }

    /// Lets a node give its tasks away, and removes it from the fleet; true when that is done.
    func leavesFleet(_ spec: MachineSpec, _ book: MachineBook) throws(Refusal) -> Bool {
        if try state(of: spec) == "active" {
            try node.fleet.change(spec.name, .drain, by: .system("machines"))
        }
        if try hasTasks(spec), !isOverdue(try entry(spec, book)) { return false }
        if let state = try state(of: spec), state != "removed" {
            try node.fleet.change(spec.name, .remove, by: .system("machines"))
        }
        return true
    }

    /// What cannot be given away in time stays with the data.
    private func isOverdue(_ entry: MachineBook.Entry?) -> Bool {
        guard let entry else { return true }
        return api.clock.now.milliseconds - entry.since > Int64(Limits.machineDrain.value)
    }

    private func hasTasks(_ spec: MachineSpec) throws(Refusal) -> Bool {
        try api.reading { () throws(GraphError) in
            try node.circle.graph.reader()
                .resources(of: AppTypes.assignment.name, below: .root)
                .contains { $0.data["machine"]?.text == spec.name.text }
        }
    }

    /// What the fleet knows of the node of that name; nil for nothing.
    func state(of spec: MachineSpec) throws(Refusal) -> String? {
        try api.reading { () throws(GraphError) in
            try node.circle.graph.resource(FleetTypes.node.name, spec.name, in: .root)
        }?.data["state"]?.text
    }

    func entry(
        _ spec: MachineSpec, _ book: MachineBook
    ) throws(Refusal) -> MachineBook.Entry? {
        try api.reading { () throws(GraphError) in
            try book.entries().first { $0.name == spec.name }
        }
    }

    private func failing<Answer>(
        _ work: () throws(ReproductionError) -> Answer
    ) throws(Refusal) -> Answer {
        try api.reproducing(work)
    }

    /// Takes steps; why they failed is written where it was not yet.
    func attempt(
        _ spec: MachineSpec, in book: MachineBook, _ steps: () throws(Refusal) -> Outcome
    ) -> Outcome {
        do throws(Refusal) { return try steps() } catch {
            do throws(Refusal) {
                let known = try entry(spec, book)
                var seen: ValueMap = ["reason": .text(error.message)]
                seen["generation"] = known?.resource.data["generation"]
                let state = known?.state == "stopping" ? "stopping" : "failed"
                try book.write(spec, state, seen, known: known)
            } catch { LinuxSystem.note("pisces: machine \(spec.name): \(error.message)") }
            return .failed
        }
    }
}
