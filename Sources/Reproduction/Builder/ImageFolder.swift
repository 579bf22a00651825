internal import Host
internal import Resources
internal import Trust

/// What comes of building an image: the disk, and what starts it without firmware.
///
/// | File | Is |
/// |---|---|
/// | `pisces.img` | the disk |
/// | `description` | its description |
/// | `kernel`, `initramfs`, `words` | what a machine is started with directly |
///
/// Each is replaced when it is whole, `description` last.
public struct ImageFolder: Sendable {
    /// The folder.
    public let path: String
    private let files = LinuxFiles()

    /// The folder at that path; it is made when something is built.
    public init(_ path: String) { self.path = path }

    /// Builds the system of that description. What `report` throws ends it.
    public func build<Blobs: BlobSource>(
        _ description: Description, blobs: Blobs,
        report: Constructor<Blobs>.Report = { _ in }
    ) throws(ReproductionError) -> Construction {
        let constructor = try Constructor(description, blobs: blobs)
        try onDisk { () throws(ProcessError) in
            try files.makeFolder(path, mode: 0o755)
            try files.remove(path + "/pisces.img.new")
        }
        let target = try DiskTarget.newFile(
            LinuxDisk(), path + "/pisces.img.new", size: description.parameters.diskBytes)
        let built = try constructor.construct(on: target, report: report)
        target.close()
        let direct = try constructor.directBoot(built.seal)
        try write(direct.kernel, "kernel", from: blobs)
        try write(direct.initramfs, "initramfs", from: blobs)
        try onDisk { () throws(ProcessError) in
            try files.setMode(path + "/pisces.img.new", 0o644)
            try files.move(path + "/pisces.img.new", to: path + "/pisces.img")
            try files.replace(
                path + "/words", with: Array((direct.words + "\n").utf8), mode: 0o644)
            try files.replace(path + "/description", with: description.encoded, mode: 0o644)
        }
        return built
    }

    private func write(
        _ rope: Rope, _ name: String, from blobs: some BlobSource
    ) throws(ReproductionError) {
        let place = "\(path)/\(name)"
        try onDisk { () throws(ProcessError) in try files.remove(place + ".new") }
        let target = try DiskTarget.newFile(LinuxDisk(), place + ".new", size: rope.size)
        var offset: Int64 = 0
        try rope.write(from: blobs) { (bytes) throws(ReproductionError) in
            try target.write(bytes, at: offset)
            offset += Int64(bytes.count)
        }
        try target.sync()
        target.close()
        try onDisk { () throws(ProcessError) in
            try files.setMode(place + ".new", 0o644)
            try files.move(place + ".new", to: place)
        }
    }

    private func onDisk(
        _ work: () throws(ProcessError) -> Void
    ) throws(ReproductionError) {
        do throws(ProcessError) { try work() } catch { throw ReproductionError(error) }
    }
}
