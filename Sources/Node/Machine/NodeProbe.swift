internal import Host
internal import Resources

/// Starting a node from another process and seeing that it came up.
public enum NodeProbe {
    /// Refuses a directory where a node runs, or that cannot hold one.
    public static func check(directory: String) throws(NodeError) {
        _ = try StateLock.taking(directory)
    }

    /// Starts this program with `arguments`, its output appended to `node.log` of `directory`.
    public static func start(
        _ arguments: [String], directory: String
    ) throws(NodeError) -> Int32 {
        do throws(Daemon.Failure) {
            return try Daemon.start(
                LinuxSystem.executable, arguments, output: directory + "/node.log")
        } catch { throw NodeError("start", LinuxSystem.executable, error.cause) }
    }

    /// Waits until the node answers on its socket, or its process has ended.
    public static func waitUntilReady(_ pid: Int32, directory: String) throws(NodeError) {
        let deadline = LinuxClock().ticks.advanced(byMilliseconds: 30_000)
        while LinuxClock().ticks < deadline {
            if (try? StreamSocket(.unix(path: directory + "/pisces.sock"))) != nil { return }
            if !Daemon.isRunning(pid) {
                throw NodeError(
                    "start", "the node", lastWords(directory), remedy: "see \(directory)/node.log")
            }
            LinuxSystem.pause(milliseconds: 5)
        }
        throw NodeError(
            "start", "the node", "it is not ready after 30 s", remedy: "see \(directory)/node.log")
    }

    private static func lastWords(_ directory: String) -> String {
        let bytes = (try? LinuxFile.read(directory + "/node.log")) ?? []
        let lines = bytes.split(separator: 0x0A)
        if let last = lines.last { return String(decoding: last, as: UTF8.self) }
        // Not even its words fit.
        let isFull = (try? LinuxDisk().freeBytes(directory)).map { $0 < 4096 } ?? false
        return isFull ? "its disk is full" : "it ended without a word"
    }
}
