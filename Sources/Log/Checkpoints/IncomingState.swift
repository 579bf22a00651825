public import Host
internal import Resources

/// The state of a log that another machine gave, beside the log whose entries before it are gone:
/// the file `incoming` of the log's directory. While it is there, whoever opens the log begins it
/// behind that state, and puts the state into the graph, as often as it takes.
public struct IncomingState<D: Disk>: Sendable {
    private let disk: D
    private let directory: String

    /// "PISCINCO"
    private static var magic: UInt64 { 0x4F43_4E49_4353_4950 }
    private static var name: String { "incoming" }

    /// The state beside the log of `directory`.
    public init(disk: D, directory: String) {
        self.disk = disk
        self.directory = directory
    }

    private var path: String { directory + "/" + Self.name }

    /// What was kept; nil when there is nothing. A damaged file is an error that names it.
    public func read() throws(LogError) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(DiskError) {
            let most = Limits.imageBytes.value * 2
            bytes = try disk.contents(path, limit: most)
        } catch  where error.errno == DiskError.notFound {
            return nil
        } catch { throw .disk(error) }
        switch SmallFile.decode(bytes, magic: Self.magic) {
        case .success(let body): return body
        case .failure(let flaw):
            throw .corrupt(
                Defect(position: .zero, file: path, offset: 0, reason: flaw.reason))
        }
    }

    /// Keeps a state, durable when this returns; what was there before is replaced. A full disk
    /// leaves what was there, and no part of the new one.
    public func keep(_ body: [UInt8]) throws(LogError) {
        do throws(DiskError) {
            try disk.replace(
                Self.name, in: directory, with: SmallFile.encode(magic: Self.magic, body: body))
        } catch {
            let half = path + ".new"
            // What cannot be removed now is replaced by the next attempt.
            if (try? disk.exists(half)) ?? false { try? disk.remove(half) }
            throw .disk(error)
        }
    }

    /// Lets go of it.
    public func remove() throws(LogError) {
        let (disk, path, directory) = (disk, path, directory)
        try onDisk { () throws(DiskError) in
            guard try disk.exists(path) else { return }
            try disk.remove(path)
            try disk.syncDirectory(directory)
        }
    }
}
