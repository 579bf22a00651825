internal import Host
internal import Resources

extension ImageStore {
    /// Imports an image from an OCI layout's folder, or from an archive of one or of
    /// `docker save`. With several images in it, `reference` says which by its name. Importing
    /// what is there already changes nothing; after a kill, import again.
    public func importImage(
        from path: String, reference: String? = nil
    ) throws(DriverError) -> Image {
        let held = try lock()
        defer { _ = held }
        try drop("incoming", keeping: [])
        let source: ImageSource
        switch files.kind(path) {
        case .folder: source = .folder(path)
        case .file: source = try readArchive(path)
        case .link, .other, nil:
            throw DriverError(
                .programNotFound, operation: "import image", subject: printable(path),
                cause: "no such file or folder", remedy: "give an OCI layout or an archive")
        }
        do throws(DriverError) {
            let image = try take(source, path, reference)
            try sweep()
            return image
        } catch {
            // What went wrong is said even when there is no room to tidy up.
            try? sweep()
            throw error
        }
    }

    func take(
        _ source: ImageSource, _ path: String, _ reference: String?
    ) throws(DriverError) -> Image {
        let manifest = try choose(source, path, reference)
        if let known = try image(manifest.digest),
            known.layers.allSatisfy({ files.kind(layer($0.diff)) == .folder })
        {
            return known
        }
        guard try names(in: "records").count < Limits.images.value else {
            throw .beyond(Limits.images, Limits.images.value, path)
        }
        let map = try document(manifest, source)
        let (config, layers) = try ImageDocuments.parts(map, "\(manifest.digest)")
        let settings = try document(config, source)
        try checkMachine(settings, path)
        let diffs = try ImageDocuments.diffs(settings, "\(config.digest)")
        guard diffs.count == layers.count else {
            throw .image(
                path, "has \(layers.count) layers, but its configuration \(diffs.count)")
        }
        for (blob, diff) in zip(layers, diffs) {
            try obtain(blob, source, limit: ceilings.blob)
            try unpack(blob, diff)
        }
        let image = Image(
            digest: manifest.digest, source: path, configuration: config.digest,
            layers: zip(layers, diffs).map { blob, diff in
                Image.Layer(blob: blob.digest, diff: diff, bytes: Int64(blob.size))
            }, config: ImageConfig(json: settings["config"]?.map ?? ValueMap()))
        try translating { () throws(ProcessError) in
            try files.replace(record(image.digest), with: image.record)
        }
        return image
    }

    /// The manifest for this machine. Indexes may point to indexes, four deep.
    private func choose(
        _ source: ImageSource, _ path: String, _ reference: String?
    ) throws(DriverError) -> ImageDescriptor {
        if case .archive(_, let manifest?) = source { return manifest }
        if case .machine(let manifest, _) = source { return manifest }
        let name = path + "/index.json"
        var index = try ImageDocuments.json(try indexBytes(source, path), name)
        for depth in 0..<4 {
            var found = try ImageDocuments.manifests(index, name)
            if depth == 0, let reference { found = found.filter { $0.reference == reference } }
            let fitting = found.filter { candidate in
                (candidate.architecture ?? architecture) == architecture
                    && (candidate.system ?? "linux") == "linux"
            }
            guard let only = fitting.first else { throw nothingFits(found, path, reference) }
            guard Set(fitting.map(\.digest)).count == 1 else {
                let names = fitting.compactMap(\.reference).joined(separator: ", ")
                throw .image(
                    path, "holds several images: \(printable(names))", "name one of them")
            }
            if !only.isIndex { return only }
            index = try document(only, source)
        }
        throw .image(path, "has indexes that are nested too deeply")
    }

    private func nothingFits(
        _ found: [ImageDescriptor], _ path: String, _ reference: String?
    ) -> DriverError {
        let others = found.compactMap(\.architecture).joined(separator: ", ")
        let what = reference.map { " named \(printable($0))" } ?? ""
        return .image(
            path,
            "holds no image\(what) for linux on \(architecture)"
                + (others.isEmpty ? "" : ", only for \(printable(others))"),
            "give an image of this architecture")
    }

    private func checkMachine(_ settings: ValueMap, _ path: String) throws(DriverError) {
        let given = settings["architecture"]?.text ?? architecture
        let system = settings["os"]?.text ?? "linux"
        guard given == architecture, system == "linux" else {
            throw .image(
                path,
                "is for \(printable(system)) on \(printable(given)), this machine is "
                    + "linux on \(architecture)", "give an image of this architecture")
        }
    }

    private func indexBytes(
        _ source: ImageSource, _ path: String
    ) throws(DriverError) -> [UInt8] {
        switch source {
        case .archive(let index?, _): return index
        case .archive(nil, _), .machine:
            throw .image(path, "has no index.json and no manifest.json")
        case .folder(let folder):
            let bytes = try translating { () throws(ProcessError) in
                try files.read(folder + "/index.json", atMost: Limits.imageDocument.value)
            }
            guard let bytes else {
                throw .image(path, "has no index.json", "give an OCI layout or an archive")
            }
            return bytes
        }
    }

