internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import ZeroProcs

/// The system that makes a machine of itself: a disk, and the guest that boots it.
extension API {
    /// Options that mean something for a guest alone.
    private static let ofGuests = ["api", "bus", "wire", "memory", "processors"]

    /// What is said of a guest would be lost on another target.
    func checkOptions(_ request: HTTPRequest, of target: CopyTarget) throws(Refusal) {
        guard target.kind != .guest else { return }
        for name in Self.ofGuests where request[name] != nil {
            throw malformed(name, "is for a guest: use it with --to qemu:NAME")
        }
    }

    /// Builds this system on the disk of a new guest, proves it, and says that the guest is wanted:
    /// then the driver `qemu` boots it and keeps it. What speaks against it is said before a byte
    /// is written.
    func reproduce(
        toGuest text: String, _ request: HTTPRequest, _ responder: Responder
    ) throws(Refusal) {
        let type = MachineTypes.machinespec.name
        guard request.caller.may(.write, type, in: .root) else {
            throw forbidden(request.caller, "write", "machinespec")
        }
        let spec = try newGuest(try resourceName(text), request)
        try checkMeans(of: spec)
        // The folder of guests is in the state of this node, which it does not run from.
        let (reproducer, result) = try reproducer(sparing: ["/pisces"])
        guard guests.claim(spec.name) else { throw taken(spec.name, "its disk is being made") }
        defer { guests.release(spec.name) }
        try checkName(of: spec, isForced: request.flag("force"))
        try follow(result, .guest, responder) { (report) throws(ReproductionError) in
            try make(spec, reproducer, report) { () throws(Refusal) in
                _ = try put(
                    type, spec.name, .root, spec.data, nil, request, "pisces reproduce --to qemu")
            }
        }
    }

    /// A guest as the options say; its console is at a free port of this machine unless told.
    private func newGuest(
        _ name: ResourceName, _ request: HTTPRequest
    ) throws(Refusal) -> MachineSpec {
        var data = try wantedMachine(request, address: "qemu")
        if data["wire"] == nil, data["listen"] == nil {
            data["listen"] = .text("127.0.0.1:\(try freeConsolePort())")
        }
        let spec = MachineSpec(name, data)
        _ = try driving { () throws(DriverError) in try spec.guest() }
        return spec
    }

    /// The first port that no machine is to have and where nothing answers.
    private func freeConsolePort() throws(Refusal) -> UInt16 {
        let taken = Set(try wantedMachines().compactMap { $0.data["listen"]?.text })
        let first: UInt16 = 7201
        for port in first..<first + UInt16(Limits.madeMachines.value) {
            if taken.contains("127.0.0.1:\(port)") { continue }
            do throws(StreamSocket.Failure) {
                _ = try StreamSocket(.tcp(host: "127.0.0.1", port: port))
            } catch { return port }
        }
        throw Refusal(
            .tooMany, filter: "machines", subject: "the console of a guest",
            reason: "no port from \(first) on is free", remedy: "name one with --api ADDRESS:PORT")
    }

    private func wantedMachines() throws(Refusal) -> [MachineSpec] {
        try reading { () throws(GraphError) in try MachineBook(node).wanted() }
    }

    /// Refuses where guests cannot be run.
    private func checkMeans(of spec: MachineSpec) throws(Refusal) {
        do throws(ProcessError) {
            _ = try ExecutablePath.find(Guest.program, on: nil, in: nil)
        } catch {
            throw Refusal(
                .unavailable, filter: "machines", subject: "guest \(spec.name)",
                reason: "there is no \(Guest.program): \(error.cause)",
                remedy: "install qemu-system-x86")
        }
        _ = try firmware(of: spec.name)
        let own = try wantedMachines().count { $0.maker == node.name }
        guard own < Limits.madeMachines.value else {
            throw Refusal(
                .tooMany, filter: "machines", subject: "guest \(spec.name)",
                reason: "this machine makes \(own) machines; the limit is "
                    + "\(Limits.madeMachines.value)",
                remedy: "remove one with pisces machine remove")
        }
    }

    /// Refuses a name that a machine has, or had: what its disk knows is lost by force alone.
    private func checkName(of spec: MachineSpec, isForced: Bool) throws(Refusal) {
        let name = spec.name
        if try wantedMachines().contains(where: { $0.name == name }) {
            throw taken(name, "a machine of that name is wanted")
        }
        let isLeft = try reading { () throws(GraphError) in
            try MachineBook(node).entries().contains { $0.name == name }
        }
        if isLeft { throw taken(name, "a machine of that name has not ended yet") }
        let (life, source) = try driving { () throws(DriverError) in
            let driver = try guests.driver()
            return (try driver.life(of: name), try driver.source(of: name))
        }
        if case .runs(let pid) = life {
            throw taken(name, "a guest of that name runs as process \(pid)")
        }
        guard !isForced, let source else { return }
        throw Refusal(
            .alreadyExists, filter: "machines", subject: "guest \(name)",
            reason: "there is a disk of that name, made of \(printable(source))",
            remedy: "name another, or add --force to lose what it holds")
    }

    /// Makes the disk, and then the guest. Of one that did not come to be nothing stays.
    private func make(
        _ spec: MachineSpec, _ reproducer: Reproducer,
        _ report: (Reproducer.Progress) throws(ReproductionError) -> Void,
        wanting: () throws(Refusal) -> Void
    ) throws(ReproductionError) -> CopyProgress {
        let driver = try copying { () throws(DriverError) in try guests.driver() }
        do throws(ReproductionError) {
            let disk = try copying { () throws(DriverError) in
                try driver.beginDisk(of: spec.name)
            }
            let done = try reproducer.toImage(disk, isForced: true, report: report)
            try copying { () throws(DriverError) in
                try driver.finishDisk(of: spec.name, source: spec.source)
            }
            do throws(Refusal) { try wanting() } catch {
                throw ReproductionError(
                    .refused, operation: "want", subject: error.subject, cause: error.reason,
                    remedy: error.remedy ?? "try again")
            }
            return done
        } catch {
            // Why it failed counts; what could not be deleted goes when the name is used again.
            try? driver.erase(spec.name)
            throw error
        }
    }

    private func copying<Answer>(
        _ work: () throws(DriverError) -> Answer
    ) throws(ReproductionError) -> Answer {
        do throws(DriverError) { return try work() } catch {
            throw ReproductionError(
                error.kind == .exhausted ? .noSpace : .failed, operation: error.operation,
                subject: error.subject, cause: error.cause, remedy: error.remedy ?? "try again")
        }
    }

    private func taken(_ name: ResourceName, _ why: String) -> Refusal {
        Refusal(
            .alreadyExists, filter: "machines", subject: "guest \(name)", reason: why,
            remedy: "name another; pisces machine list shows those that are there")
    }
}
