internal import Host
internal import MMSConsole
internal import Node
internal import Reproduction
internal import Resources
internal import Trust

/// Runs this program as the first of a machine that boots our image: prepares the machine, runs
/// the node, and ends the machine. Gives an exit code only when this is no first process.
func runFirstProcess(_ environment: [String: String]) -> Int32 {
    guard LinuxSystem.isFirstProcess else {
        StandardError().write(
            "pisces: init is for the first program of a machine; use pisces up to run a node")
        return 2
    }
    LinuxSystem.boundHeap()
    var machine = FirstProcess(environment)
    let end = machine.run()
    StandardError().write("pisces: \(LinuxMachine.end(end))")
    // The kernel restarts the machine when its first program ends (panic=).
    return 1
}

/// The machine around the node, from the first mount to the last unmount.
struct FirstProcess {
    /// Where everything that changes is kept.
    private static let data = "/data"
    private static let state = data + "/pisces"
    private static let clockFile = data + "/clock"
    /// There once the machine took over what its image was described with.
    private static let inherited = data + "/inherited"
    /// Where other nodes reach this machine; there once it was told.
    private static let bus = data + "/bus"
    private static let description = "/pisces/description"
    private static let modules = "/pisces/modules"
    private static let resolver = "/run/resolv.conf"
    private static let port = 7117
    /// How long a failure stays on the screen before the reset.
    private static let failureMilliseconds: UInt32 = 10_000

    private let environment: [String: String]
    private let words: [String]
    private var warnings: [String] = []
    private let screen: MachineScreen
    private var birth: BirthCare?

    /// The machine that the small init has left to this program.
    init(_ environment: [String: String]) {
        self.environment = environment
        // Without /proc there are no words, and mounting it says why.
        let line = (try? LinuxFile.read("/proc/cmdline")) ?? []
        words = String(decoding: line, as: UTF8.self)
            .split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
        screen = MachineScreen()
    }

    /// Runs until the machine shall end; says how.
    mutating func run() -> LinuxMachine.End {
        LinuxSystem.claimSignals()
        LinuxSystem.refuseCores()
        mountEarly()
        let watchdog = attempt { () throws(LinuxMachine.Failure) in
            try Watchdog(seconds: Limits.watchdog.value)
        }
        setTime()
        prepareKernel()
        showIdentity()
        let life = MachineLife(watchdog: watchdog, clockFile: Self.clockFile)
        do throws(ThreadError) { try life.start() } catch {
            warnings.append("no thread \(error.name): error \(error.code)")
        }
        let end = bear() ?? serve()
        screen.update { $0.state = "stopping" }
        finish(life)
        return end
    }

    /// Runs the node until it is asked to end.
    private mutating func serve() -> LinuxMachine.End {
        do throws(NodeError) {
            let node = try LinuxNode(
                directory: Self.state, name: name, bus: bus, sensing: false)
            _ = attempt { () throws(LinuxMachine.Failure) in
                try LinuxMachine.setHostName(node.name)
            }
            let console = ConsoleServer(node: node)
            let birth = birth
            if let ticket = birth?.ticket { keepNetwork(of: ticket, console) }
            // Nobody meets a machine that is not yet what it was born as.
            inherit(console)
            do throws(ServerError) {
                try console.listen(
                    directory: Self.state, tcp: "0.0.0.0:\(Self.port)", bolt: "0.0.0.0:7687")
            } catch {
                node.stop()
                throw NodeError(error.operation, error.subject, error.cause)
            }
            birth?.endNetwork()
            let network = NetworkLoop(node: node, resolver: Self.resolver)
            try network.start()
            for warning in warnings { screen.note(warning) }
            try screen.follow(node, network, console, port: Self.port)
            // Tasks need modules, and so does the loader's volume.
            loadModules()
            let updates = UpdateCare(console, screen)
            updates.prepare()
            try node.work()
            try node.sense()
            try updates.start()
            try birth?.takeLineage(console)
            let request = LinuxSystem.waitForEnd()
            updates.stop()
            birth?.stop()
            screen.stop()
            console.stop()
            node.stop()
            network.stop()
            return request == .restart ? .restart : .powerOff
        } catch {
            screen.fail(error.message)
            UpdateCare.leave(error.message, description: Self.description)
            LinuxSystem.pause(milliseconds: Self.failureMilliseconds)
            return .restart
        }
    }

