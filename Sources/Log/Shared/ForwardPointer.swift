internal import Host
internal import Resources

/// The file that says where the chain of a log is kept, when it is not kept beside the entries.
///
/// It is there or not: writing it is the one point at which a log goes from one machine to a fleet
/// (design/01), removing it the one at which it comes back.
struct ForwardPointer: Equatable {
    /// The cluster that keeps the chain.
    let cluster: String

    static let name = "forward"
    /// "PISCFRWD"
    private static let magic: UInt64 = 0x4457_5246_4353_4950
    private static let bytesMost = 4096

    func encode() -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(1)
        writer.write(cluster)
        return SmallFile.encode(magic: Self.magic, body: writer.bytes)
    }

    static func decode(_ bytes: [UInt8]) -> Result<ForwardPointer, FormatFlaw> {
        switch SmallFile.decode(bytes, magic: magic) {
        case .failure(let flaw): return .failure(flaw)
        case .success(let body):
            do throws(CBORError) {
                var reader = CBORReader(body)
                try reader.expectList(1)
                let cluster = try reader.readText()
                try reader.finish()
                return .success(ForwardPointer(cluster: cluster))
            } catch {
                return .failure(FormatFlaw(error.reason.rawValue))
            }
        }
    }

    static func read<D: Disk>(_ disk: D, _ directory: String) throws(LogError) -> ForwardPointer? {
        let path = directory + "/" + name
        let bytes: [UInt8]
        do throws(DiskError) {
            bytes = try disk.contents(path, limit: bytesMost)
        } catch  where error.errno == DiskError.notFound {
            return nil
        } catch {
            throw .disk(error)
        }
        switch decode(bytes) {
        case .success(let pointer): return pointer
        case .failure(let flaw):
            throw .corrupt(
                Defect(position: Position(1), file: path, offset: 0, reason: flaw.reason))
        }
    }
}

extension CommandLog {
    /// The cluster that keeps this log's chain; nil when it is kept here.
    public func forward() throws(LogError) -> String? {
        try ForwardPointer.read(disk, directory)?.cluster
    }

    /// Says for good that the chain lives in `cluster`: durable when it returns.
    package func setForward(_ cluster: String) throws(LogError) {
        let (disk, directory) = (disk, directory)
        try onDisk { () throws(DiskError) in
            try disk.replace(
                ForwardPointer.name, in: directory, with: ForwardPointer(cluster: cluster).encode())
        }
    }

    /// Says for good that the chain lives here again.
    func clearForward() throws(LogError) {
        let (disk, directory) = (disk, directory)
        let path = directory + "/" + ForwardPointer.name
        try onDisk { () throws(DiskError) in
            if try disk.exists(path) { try disk.remove(path) }
            try disk.syncDirectory(directory)
        }
    }
}
