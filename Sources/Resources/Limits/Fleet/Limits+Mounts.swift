/// Bounds of logs mounted on namespaces.
extension Limits {
    /// Logs mounted below `/`.
    public static let mountedLogs = Limit(
        name: "mounted logs", unit: "logs", value: 64, range: 1...1024,
        why: "each costs every machine three threads and a file of 4 MiB kept in reserve")
    /// Resources that one entry may move to a log of their own.
    public static let movedResources = Limit(
        name: "moved resources", unit: "resources", value: 200_000, range: 1000...10_000_000,
        why: "the log at / stands while their digests are added up, some 3 µs each")
    /// Milliseconds that a command waits for its log to be opened here.
    public static let mountPatience = Limit(
        name: "mount patience", unit: "ms", value: 2000, range: 10...60_000,
        why: "making the files takes some milliseconds; then the command is refused as unavailable")
    /// Milliseconds between two looks whether a log was opened here.
    public static let mountLook = Limit(
        name: "mount look", unit: "ms", value: 2, range: 1...1000,
        why: "a command waits for it")
    /// Times that a command is sent to another log because its namespace was moved meanwhile.
    public static let mountTurns = Limit(
        name: "mount turns", unit: "times", value: 3, range: 1...100,
        why: "a namespace moves once in its life, and those below it once each")

    static let mounts = [mountedLogs, movedResources, mountPatience, mountLook, mountTurns]
}
