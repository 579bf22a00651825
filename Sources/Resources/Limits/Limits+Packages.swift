/// Bounds of what is read of packages and files.
extension Limits {
    /// Bytes of one field of a control file that are kept.
    public static let controlField = Limit(
        name: "control field", unit: "bytes", value: 65_536, range: 4096...1 << 20,
        why: "the longest list of dependencies in Debian is some 10 KiB")
    /// Folders and environments that are looked through for packages.
    public static let packageFolders = Limit(
        name: "package folders", unit: "folders", value: 256, range: 1...10_000,
        why: "each is a folder watched and some hundred metadata files")
    /// Files that are resources.
    public static let trackedFiles = Limit(
        name: "tracked files", unit: "files", value: 50_000, range: 100...1_000_000,
        why: "the table takes some 200 bytes a file, the graph a kilobyte")
    /// Folders below each other that are walked.
    public static let folderDepth = Limit(
        name: "folder depth", unit: "levels", value: 64, range: 4...1024,
        why: "a tree this deep was made to harm")
    /// Folders whose handles are remembered.
    public static let knownFolders = Limit(
        name: "known folders", unit: "folders", value: 16_384, range: 64...1 << 20,
        why: "at some 100 bytes each it is 2 MiB; beyond it all are looked up anew")
    /// Files outside of the roots that are resources because they were executed.
    public static let executedFiles = Limit(
        name: "executed files", unit: "files", value: 1024, range: 0...65_536,
        why: "a build host executes thousands of files that live for seconds")
    /// Milliseconds after which a file that was executed is looked at.
    public static let executedRest = Limit(
        name: "executed file's rest", unit: "ms", value: 5000, range: 100...600_000,
        why: "what a test of a configure script leaves is gone by then")
    /// Bytes of a file that are digested on demand.
    public static let digestBytes = Limit(
        name: "digested file", unit: "bytes", value: 1 << 30, range: 1 << 20...1 << 40,
        why: "at 100 MB/s it is ten seconds; a digest answers within a request")

    /// Names of one folder of a package manager that are read, and packages of one database.
    public static let managedPackages = Limit(
        name: "managed packages", unit: "packages", value: 16_384, range: 64...1 << 20,
        why: "the largest installations have some 5,000")
    /// Folders of caches that are looked through for archives of Java.
    public static let javaFolders = Limit(
        name: "folders of Java archives", unit: "folders", value: 4096, range: 16...1 << 20,
        why: "each costs a look of 2 µs a minute")
    /// Bytes of one header of a package in rpm's database that are read.
    public static let packageHeader = Limit(
        name: "package header", unit: "bytes", value: 32 << 20, range: 1 << 16...256 << 20,
        why: "a kernel's, with the names of all its files, has some 3 MiB")
    /// Frames of a database's log that are read.
    public static let databaseFrames = Limit(
        name: "frames of a database's log", unit: "frames", value: 65_536, range: 64...1 << 24,
        why: "a transaction of rpm writes some thousands before they are folded in")

    static let packages = [
        managedPackages, javaFolders, packageHeader, databaseFrames,
        controlField, packageFolders, trackedFiles, folderDepth, knownFolders, executedFiles,
        executedRest, digestBytes,
    ]
}
