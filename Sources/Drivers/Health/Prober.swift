internal import Host
public import Resources

/// Runs the command of a check: its task, the command, how long it may take in milliseconds, and
/// whom to tell, once, from any thread. It must not block.
public typealias CommandRunner =
    @Sendable (
        Identifier, String, UInt64, @escaping @Sendable (HealthCheck.Result) -> Void
    ) -> Void

/// Asks all tasks of a machine how they are, on one thread.
public final class Prober: Sendable {
    private let inbox = ProbeInbox()
    private let poller: SocketPoller
    private let ended: Poller

    /// A prober without checks. `onTransition` hears, on the prober's thread, of each task that
    /// became ready or failing; it must not block. `run` runs commands.
    public init(
        run: @escaping CommandRunner,
        onTransition: @escaping @Sendable (Identifier, Health) -> Void
    ) throws(DriverError) {
        do throws(KernelError) {
            poller = try SocketPoller()
            ended = try Poller()
        } catch {
            throw DriverError(
                .exhausted, operation: "start", subject: "health checks", cause: "\(error)")
        }
        let (poller, inbox, ended) = (poller, inbox, ended)
        do throws(ThreadError) {
            try HostThread.start("health") {
                ProbeLoop(
                    poller: poller, inbox: inbox, clock: LinuxClock(), run: run,
                    report: onTransition
                ).loop()
                ended.wake()
            }
        } catch {
            throw DriverError(
                .exhausted, operation: "start thread of", subject: "health checks",
                cause: Socket.words(error.code))
        }
    }

    /// These are the checks from now on. One that is given again as it was goes on; a changed one
    /// begins anew with its grace. Refuses more than `Limits.checkedTasks`.
    public func apply(_ checks: [Check]) throws(DriverError) {
        guard checks.count <= Limits.checkedTasks.value else {
            throw DriverError(
                .exhausted, operation: "check", subject: "\(checks.count) tasks",
                cause: "the limit is \(Limits.checkedTasks.value) health checks",
                remedy: "run fewer tasks with a check on this machine")
        }
        inbox.put(.checks(checks))
        poller.wake()
    }

    /// Asks no more; waits, at most five seconds, until the thread has ended.
    public func stop() {
        inbox.put(.stop)
        poller.wake()
        _ = ended.waitForWake(milliseconds: 5000)
    }
}
