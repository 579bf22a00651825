public import Host
public import Resources
internal import Synchronization

/// The etcd program of this machine.
public final class EtcdProgram: Sendable {
    /// Its path.
    public let path: String
    private let processes: LinuxProcesses
    private let scratch: String
    private let clock: any Clock
    private let known = Mutex<Known?>(nil)

    /// What it said when it was asked last.
    private struct Known {
        let status: LinuxFiles.Status
        /// Nil when it said none.
        let version: EtcdVersion?
        let asked: Ticks
    }

    /// Where distributions put it.
    public static let places = ["/usr/bin/etcd", "/usr/local/bin/etcd", "/opt/etcd/etcd"]

    /// The program at `path`; its version is asked through `processes`, with a file in `scratch`.
    public init(
        _ path: String, processes: LinuxProcesses, scratch: String,
        clock: any Clock = LinuxClock()
    ) {
        self.path = path
        self.processes = processes
        self.scratch = scratch
        self.clock = clock
    }

    /// The first of the places where it is; nil when it is at none.
    public static func find() -> String? {
        places.first { LinuxFiles().kind($0) == .file(executable: true) }
    }

    /// Its version; nil when it is not there or says none. Asked again when the file is another, and
    /// after a while when it said none: a machine that is very busy may have been too slow.
    public func version() -> EtcdVersion? {
        guard let status = processes.files.status(processes.files.resolve(path) ?? path) else {
            return nil
        }
        let now = clock.ticks
        let pause = UInt64(Limits.memberRest.value)
        if let before = known.withLock({ $0 }), before.status == status,
            before.version != nil || now < before.asked.advanced(byMilliseconds: pause)
        {
            return before.version
        }
        let version = ask()
        known.withLock { $0 = Known(status: status, version: version, asked: now) }
        return version
    }

    /// `etcd Version: 3.4.23` is its first line.
    private func ask() -> EtcdVersion? {
        let output = scratch + "/etcd-version"
        do throws(ProcessError) {
            let exit = try processes.run(
                Launch(path, ["--version"]), output: output,
                milliseconds: Limits.memberGrace.value)
            let text = try processes.files.text(output)
            try processes.files.remove(output)
            guard exit == .code(0) else { return nil }
            let line = text?.split(separator: "\n").first { $0.hasPrefix("etcd Version:") }
            return line?.split(separator: " ").last.flatMap { EtcdVersion(String($0)) }
        } catch { return nil }
    }
}
