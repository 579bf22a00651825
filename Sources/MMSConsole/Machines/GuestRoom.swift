internal import Drivers
internal import Host
internal import Resources
internal import Synchronization

/// The guests of this machine: their driver, and whose disk is being made. A disk is made by one at
/// a time, whether the guest is a resource already or becomes one when its disk is whole.
final class GuestRoom: Sendable {
    /// The folder of all guests.
    private let root: String
    private let clock: any Clock
    private let entropy: any Entropy
    private let state = Mutex(State())

    private struct State {
        /// Made when the first guest is wanted.
        var driver: GuestDriver<LinuxProcesses>?
        /// Whose disk is being made.
        var claimed: Set<ResourceName> = []
    }

    init(root: String, clock: any Clock, entropy: any Entropy) {
        self.root = root
        self.clock = clock
        self.entropy = entropy
    }

    /// What keeps them.
    func driver() throws(DriverError) -> GuestDriver<LinuxProcesses> {
        // The ledger of their processes is opened once: under the lock.
        try state.withLock { state throws(DriverError) in
            if let driver = state.driver { return driver }
            let made = try GuestDriver<LinuxProcesses>.linux(
                root: root, clock: clock, entropy: entropy)
            state.driver = made
            return made
        }
    }

    /// Begins the making of a guest's disk; false while another makes it.
    func claim(_ name: ResourceName) -> Bool {
        state.withLock { $0.claimed.insert(name).inserted }
    }

    /// The disk of a guest is made, or given up.
    func release(_ name: ResourceName) {
        _ = state.withLock { $0.claimed.remove(name) }
    }
}

extension API {
    /// What a guest begins with; refused where there is none.
    func firmware(of guest: ResourceName) throws(Refusal) -> GuestFirmware {
        if let firmware = GuestFirmware.find() { return firmware }
        throw Refusal(
            .unavailable, filter: "machines", subject: "guest \(guest)",
            reason: "there is no firmware for guests", remedy: "install ovmf")
    }

    /// A step of a driver, whose failure is a refusal.
    func driving<Answer>(
        _ work: () throws(DriverError) -> Answer
    ) throws(Refusal) -> Answer {
        do throws(DriverError) { return try work() } catch { throw refusal(of: error) }
    }
}