    /// What becomes of a machine with a ticket before it is a node: nil when there is none, or when
    /// it is one now.
    private mutating func bear() -> LinuxMachine.End? {
        birth = BirthCare.find(screen, resolver: Self.resolver)
        guard let birth else { return nil }
        if environment["PISCES_DATA_LOST"] != nil { return birth.build() }
        // It took over its system once it had the log of its fleet.
        if LinuxFiles().kind(Self.inherited) != nil { return nil }
        if let end = birth.join(Self.state) { return end }
        keep(bus: birth.ticket.bus)
        return nil
    }

    /// Where other nodes reach this machine: what it was told at its birth or, for the first of a
    /// fleet, by the kernel's words.
    private var bus: BusAddress? {
        mutating get {
            if let word = words.last(where: { $0.hasPrefix("pisces.bus=") }) {
                keep(bus: String(word.dropFirst(11)))
            }
            // A machine that was never told has no such file.
            let line = (try? LinuxFile.read(Self.bus, limit: 256)) ?? []
            return BusAddress(String(decoding: line.prefix { $0 != 10 }, as: UTF8.self))
        }
    }

    private mutating func keep(bus address: String) {
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(Self.bus, with: Array((address + "\n").utf8))
        } catch { warnings.append("cannot write \(error.path): \(error.cause)") }
    }

    private func keepNetwork(of ticket: BirthTicket, _ console: ConsoleServer) {
        do throws(ServerError) { try console.keepNetwork(of: ticket) } catch {
            screen.note("cannot \(error.operation) \(error.subject): \(error.cause)")
        }
    }

    /// The name from the kernel's words, for a machine that has none yet.
    private var name: String? {
        if LinuxFiles().kind(Self.state + "/identity.json") != nil { return nil }
        if let word = words.last(where: { $0.hasPrefix("pisces.name=") }) {
            return String(word.dropFirst(12))
        }
        let number = LinuxEntropy().next() & 0xFF_FFFF
        return "pisces-" + String(number | 0x100_0000, radix: 16).dropFirst()
    }
}

extension FirstProcess {
    /// Runs a step that the machine can do without; a failure becomes a warning.
    private mutating func attempt<Result>(
        _ step: () throws(LinuxMachine.Failure) -> Result
    ) -> Result? {
        do throws(LinuxMachine.Failure) { return try step() } catch {
            warnings.append("\(error)")
            return nil
        }
    }

    private mutating func mountEarly() {
        // EBUSY: the small init has mounted it.
        let busy: Int32 = 16
        for mount in MountPlan.early {
            var flags: LinuxMachine.MountFlags = .noSetUser
            if !mount.allows.contains(.devices) { flags.insert(.noDevices) }
            if !mount.allows.contains(.programs), mount.type != "devtmpfs" {
                flags.insert(.noPrograms)
            }
            do throws(LinuxMachine.Failure) {
                try LinuxMachine.mount(
                    mount.source, at: mount.target, type: mount.type, flags: flags,
                    options: mount.options)
            } catch  where error.code == busy {
                continue
            } catch {
                warnings.append("\(error)")
            }
        }
        let groups = "/sys/fs/cgroup/"
        let available = (try? LinuxFile.read(groups + "cgroup.controllers")) ?? []
        let line = MountPlan.enabling(String(decoding: available, as: UTF8.self))
        _ = attempt { () throws(LinuxMachine.Failure) in
            try LinuxMachine.write(line, to: groups + "cgroup.subtree_control")
        }
    }

