internal import CHost
internal import Glibc
internal import Synchronization

/// The children of this whole process: which are watched, and whose orphans are ours to reap.
/// Children of other parts are left alone: their owners wait for them.
enum Children {
    private struct State {
        /// Starts in progress, whose children are not watched yet.
        var spawns = 0
        /// Watched processes, reaped by their watchers alone.
        var watched: Set<Int32> = []
        /// Sessions that were started here; a zombie in one of them is an orphan of an instance.
        var sessions: Set<Int32> = []
    }

    /// Sessions remembered; beyond it they are forgotten and their orphans stay zombies.
    private static let sessionsMost = 65_536
    /// Zombies reaped in one turn.
    private static let turn = 1024

    private static let state = Mutex(State())

    static func beginSpawn() { state.withLock { $0.spawns += 1 } }
    static func endSpawn() { state.withLock { $0.spawns -= 1 } }

    static func watch(_ pid: Int32) {
        state.withLock { state in
            state.watched.insert(pid)
            if state.sessions.count >= sessionsMost { state.sessions = [] }
            state.sessions.insert(pid)
        }
    }

    static func isWatched(_ pid: Int32) -> Bool { state.withLock { $0.watched.contains(pid) } }

    static func unwatch(_ pid: Int32) { state.withLock { _ = $0.watched.remove(pid) } }

    /// Reaps what processes started here have left behind.
    static func reapOrphans() {
        state.withLock { state in
            guard state.spawns == 0 else { return }
            for _ in 0..<turn {
                var session: pid_t = 0
                let pid = unsafe chost_next_zombie(&session)
                if pid == 0 { return }
                guard state.sessions.contains(session), !state.watched.contains(pid) else {
                    // Somebody else's, who has not waited for it yet: it stands before all others.
                    reapGroups(&state)
                    return
                }
                guard chost_reap(pid) == 1 else { return }
            }
        }
    }

    /// Reaps orphans that are still in the process group of the session they were started in, and
    /// forgets sessions that have no process any more.
    private static func reapGroups(_ state: inout State) {
        for session in state.sessions {
            while case let pid = chost_next_zombie_of(session), pid > 0,
                !state.watched.contains(pid), chost_reap(pid) == 1
            {}
        }
        state.sessions = state.sessions.filter { kill(-$0, 0) == 0 || errno != ESRCH }
    }
}
