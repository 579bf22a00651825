internal import Bus
internal import Host
public import Node
public import Reproduction
internal import Resources
internal import Trust

/// A machine that becomes another system of its parent: it fetches the content over the network,
/// builds it on its own disk, and joins the fleet as what it was built as (design/05, Birth).
public struct BlankMachine: Sendable {
    /// What it was told.
    public let ticket: BirthTicket
    private let invitation: Invitation
    private let clock = LinuxClock()

    /// A machine with that ticket; refused when its invitation is none.
    public init(_ ticket: BirthTicket) throws(ReproductionError) {
        self.ticket = ticket
        do throws(TrustError) { invitation = try Invitation(ticket.invitation) } catch {
            throw ReproductionError(
                .badForm, operation: error.operation, subject: error.subject, cause: error.cause,
                remedy: error.remedy)
        }
        guard BusAddress(ticket.bus) != nil else {
            throw ReproductionError(
                .badForm, operation: "read", subject: "the ticket of a birth",
                cause: "its bus \(printable(ticket.bus)) is no address and port",
                remedy: "make another with pisces birth invite")
        }
    }

    /// The ticket on one of the disks of this machine, which begins with nothing else; nil without.
    public static func findTicket() throws(ReproductionError) -> BirthTicket? {
        for disk in TargetProbe.disks {
            guard let bytes = TargetProbe.start(of: disk, count: BirthTicket.bytes),
                BirthTicket.begins(bytes)
            else { continue }
            return try BirthTicket(bytes)
        }
        return nil
    }

    // MARK: Before it is built

    /// Builds the system on the disk of this machine, from what its parent gives. What was fetched
    /// before is not fetched again. `report` is told how far it is, and ends it by throwing.
    public func build(
        report: (String) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        guard let generation = ticket.generation else {
            throw ReproductionError(
                .refused, operation: "build", subject: "this machine",
                cause: "its ticket is for a machine that has its system, to join a fleet",
                remedy: "use one of pisces birth invite")
        }
        let loops = BusLoops()
        // Each attempt has its own; threads that do not end would add up over a night of attempts.
        defer { try? loops.stop() }
        let courier = BirthCourier(invitation, loops: loops)
        defer { courier.close() }
        let gathering = BirthGathering(generation, clock: clock) {
            (digest, offset, count) throws(ReproductionError) in
            do throws(BusError) {
                return try courier.piece(of: digest, at: offset, count: count)
            } catch { throw Self.failure(error) }
        }
        try report("asks \(ticket.parent) for \(generation)")
        let description = try gathering.description()
        let disk = try disk(for: description)
        let target = try DiskTarget.existing(LinuxDisk(), disk)
        defer { target.close() }
        let layout = try ImageLayout(description, diskBytes: target.size)
        let staged = try StagedBlobs(on: target, in: layout.range(of: .rootB))
        try gathering.gather(description, into: staged) { (progress) throws(ReproductionError) in
            try report(
                "fetched \(Self.megabytes(progress.done)) of "
                    + "\(Self.megabytes(progress.total)) MB for \(disk)")
        }
        courier.close()
        do throws(ReproductionError) {
            try construct(description, staged, disk, report)
        } catch {
            // What was staged is not what it shall be: then all of it is fetched anew.
            if error.kind == .damaged { try staged.forget() }
            throw error
        }
    }

    private func construct(
        _ description: Description, _ staged: StagedBlobs<DiskTarget<LinuxDiskFile>>,
        _ disk: String, _ report: (String) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        let reproducer = Reproducer(
            description, from: [staged], scanner: try SecretScanner([]), running: ["/pisces"],
            clock: clock)
        _ = try reproducer.toDevice(disk) { (progress) throws(ReproductionError) in
            try report(
                "\(progress.controller.state.word) \(Self.megabytes(progress.copy.done)) of "
                    + "\(Self.megabytes(progress.copy.total)) MB on \(disk)")
        }
    }

    /// The disk that was told of, or the only one that is empty and large enough.
    private func disk(for description: Description) throws(ReproductionError) -> String {
        if let disk = ticket.disk { return disk }
        let needed = try ImageLayout(description).diskBytes
        var empty: [String] = []
        for disk in TargetProbe.disks {
            // A disk that cannot be looked at is none to build on.
            guard let facts = try? TargetProbe.device(disk, running: ["/pisces"]),
                facts.holds == nil, !facts.isReadOnly, !facts.isRunning, facts.mountedAt == nil,
                facts.room >= needed
            else { continue }
            empty.append(disk)
        }
        if let disk = empty.first, empty.count == 1 { return disk }
        throw ReproductionError(
            .refused, operation: "choose", subject: "a disk",
            cause: empty.isEmpty
                ? "none is empty and has \(Self.megabytes(needed)) MB"
                : "\(empty.joined(separator: ", ")) are empty",
            remedy: empty.isEmpty
                ? "when this machine was built already, take the medium away and restart it; else "
                    + "empty a disk"
                : "name one with --disk of pisces birth invite")
    }

    private static func megabytes(_ bytes: Int64) -> Int64 { bytes / 1_000_000 }

    private static func failure(_ error: BusError) -> ReproductionError {
        ReproductionError(
            error.kind == .unreachable || error.kind == .unanswered ? .failed : .refused,
            operation: error.operation, subject: error.subject, cause: error.cause,
            remedy: error.remedy)
    }

    // MARK: When it runs from its own disk

    /// Makes the empty state directory of this machine that of a node of its parent's fleet.
    public func join(_ directory: String) throws(NodeError) {
        guard let address = BusAddress(ticket.bus) else {
            preconditionFailure("the address was read when the ticket was")
        }
        _ = try FleetNode.join(
            directory: directory, name: ticket.name.text, address: address,
            invitation: invitation, milliseconds: Limits.busArrival.value)
    }
}
