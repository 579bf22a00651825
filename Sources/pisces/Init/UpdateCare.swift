internal import Host
internal import MMSConsole
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import Trust

/// Examines a system that is on trial, on a thread of its own, and restarts the machine when it is
/// unsound: then the loader counts, and falls back when no try is left. Restarts it too when it is
/// its turn in a fleet that is updated.
final class UpdateCare: Sendable {
    /// Where a system that gives itself up says why.
    static let lastWords = "/data/last-words"
    private let trial: UpdateTrial
    private let isStopping = Atomic<Bool>(false)

    init(_ console: ConsoleServer, _ screen: MachineScreen) {
        trial = UpdateTrial(
            of: console, lastWords: Self.lastWords,
            note: { LinuxSystem.note("pisces: \($0)") }, warn: { screen.note($0) },
            tell: { screen.note($0, of: "restart") })
    }

    /// Before any task is started.
    func prepare() { trial.prepare() }

    func start() throws(NodeError) {
        do throws(ThreadError) {
            try HostThread.start("update") { [self] in
                let isEnding = { @Sendable [self] in isStopping.load(ordering: .acquiring) }
                switch trial.run(isStopping: isEnding) {
                case .restart: LinuxSystem.requestEnd(.restart)
                case .stays:
                    if trial.awaitTurn(isStopping: isEnding) { LinuxSystem.requestEnd(.restart) }
                }
            }
        } catch { throw NodeError("start thread", error.name, "error \(error.code)") }
    }

    /// Ends the trial without a verdict.
    func stop() { isStopping.store(true, ordering: .releasing) }

    /// Leaves the reason for which no node runs to the system that the machine falls back to.
    static func leave(_ reason: String, description: String) {
        // Without a description nobody could tell who speaks.
        guard let bytes = try? LinuxFile.read(description) else { return }
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(
                lastWords, with: LastWords(ContentDigest(of: bytes), reason).file)
        } catch { LinuxSystem.note("pisces: cannot write \(error.path): \(error.cause)") }
    }
}
