internal import Host
internal import Trust

extension Constructor {
    /// Writes the root as plain files into an empty folder of this machine, what a container or a
    /// host can start from. Files of one content and one mode are one file with several names.
    /// Refused when something is in the folder.
    public func writeFolder(
        _ path: String, report: Report = { _ in }
    ) throws(ReproductionError) {
        var writer = try FolderWriter(path)
        let tree = try RootTree(description)
        var meter = ProgressMeter(total: tree.blobs.reduce(0) { $0 + $1.size })
        for index in tree.nodes.indices.dropFirst() {
            try writer.write(tree.nodes[index], at: tree.path(of: index), from: blobs) {
                (count) throws(ReproductionError) in try meter.add(count, report)
            }
        }
        try writer.finish()
    }
}

/// Writes the nodes of a root into a folder, which no name and no link leads out of.
private struct FolderWriter {
    private var folder: FolderTree
    /// Where a content already is, with that mode.
    private var written: [Place: [String]] = [:]

    private struct Place: Hashable {
        let blob: Blob
        let mode: UInt16
    }

    init(_ path: String) throws(ReproductionError) {
        do throws(DiskError) {
            guard try LinuxDisk().list(path).isEmpty else {
                throw DiskError(.create, path, errno: DiskError.exists)
            }
        } catch { throw ReproductionError(error, nil) }
        do throws(ProcessError) { folder = try FolderTree(path) } catch {
            throw ReproductionError(error)
        }
    }

    mutating func write(
        _ node: RootTree.Node, at names: [String], from blobs: some BlobSource,
        _ count: (Int) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        let traits = FolderTree.Traits(mode: UInt32(node.mode))
        do throws(ProcessError) {
            switch node.content {
            case .directory: return try folder.makeFolder(names, traits)
            case .symlink(let target):
                let text = String(decoding: target, as: UTF8.self)
                return try folder.makeLink(names, to: text, traits)
            case .bytes(let bytes):
                let file = try folder.makeFile(names)
                try file.write(bytes[...])
                return try file.set(user: 0, group: 0, mode: UInt32(node.mode))
            case .blob: break
            }
        } catch { throw ReproductionError(error) }
        guard case .blob(let blob) = node.content else { return }
        try write(blob, node.mode, at: names, from: blobs, count)
    }

    private mutating func write(
        _ blob: Blob, _ mode: UInt16, at names: [String], from blobs: some BlobSource,
        _ count: (Int) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        let place = Place(blob: blob, mode: mode)
        if let other = written[place] {
            do throws(ProcessError) { try folder.makeHardLink(names, to: other) } catch {
                throw ReproductionError(error)
            }
            return try count(Int(blob.size))
        }
        written[place] = names
        let file: OpenFile
        do throws(ProcessError) { file = try folder.makeFile(names) } catch {
            throw ReproductionError(error)
        }
        try blobs.read(blob) { (bytes) throws(ReproductionError) in
            do throws(ProcessError) { try file.write(bytes) } catch {
                throw ReproductionError(error)
            }
            try count(bytes.count)
        }
        do throws(ProcessError) {
            try file.set(user: 0, group: 0, mode: UInt32(mode))
        } catch { throw ReproductionError(error) }
    }

    /// Makes all of it durable.
    func finish() throws(ReproductionError) {
        do throws(ProcessError) { try folder.root.syncAll() } catch {
            throw ReproductionError(error)
        }
    }
}