    private func document(
        _ pointer: ImageDescriptor, _ source: ImageSource
    ) throws(DriverError) -> ValueMap {
        try obtain(pointer, source, limit: Limits.imageDocument.value)
        let bytes = try translating { () throws(ProcessError) in
            try files.read(blob(pointer.digest), atMost: Limits.imageDocument.value)
        }
        return try ImageDocuments.json(bytes ?? [], "\(pointer.digest)")
    }

    /// Has a blob in the store, of the size and digest that its pointer says.
    private func obtain(
        _ pointer: ImageDescriptor, _ source: ImageSource, limit: Int
    ) throws(DriverError) {
        guard pointer.size <= limit else {
            throw .beyond(Limits.imageBlob, limit, "\(pointer.digest)")
        }
        let path = blob(pointer.digest)
        if files.kind(path) == nil {
            switch source {
            case .folder(let folder):
                try copy(folder + "/blobs/sha256/" + pointer.digest.digits, pointer)
            case .machine(_, let read): try pull(pointer.digest, atMost: pointer.size, read)
            case .archive:
                throw .image("\(pointer.digest)", "the archive does not hold this blob")
            }
        }
        let size = try translating { () throws(ProcessError) in
            try OpenFile.reading(path).status().bytes
        }
        guard size == Int64(pointer.size) else {
            throw .image(
                "\(pointer.digest)", "has \(size) bytes, its pointer says \(pointer.size)")
        }
    }

    private func copy(_ path: String, _ pointer: ImageDescriptor) throws(DriverError) {
        guard files.kind(path) != nil else {
            throw .image("\(pointer.digest)", "the layout does not hold this blob")
        }
        let file = try translating { () throws(ProcessError) in try OpenFile.reading(path) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var blob = try IncomingBlob(in: self)
        while true {
            let count = try translating { () throws(ProcessError) in
                try file.read(into: &buffer)
            }
            if count == 0 { break }
            guard blob.bytes + count <= pointer.size else {
                throw .image("\(pointer.digest)", "has more bytes than its pointer says")
            }
            try blob.add(buffer[..<count])
        }
        try blob.keep(as: pointer.digest)
    }

    /// Unpacks a layer once, whichever image brings it.
    private func unpack(_ pointer: ImageDescriptor, _ diff: ImageDigest) throws(DriverError) {
        let target = layer(diff)
        if files.kind(target) == .folder { return }
        let folder = incoming + "/layer-" + diff.digits
        try translating { () throws(ProcessError) in
            try files.makeFolder(folder)
            try files.setMode(folder, 0o755)
        }
        let stream = try ArchiveStream(
            blob(pointer.digest), name: "layer \(pointer.digest)", ceilings: ceilings)
        var unpacker = try LayerUnpacker(stream, into: folder, ceilings: ceilings)
        let digest = try unpacker.unpack()
        guard digest == diff else {
            throw .image(
                "layer \(pointer.digest)", "is \(digest) unpacked; the image says \(diff)")
        }
        try translating { () throws(ProcessError) in
            // One sync for all files of the layer, before its name says that it is whole.
            try OpenFile.folder(folder).syncAll()
            try files.rename(folder, to: target)
            try files.sync(folder: root + "/layers")
        }
    }
}

/// Where an image comes from: a layout's folder, an archive whose blobs are in the store already,
/// with its index or the one manifest it has, or another machine.
enum ImageSource {
    case folder(String)
    case archive(index: [UInt8]?, manifest: ImageDescriptor?)
    case machine(ImageDescriptor, ImageStore.BlobReader)
}

/// A blob on its way into the store, digested while it is written.
struct IncomingBlob {
    private let store: ImageStore
    private let path: String
    private let file: OpenFile
    private var digester = Digester()
    private(set) var bytes = 0

    init(in store: ImageStore) throws(DriverError) {
        self.store = store
        let path = store.incoming + "/blob-\(LinuxEntropy().next())"
        self.path = path
        file = try translating { () throws(ProcessError) in
            try OpenFile.making(path, mode: 0o600)
        }
    }

    mutating func add(_ piece: ArraySlice<UInt8>) throws(DriverError) {
        bytes += piece.count
        guard bytes <= store.ceilings.blob else {
            throw .beyond(Limits.imageBlob, store.ceilings.blob, "blob")
        }
        digester.add(piece)
        let file = file
        try translating { () throws(ProcessError) in try file.write(piece) }
    }

    /// Gives it its name, which must be the one that is `expected`.
    @discardableResult
    func keep(as expected: ImageDigest? = nil) throws(DriverError) -> ImageDigest {
        let digest = digester.digest
        if let expected, expected != digest {
            throw .image("\(expected)", "its bytes have the digest \(digest)")
        }
        try translating { () throws(ProcessError) in
            try file.sync()
            try store.files.rename(path, to: store.blob(digest))
            try store.files.sync(folder: store.root + "/blobs")
        }
        return digest
    }
}
