internal import Resources
public import Trust

/// Where everything stands in the archive of a bundle: it follows from the bundle alone.
struct ArchiveLayout {
    /// A file of the archive.
    struct Entry {
        let name: String
        let size: Int
        let content: Content
        /// Where its header begins.
        let start: Int

        /// Where its content begins.
        var body: Int { start + 512 }
        /// Where the next header begins.
        var end: Int { body + size + BundleArchive.padding(size) }
    }

    /// What a file of the archive holds.
    enum Content {
        case bytes([UInt8])
        case object(ContentDigest)
    }

    private(set) var entries: [Entry] = []

    /// The archive of a bundle with that encoded manifest.
    init(_ bundle: Bundle, manifest: [UInt8]) {
        add("pisces-bundle", .bytes(BundleArchive.mark), size: BundleArchive.mark.count)
        add("manifest", .bytes(manifest), size: manifest.count)
        if let signature = bundle.signature {
            add("signature", .bytes(signature.bytes), size: signature.bytes.count)
        }
        for (digest, size) in bundle.manifest.objects {
            add("objects/" + digest.hex, .object(digest), size: size)
        }
    }

    /// Bytes of the archive, with the two blocks of zeros at its end.
    var size: Int { (entries.last?.end ?? 0) + 1024 }

    /// Where the content of each object begins.
    var objects: [ContentDigest: Int] {
        var offsets: [ContentDigest: Int] = [:]
        for entry in entries {
            if case .object(let digest) = entry.content { offsets[digest] = entry.body }
        }
        return offsets
    }

    private mutating func add(_ name: String, _ content: Content, size: Int) {
        entries.append(
            Entry(name: name, size: size, content: content, start: entries.last?.end ?? 0))
    }
}

/// The archive of a bundle of a store, as `export` writes it, read at any place without a file.
public struct StoredArchive: Sendable {
    /// The bundle.
    public let bundle: Bundle
    /// Bytes of the archive.
    public let size: Int
    private let layout: ArchiveLayout
    private let store: Store

    init(_ bundle: Bundle, in store: Store) throws(BundleError) {
        self.bundle = bundle
        self.store = store
        layout = ArchiveLayout(bundle, manifest: try store.manifest(bundle.digest))
        size = layout.size
    }

    /// Up to `count` bytes from an offset; fewer only at the end. Who reads verifies the whole.
    public func bytes(at offset: Int, count: Int) throws(BundleError) -> [UInt8] {
        var bytes: [UInt8] = []
        var place = max(0, offset)
        let end = min(size, place + max(0, count))
        while place < end {
            let more = try piece(at: place, atMost: end - place)
            bytes += more
            place += more.count
        }
        return bytes
    }

    /// At least one byte: of a header, of content, or of the zeros between.
    private func piece(at place: Int, atMost count: Int) throws(BundleError) -> [UInt8] {
        let (entries, last) = (layout.entries, layout.entries.count)
        let found = firstIndex(in: 0..<last) { entries[$0].end > place }
        guard found < last else { return [UInt8](repeating: 0, count: count) }
        let entry = entries[found]
        if place < entry.body {
            let header = BundleArchive.header(entry.name, size: entry.size)
            return Array(header[(place - entry.start)...].prefix(count))
        }
        let inner = place - entry.body
        guard inner < entry.size else {
            return [UInt8](repeating: 0, count: min(count, entry.end - place))
        }
        let wanted = min(count, entry.size - inner)
        switch entry.content {
        case .bytes(let bytes): return Array(bytes[inner..<inner + wanted])
        case .object(let digest):
            let bytes = try store.object(digest, at: inner, count: wanted)
            if !bytes.isEmpty { return bytes }
            throw BundleError(
                .damaged, operation: "read", subject: digest.description,
                cause: "the store's copy is shorter than its bundle says",
                remedy: "add its bundle again; what is whole is not copied again")
        }
    }

    /// The first number for which `holds`, which does so for all after it; the end when none does.
    private func firstIndex(in range: Range<Int>, where holds: (Int) -> Bool) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Store {
    /// The archive of a bundle, for who hands it on piece by piece.
    public func archive(_ digest: ContentDigest) throws(BundleError) -> StoredArchive {
        try StoredArchive(try bundle(digest), in: self)
    }
}
