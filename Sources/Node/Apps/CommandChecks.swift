internal import Dispatch
internal import Drivers
internal import Host
internal import Resources
internal import Synchronization

/// Runs the commands of health checks where their tasks run, on threads of its own: a command
/// that hangs holds up no other check but those behind it.
final class CommandChecks: Sendable {
    private struct Job: Sendable {
        var life: Identifier
        var command: String
        var milliseconds: UInt64
        var tell: @Sendable (HealthCheck.Result) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var stopping = false
    }

    private let driver: ProcessDriver<LinuxProcesses>
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// The runner over the driver of this machine.
    init(driver: ProcessDriver<LinuxProcesses>) { self.driver = driver }

    /// Starts the threads.
    func start() throws(ThreadError) {
        for _ in 0..<Limits.checkThreads.value {
            try HostThread.start("checks") { [self] in run() }
        }
    }

    /// Ends the threads after what they are at.
    func stop() {
        state.withLock { $0.stopping = true }
        for _ in 0..<Limits.checkThreads.value { wake.signal() }
    }

    /// Runs a command for a life; tells the result once.
    func ask(
        _ life: Identifier, _ command: String, _ milliseconds: UInt64,
        _ tell: @escaping @Sendable (HealthCheck.Result) -> Void
    ) {
        state.withLock {
            $0.jobs.append(
                Job(life: life, command: command, milliseconds: milliseconds, tell: tell))
        }
        wake.signal()
    }

    private func run() {
        while true {
            wake.wait()
            let (job, stopping) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.stopping)
            }
            if stopping { return }
            if let job { job.tell(result(of: job)) }
        }
    }

    private func result(of job: Job) -> HealthCheck.Result {
        do throws(DriverError) {
            guard let instance = try driver.instance(job.life) else {
                return .failed(reason: "its task is gone")
            }
            let words = try words(of: job.command, instance)
            let process = try driver.exec(job.life, words)
            process.endInput()
            guard let exit = process.exit(milliseconds: Int32(clamping: job.milliseconds)) else {
                process.signal(9)
                return .failed(reason: "no answer in \(job.milliseconds) ms")
            }
            return exit == .code(0) ? .passed : .failed(reason: "\(job.command): \(exit)")
        } catch { return .failed(reason: error.cause) }
    }

    private func words(of command: String, _ instance: Instance) throws(DriverError) -> [String] {
        do throws(CommandTemplate.Fault) {
            return try CommandTemplate(command).words(with: instance.environment)
        } catch {
            throw DriverError(
                .unsupported, operation: "check", subject: instance.name, cause: error.found,
                remedy: error.expected)
        }
    }
}
