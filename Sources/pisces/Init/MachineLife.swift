internal import Host
internal import Reproduction
internal import Resources
internal import Synchronization

/// What the first program of a machine does all the time: feeds the watchdog, takes the ends of
/// orphans, and keeps the time for the next boot.
final class MachineLife: Sendable {
    private let watchdog: Mutex<Watchdog?>
    private let clockFile: String
    private let isStopping = Atomic<Bool>(false)

    init(watchdog: Watchdog?, clockFile: String) {
        self.watchdog = Mutex(watchdog)
        self.clockFile = clockFile
    }

    func start() throws(ThreadError) {
        try HostThread.start("machine life") { [self] in run() }
    }

    /// Takes no more ends: from now on the ordered shutdown does.
    func stop() { isStopping.store(true, ordering: .releasing) }

    private func run() {
        var orphans = Orphans()
        let clock = LinuxClock()
        let every = UInt64(Limits.clockSave.value) * 1000
        var saveAt = clock.ticks.advanced(byMilliseconds: every)
        while true {
            feed()
            if !isStopping.load(ordering: .acquiring) {
                _ = orphans.sweep()
                if clock.ticks >= saveAt {
                    saveClock()
                    saveAt = clock.ticks.advanced(byMilliseconds: every)
                }
            }
            LinuxSystem.pause(milliseconds: UInt32(Limits.orphanSweep.value))
        }
    }

    private func feed() {
        let failure = watchdog.withLock { watchdog -> LinuxMachine.Failure? in
            // A watchdog that cannot be fed resets the machine: that is what it is for.
            do throws(LinuxMachine.Failure) { try watchdog?.feed() } catch { return error }
            return nil
        }
        if let failure { LinuxSystem.note("pisces: \(failure)") }
    }

    /// Keeps the time for the next boot.
    func saveClock() {
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(clockFile, with: MachineTime.file(LinuxClock().now))
        } catch { LinuxSystem.note("pisces: cannot write \(error.path): \(error.cause)") }
    }

    /// Stops the watchdog.
    func disarm() {
        let last = watchdog.withLock { $0.take() }
        do throws(LinuxMachine.Failure) { try last?.disarm() } catch {
            LinuxSystem.note("pisces: \(error)")
        }
    }
}
