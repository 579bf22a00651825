internal import Dispatch
internal import Host
internal import Resources
internal import Synchronization

/// Gives back the room of what programs said long ago, every second: a program that says much
/// may not fill the disk.
final class OutputKeeper: Sendable {
    private let processes: LinuxProcesses
    private let wake = DispatchSemaphore(value: 0)
    private let isStopping = Atomic<Bool>(false)

    init(_ processes: LinuxProcesses) { self.processes = processes }

    func start() throws(ThreadError) {
        try HostThread.start("output") { [self] in
            while !isStopping.load(ordering: .acquiring) {
                // What cannot be trimmed now is tried again in a second.
                _ = try? processes.trimOutputs()
                _ = wake.wait(timeout: .now() + .seconds(1))
            }
        }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.signal()
    }
}
