internal import Glibc
internal import Synchronization

/// A switch for rigs that end Pisces at each of its steps (HACKING.md): with `PISCES_DIE_AT=N` in
/// its environment it kills itself, as kill -9 does, right after its Nth step from the moment it is
/// ready. Without the variable nothing is counted.
///
/// A step is a change that drivers make to this machine (a file written, renamed or removed, a
/// folder made, a mount made or taken away, a program started, a signal sent), and an entry that a
/// handler or the executor writes.
public enum LastStep {
    private static let last = LinuxSystem.environment["PISCES_DIE_AT"].flatMap { Int($0) }
    private static let isReady = Atomic<Bool>(false)
    private static let steps = Atomic<Int>(0)

    /// Counts from now on.
    public static func begin() {
        if last != nil { isReady.store(true, ordering: .relaxed) }
    }

    /// A step was taken. The process ends here when it was the last one.
    public static func taken() {
        guard isReady.load(ordering: .relaxed), let last else { return }
        if steps.wrappingAdd(1, ordering: .relaxed).newValue == last { kill(getpid(), SIGKILL) }
    }
}
