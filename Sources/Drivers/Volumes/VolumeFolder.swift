internal import Host
internal import Resources

/// Where the parts of a volume are. What is being made stands under `.new-…`, what is being
/// deleted under `.gone-…`; a life that ends between leaves them, and the next one removes them.
struct VolumeFolder {
    let path: String
    private let files = LinuxFiles()

    init(root: String, name: String) { path = root + "/" + name }

    var image: String { path + "/image" }
    /// The name of an image that is being grown.
    static let newImage = "image.new"
    /// Where the file system of an image or of memory is mounted.
    var mount: String { path + "/mount" }
    var snapshots: String { path + "/snapshots" }

    /// The folder a task sees. Inside a mount it is not its root: `lost+found` is not the task's,
    /// and without the mount there is no such folder that a task could write into by mistake.
    func data(_ device: VolumeDevice) -> String {
        device.isMounted ? mount + "/data" : path + "/data"
    }

    func load() throws(DriverError) -> Volume? {
        let bytes = try translating { () throws(ProcessError) in
            try files.read(path + "/record", atMost: Limits.volumeRecordBytes.value)
        }
        guard let bytes else { return nil }
        if let volume = Volume(record: bytes) { return volume }
        throw DriverError(
            .failed, operation: "read", subject: path + "/record",
            cause: "is no record of a volume", remedy: "restore it, or move the folder away")
    }

    func save(_ volume: Volume) throws(DriverError) {
        try translating { () throws(ProcessError) in
            try files.replace(path + "/record", with: volume.record)
        }
    }

    /// The names of whole snapshots.
    func snapshotNames() throws(DriverError) -> [String] {
        try translating { () throws(ProcessError) in try files.names(in: snapshots) }
            .filter { !$0.hasPrefix(".") }
    }

    func snapshot(_ name: String) throws(DriverError) -> VolumeSnapshot? {
        let file = "\(snapshots)/\(name)/record"
        let bytes = try translating { () throws(ProcessError) in
            try files.read(file, atMost: Limits.volumeRecordBytes.value)
        }
        guard let bytes else { return nil }
        if let snapshot = VolumeSnapshot(record: bytes) { return snapshot }
        throw DriverError(
            .failed, operation: "read", subject: file, cause: "is no record of a snapshot",
            remedy: "delete the snapshot")
    }
}
