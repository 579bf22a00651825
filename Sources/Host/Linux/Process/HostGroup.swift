internal import Glibc
internal import Resources

/// The control group of a process that runs plainly on the host: what it leaves behind in sessions
/// of its own is found there and ended with it. Without control groups there is none.
struct HostGroup {
    /// The folder of version 2, alone or beside version 1.
    private static let root: String? = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].first {
        LinuxFiles().kind($0 + "/cgroup.controllers") != nil
    }

    private let path: String?

    init(_ key: Identifier) { path = Self.root.map { "\($0)/pisces/\(key)" } }

    /// Makes the group; the folders to join.
    func make() -> [String] {
        // A machine that lets nobody make groups is not a failure: the session alone remains.
        guard let path, (try? LinuxFiles().makeFolder(path, mode: 0o755)) != nil else { return [] }
        return [path]
    }

    /// Kills whatever is left in the group, and takes it away when it is empty.
    func end() {
        guard let path, LinuxFiles().kind(path) == .folder else { return }
        let file = unsafe open(path + "/cgroup.kill", O_WRONLY | O_CLOEXEC)
        if file >= 0 {
            var one = UInt8(ascii: "1")
            unsafe _ = write(file, &one, 1)
            _ = close(file)
        } else {
            // Before Linux 5.14: one by one, and again for what they forked meanwhile.
            for _ in 0..<64 where killMembers(path) {}
        }
        unsafe _ = rmdir(path)
    }

    /// Takes the group away when nothing is left in it.
    func remove() {
        guard let path else { return }
        unsafe _ = rmdir(path)
    }

    private func killMembers(_ path: String) -> Bool {
        let text = (try? LinuxFiles().text(path + "/cgroup.procs")) ?? nil
        let members = (text ?? "").split(separator: "\n").compactMap { Int32($0) }
        for pid in members { kill(pid, SIGKILL) }
        return !members.isEmpty
    }
}
