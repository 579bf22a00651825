internal import CHost
internal import Glibc

/// Threads for blocking work, so that event loops and tasks never block.
public enum HostThread {
    /// Starts a thread that runs `body`; at most 15 bytes of `name` show in `ps`.
    public static func start(
        _ name: String, _ body: @escaping @Sendable () -> Void
    ) throws(ThreadError) {
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                work.body()
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            unsafe work.release()
            throw ThreadError(name: name, code: code)
        }
        unsafe chost_name_thread(thread, String(name.prefix(15)))
        _ = pthread_detach(thread)
    }

    private final class Work {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

/// A thread that could not be started.
public struct ThreadError: Error, Sendable {
    /// The thread's name.
    public let name: String
    /// The system's error number.
    public let code: Int32
}
