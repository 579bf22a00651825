internal import Host
internal import MMSConsole
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization

/// A machine that was given a ticket. When it has nothing to keep data on, as one that runs from a
/// medium, it builds its system on its disk. When it runs from its own disk and is no node yet, it
/// joins its parent's fleet, and then takes its lineage.
final class BirthCare: Sendable {
    private let machine: BlankMachine
    private let screen: MachineScreen
    private let resolver: String
    private let isStopping = Atomic<Bool>(false)
    /// Up until the node configures the interfaces itself.
    private let network = Mutex<EarlyNetwork?>(nil)
    /// How long it waits before it asks again.
    private static let retryMilliseconds: UInt32 = 2000

    var ticket: BirthTicket { machine.ticket }

    private init(_ machine: BlankMachine, _ screen: MachineScreen, resolver: String) {
        self.machine = machine
        self.screen = screen
        self.resolver = resolver
    }

    /// The care of this machine's birth; nil when no disk has a ticket. One that cannot be read is
    /// shown, and the machine runs as if there were none.
    static func find(_ screen: MachineScreen, resolver: String) -> BirthCare? {
        do throws(ReproductionError) {
            guard let ticket = try BlankMachine.findTicket() else { return nil }
            return BirthCare(try BlankMachine(ticket), screen, resolver: resolver)
        } catch {
            screen.note("\(error)")
            return nil
        }
    }

    /// Builds the system; says how the machine goes on. It asks for as long as it takes.
    func build() -> LinuxMachine.End {
        defer { endNetwork() }
        let isDone = untilItSucceeds { () throws(ReproductionError) in
            try machine.build { (line) throws(ReproductionError) in
                if LinuxSystem.isAskedToEnd {
                    throw ReproductionError(
                        .cancelled, operation: "build", subject: "this machine",
                        cause: "it shall end", remedy: "start it again; it goes on")
                }
                say("is born: \(line)")
            }
        }
        if isDone { say("was born: restarts from its own disk") }
        return isDone ? .restart : .powerOff
    }

    /// Makes the machine a node; nil when it is one, else how the machine goes on. The network stays
    /// up for the node, which has nothing of its fleet yet.
    func join(_ directory: String) -> LinuxMachine.End? {
        let isDone = untilItSucceeds { () throws(ReproductionError) in
            say("joins the fleet of \(ticket.parent)")
            if LinuxFiles().kind(directory + "/identity.json") != nil { return }
            do throws(NodeError) { try machine.join(directory) } catch {
                throw ReproductionError(
                    .failed, operation: error.operation, subject: error.subject,
                    cause: error.cause, remedy: error.remedy ?? "see the parent's pisces status")
            }
        }
        return isDone ? nil : .powerOff
    }

    /// Lets go of the interfaces.
    func endNetwork() { network.withLock { $0.take() }?.stop() }

    /// Does `work` with the addresses of the ticket until it succeeds. False when the machine shall
    /// end first.
    private func untilItSucceeds(_ work: () throws(ReproductionError) -> Void) -> Bool {
        screen.update { $0.name = ticket.name.text }
        let network: EarlyNetwork
        do throws(NodeError) {
            network = try EarlyNetwork(ticket.network, on: ticket.interface, resolver: resolver)
            try network.start(hostName: ticket.name.text)
        } catch {
            screen.fail(error.message)
            return false
        }
        self.network.withLock { $0 = network }
        while !LinuxSystem.isAskedToEnd {
            do throws(ReproductionError) {
                try work()
                return true
            } catch {
                screen.update { screen in
                    screen.addresses = network.addresses
                    screen.warnings = ["\(error)"] + network.failures
                }
                say("waits: it asks again")
                LinuxSystem.pause(milliseconds: Self.retryMilliseconds)
            }
        }
        return false
    }

    private func say(_ state: String) {
        screen.update { $0.state = state }
        screen.show()
    }

    // MARK: When it is a node

    /// Takes the lineage from its parent on a thread of its own, as soon as that answers.
    func takeLineage(_ console: ConsoleServer) throws(NodeError) {
        do throws(ThreadError) {
            try HostThread.start("lineage") { [self] in
                while !isStopping.load(ordering: .acquiring) {
                    do throws(ServerError) {
                        if try console.takeLineage(from: machine) { return }
                    } catch {
                        return screen.note(
                            "cannot \(error.operation) \(error.subject): \(error.cause)")
                    }
                    LinuxSystem.pause(milliseconds: Self.retryMilliseconds)
                }
            }
        } catch { throw NodeError("start thread", error.name, "error \(error.code)") }
    }

    /// Ends the thread.
    func stop() { isStopping.store(true, ordering: .releasing) }
}
