internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// The driver `qemu`: guests of this machine that boot our image.
extension MachineCare {
    /// Makes the disk of a guest, starts it, and looks whether it answers.
    func keepGuest(_ spec: MachineSpec, in book: MachineBook) -> Outcome {
        // `pisces reproduce --to qemu` makes its disk: it begins when that is whole.
        guard api.guests.claim(spec.name) else { return .goesOn }
        defer { api.guests.release(spec.name) }
        return attempt(spec, in: book) { () throws(Refusal) in
            let guest = try driving { () throws(DriverError) in try spec.guest() }
            let guests = try driving { () throws(DriverError) in try api.guests.driver() }
            let made = try driving { () throws(DriverError) in
                try guests.source(of: spec.name)
            }
            if let made {
                try checkSource(made, spec)
            } else {
                try book.write(spec, "copying", known: try entry(spec, book))
                try makeDisk(spec, guests)
            }
            switch try driving({ () throws(DriverError) in try guests.life(of: spec.name) }) {
            case .none:
                try book.write(spec, "starting", known: try entry(spec, book))
                try start(guest, spec, guests)
                return .goesOn
            case .ended(let how):
                let last = try driving { () throws(DriverError) -> String? in
                    let words = try guests.lastWords(of: spec.name)
                    if let words { guests.learn(from: words) }
                    try guests.forget(spec.name)
                    return words
                }
                throw unavailable(spec, "qemu ended: \(how)\(last.map { ", \($0)" } ?? "")")
            case .runs(let pid): return try look(spec, guest, pid, guests, book)
            }
        }
    }

    /// A disk that is there is kept, and with it what the guest knows.
    private func checkSource(_ made: String, _ spec: MachineSpec) throws(Refusal) {
        guard made != spec.source else { return }
        throw Refusal(
            .conflict, filter: "machines", subject: "machinespec/\(spec.name)",
            reason: "its disk was made of \(printable(made))",
            remedy: "name that again, or another name; a machine added with --erase lets its disk "
                + "go when it is removed")
    }

    private func makeDisk(
        _ spec: MachineSpec, _ guests: GuestDriver<LinuxProcesses>
    ) throws(Refusal) {
        let disk = try driving { () throws(DriverError) in
            try guests.beginDisk(of: spec.name)
        }
        if let image = spec.data["image"]?.text {
            try driving { () throws(DriverError) in try guests.copyDisk(image, to: disk) }
        } else {
            // The folder of guests is in the state of this node, which it does not run from.
            let (reproducer, _) = try api.reproducer(sparing: ["/pisces"])
            try recorded { (record) throws(ReproductionError) in
                _ = try reproducer.toImage(disk, isForced: true) {
                    (progress) throws(ReproductionError) in
                    try record.take(progress)
                }
            }
        }
        try driving { () throws(DriverError) in
            try guests.finishDisk(of: spec.name, source: spec.source)
        }
    }

    private func start(
        _ guest: Guest, _ spec: MachineSpec, _ guests: GuestDriver<LinuxProcesses>
    ) throws(Refusal) {
        let firmware = try api.firmware(of: guest.name)
        let ticket = try ticket(guest, spec)
        _ = try driving { () throws(DriverError) in
            try guests.start(guest, qemu: Guest.program, firmware: firmware, ticket: ticket)
        }
    }

    /// What a guest with a wire is told when it is no node yet: by which invitation it becomes one.
    private func ticket(_ guest: Guest, _ spec: MachineSpec) throws(Refusal) -> String? {
        guard let wire = guest.wire else { return nil }
        switch try state(of: spec) {
        case "active", "draining": return nil
        case "removed":
            throw Refusal(
                .conflict, filter: "machines", subject: "machinespec/\(spec.name)",
                reason: "it was removed from the fleet, which refuses it for ever",
                remedy: "remove it with pisces machine remove, and add one of another name")
        default: break
        }
        let invitation = try node.fleet.invite(
            by: .system("machines"), as: .client,
            milliseconds: Int64(Limits.machineInvitation.value), automatic: true)
        return BirthTicket(
            name: spec.name, parent: node.fleet.name, generation: nil,
            invitation: invitation.text, bus: wire.bus, network: wire.network
        ).text
    }

    private func look(
        _ spec: MachineSpec, _ guest: Guest, _ pid: Int32, _ guests: GuestDriver<LinuxProcesses>,
        _ book: MachineBook
    ) throws(Refusal) -> Outcome {
        let screen = GuestScreen(
            try driving { () throws(DriverError) in try guests.screen(of: spec.name) })
        let known = try entry(spec, book)
        var seen: ValueMap = [
            "pid": .int(Int64(pid)), "console": .text("http://\(guest.console)"),
        ]
        seen["generation"] =
            screen.generation.map { Value.text("sha256:\($0)") }
            ?? known?.resource.data["generation"]
        try driving { () throws(DriverError) in try guests.connect(guest) }
        guard Self.answers(guest.console) else {
            if known?.state == "starting", isLate(known) {
                seen["reason"] = "it does not answer; its serial line says why"
            }
            try book.write(spec, "starting", seen, known: known)
            return .goesOn
        }
        try book.write(spec, "running", seen, known: known)
        // What it shows of itself comes a moment after its first answer.
        return screen.generation == nil ? .goesOn : .kept
    }

    private func isLate(_ entry: MachineBook.Entry?) -> Bool {
        guard let entry else { return false }
        return api.clock.now.milliseconds - entry.since > Int64(Limits.guestBoot.value)
    }

    /// True when a node serves there.
    private static func answers(_ place: Endpoint) -> Bool {
        do throws(StreamSocket.Failure) {
            let socket = try StreamSocket(.tcp(host: "\(place.address)", port: place.port))
            socket.limit(milliseconds: 2000)
            try socket.write(
                Array("GET /healthz HTTP/1.1\r\nHost: guest\r\nConnection: close\r\n\r\n".utf8))
            return try socket.read(64).starts(with: Array("HTTP/1.1 200 ".utf8))
        } catch { return false }
    }

    /// Ends a guest that nobody wants; its disk stays unless it shall be erased.
    func letGoGuest(
        _ entry: MachineBook.Entry, erasing: Bool, in book: MachineBook
    ) -> Outcome {
        let spec = entry.wanted
        return attempt(spec, in: book) { () throws(Refusal) in
            let guests = try driving { () throws(DriverError) in try api.guests.driver() }
            try book.write(spec, "stopping", known: entry)
            if spec.data["wire"] != nil {
                guard try leavesFleet(spec, book) else { return .goesOn }
            }
            let isEnded = try driving { () throws(DriverError) in
                try guests.stop(spec.name)
            }
            guard isEnded else { return .goesOn }
            try driving { () throws(DriverError) in
                try guests.forget(spec.name)
                if spec.erases, erasing { try guests.erase(spec.name) }
            }
            if let last = try self.entry(spec, book) { try book.forget(last) }
            return .gone
        }
    }

    private func driving<Answer>(
        _ work: () throws(DriverError) -> Answer
    ) throws(Refusal) -> Answer {
        try api.driving(work)
    }

    private func unavailable(_ spec: MachineSpec, _ reason: String) -> Refusal {
        Refusal(
            .unavailable, filter: "machines", subject: "machinespec/\(spec.name)", reason: reason)
    }
}
