internal import CHost
internal import Glibc

/// Programs that go on when the terminal that started them is gone.
public enum Daemon {
    /// A program that could not be started.
    public struct Failure: Error, Sendable {
        /// The system's error number.
        public let code: Int32
        /// The system's words for it.
        public var cause: String { unsafe String(cString: strerror(code)) }
    }

    /// Starts `program` in a session of its own, with nothing to read and all output appended to
    /// `output`. Gives its number.
    public static func start(
        _ program: String, _ arguments: [String], output: String
    ) throws(Failure) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawnattr_setflags(&attributes, chost_spawn_setsid)
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(&pid, program, &actions, &attributes, &words, environ)
        guard code == 0 else { throw Failure(code: code) }
        return pid
    }

    /// True while the process of that number has not ended; takes its exit status when it has.
    public static func isRunning(_ pid: Int32) -> Bool {
        var status: Int32 = 0
        return unsafe waitpid(pid, &status, WNOHANG) == 0
    }
}
