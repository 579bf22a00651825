internal import Host
internal import Resources

/// Unpacks one layer into a folder of its own, in the form overlayfs takes: whiteouts
/// (OCI image specification 1.1, "Layer Filesystem Changeset") become devices 0/0 and opaque
/// folders. Nothing is written outside the folder, whatever the archive says.
struct LayerUnpacker {
    private let name: String
    private let ceilings: ImageCeilings
    private var tree: FolderTree
    private var reader: TarReader
    private let stream: ArchiveStream
    private var entries = 0

    /// The marks of whiteouts.
    private static let mark = ".wh."
    private static let opaque = ".wh..wh..opq"

    init(
        _ stream: ArchiveStream, into folder: String, ceilings: ImageCeilings
    ) throws(DriverError) {
        self.stream = stream
        self.ceilings = ceilings
        name = stream.name
        reader = TarReader(stream)
        tree = try translating { () throws(ProcessError) in try FolderTree(folder) }
    }

    /// Unpacks all; gives the digest of the uncompressed layer.
    mutating func unpack() throws(DriverError) -> ImageDigest {
        while let entry = try reader.next() {
            entries += 1
            if entries > ceilings.entries {
                throw .beyond(Limits.layerEntries, ceilings.entries, name)
            }
            do throws(ProcessError) {
                if try hide(entry) { continue }
                try make(entry)
            } catch {
                switch error.kind {
                case .exhausted: throw DriverError(error)
                case .notFound, .notAllowed, .unknownKey, .alreadyStarted, .failed:
                    throw .image(
                        name,
                        "\(printable(entry.text)): \(error.operation): "
                            + error.cause)
                }
            }
            if case .file = entry.kind, !entry.isWhiteout { try fill(entry) }
        }
        return try stream.finish()
    }

    private var file: OpenFile?

    /// Takes an entry that hides names of lower layers; false when it is none.
    private mutating func hide(_ entry: TarEntry) throws(ProcessError) -> Bool {
        guard let last = entry.path.last, entry.isWhiteout else { return false }
        let above = Array(entry.path.dropLast())
        if last == Self.opaque {
            try tree.hideLower(above)
            return true
        }
        let hidden = String(last.dropFirst(Self.mark.utf8.count))
        // Names that begin with the mark twice are notes of the builder to itself.
        if hidden.hasPrefix(Self.mark) { return true }
        guard !hidden.isEmpty, hidden != ".", hidden != ".." else {
            throw ProcessError(
                .failed, operation: "hide", subject: entry.text, cause: "names nothing to hide")
        }
        try tree.makeWhiteout(above + [hidden])
        return true
    }

    private mutating func make(_ entry: TarEntry) throws(ProcessError) {
        file = nil
        switch entry.kind {
        case .folder: try tree.makeFolder(entry.path, entry.traits)
        case .file: file = try tree.makeFile(entry.path)
        case .link(let target): try tree.makeLink(entry.path, to: target, entry.traits)
        case .hardLink(let target): try tree.makeHardLink(entry.path, to: target)
        case .pipe: try tree.makePipe(entry.path, entry.traits)
        }
    }

    private mutating func fill(_ entry: TarEntry) throws(DriverError) {
        guard let file else { return }
        var piece = try reader.data()
        while !piece.isEmpty {
            do throws(ProcessError) { try file.write(piece) } catch { throw DriverError(error) }
            piece = try reader.data()
        }
        let traits = entry.traits
        do throws(ProcessError) {
            try file.set(
                user: traits.user, group: traits.group, mode: traits.mode,
                modified: traits.modified)
        } catch { throw DriverError(error) }
        self.file = nil
    }
}

extension TarEntry {
    /// True for an entry that only says what lower layers no longer have.
    var isWhiteout: Bool { path.last?.hasPrefix(".wh.") == true }
}