    /// Sets the clock to the last time that certainly was, when it stands before it.
    private mutating func setTime() {
        // A file that was never written, or is damaged, says nothing.
        let saved = (try? LinuxFile.read(Self.clockFile, limit: 64)).flatMap(MachineTime.time)
        let written = LinuxFiles().newest(in: Self.state).map { WallTime(milliseconds: $0) }
        let known = [saved, written].compactMap { $0 }
        let clock = LinuxClock().now
        if let finding = MachineTime.finding(clock: clock, known: known) {
            warnings.append(finding)
        }
        guard let time = MachineTime.correction(clock: clock, known: known) else { return }
        _ = attempt { () throws(LinuxMachine.Failure) in
            try LinuxMachine.setClock(milliseconds: time.milliseconds)
        }
    }

    /// What the kernel shall do on its own account.
    private mutating func prepareKernel() {
        // A node listens for others before its interfaces have their addresses.
        for (file, value) in [
            ("kernel/panic_on_oops", "1"), ("kernel/printk", "4"),
            ("net/ipv4/ip_nonlocal_bind", "1"), ("net/ipv6/ip_nonlocal_bind", "1"),
        ] {
            _ = attempt { () throws(LinuxMachine.Failure) in
                try LinuxMachine.write(value, to: "/proc/sys/" + file)
            }
        }
        _ = attempt { () throws(LinuxMachine.Failure) in try LinuxMachine.claimRestartKeys() }
        if let lost = environment["PISCES_DATA_LOST"] {
            warnings.append(
                "the data are lost (\(lost)): this machine keeps nothing; let it be born again")
        }
        if let notes = environment["PISCES_NOTES"] { warnings.append(notes) }
    }

    private mutating func showIdentity() {
        do throws(LinuxFile.Failure) {
            let description = try LinuxFile.read(Self.description)
            let generation = ContentDigest(of: description).hex
            screen.update { $0.generation = generation }
        } catch { warnings.append("cannot read \(error.path): \(error.cause)") }
        let slot = environment["PISCES_SLOT"] ?? ""
        screen.update { $0.slot = slot }
    }

    /// Modules that containers and devices need, once the node answers.
    private func loadModules() {
        guard LinuxFiles().kind(Self.modules) == .folder else { return }
        // A folder that cannot be listed has nothing to load.
        let names = (try? LinuxFiles().names(in: Self.modules)) ?? []
        for name in names.sorted() {
            do throws(LinuxMachine.Failure) {
                try LinuxMachine.loadModule("\(Self.modules)/\(name)")
            } catch {
                screen.note("\(error)")
            }
        }
    }

    /// Takes over what the image was described with, once in the life of the data. A machine that
    /// could not goes on without and tries again at its next boot.
    private func inherit(_ console: ConsoleServer) {
        guard LinuxFiles().kind(Self.inherited) == nil else { return }
        let line: String
        do throws(ServerError) { line = try console.inheritImage(joining: birth != nil) } catch {
            return screen.note("cannot \(error.operation) \(error.subject): \(error.cause)")
        }
        StandardError().write("pisces: \(line)")
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(Self.inherited, with: Array((line + "\n").utf8))
        } catch { screen.note("cannot write \(error.path): \(error.cause)") }
    }

    /// Ends what runs, lets go of the disks, and leaves the watchdog to nobody.
    private mutating func finish(_ life: MachineLife) {
        life.stop()
        let killed = LinuxMachine.endProcesses(
            graceMilliseconds: UInt64(Limits.machineStopGrace.value))
        if killed > 0 { StandardError().write("pisces: \(killed) processes had to be killed") }
        life.saveClock()
        LinuxMachine.syncAll()
        // Without the list the sync has to do.
        let mounts = (try? LinuxFile.read("/proc/self/mounts")) ?? []
        for target in MountPlan.toUnmount(String(decoding: mounts, as: UTF8.self)) {
            release(target)
        }
        LinuxMachine.syncAll()
        life.disarm()
    }

    /// Unmounts, or lets nobody write any more what is still used: files of this very process stay
    /// open to its end.
    private func release(_ target: String) {
        do throws(LinuxMachine.Failure) { try LinuxMachine.unmount(target) } catch {
            do throws(LinuxMachine.Failure) {
                try LinuxMachine.forbidWriting(target)
            } catch { StandardError().write("pisces: \(error); it was synced") }
        }
    }
}
