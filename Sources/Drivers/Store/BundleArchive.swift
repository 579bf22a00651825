internal import Host
internal import Resources
public import Trust

extension Store {
    /// Writes a bundle to one file: a tar archive (POSIX ustar) in which nothing but the content
    /// decides the bytes. Format: Docs/Formats/bundle.md.
    public func export(_ digest: ContentDigest, to file: String) throws(BundleError) {
        let bundle = try bundle(digest)
        let manifest = try manifest(digest)
        let new = file + ".new"
        try onFiles { () throws(ProcessError) in try files.remove(new) }
        let output = try onDisk { () throws(DiskError) in try LinuxDisk().create(new) }
        defer { output.close() }
        var writer = ArchiveWriter(file: output)
        try writer.write("pisces-bundle", BundleArchive.mark)
        try writer.write("manifest", manifest)
        if let signature = bundle.signature { try writer.write("signature", signature.bytes) }
        let all = bundle.manifest.objects
        for (number, content) in all.enumerated() {
            try onStep(
                .object(content.digest, size: content.size, number: number + 1, of: all.count))
            try writer.begin("objects/" + content.digest.hex, size: content.size)
            try objects.pieces(content.digest) { (piece) throws(BundleError) in
                try writer.append(piece)
            }
            try writer.end(size: content.size)
        }
        try writer.append([UInt8](repeating: 0, count: 1024))
        try onDisk { () throws(DiskError) in try output.syncData() }
        try onFiles { () throws(ProcessError) in
            try files.setMode(new, 0o644)
            try files.move(new, to: file)
        }
    }

    /// Adds the bundle of such a file; any byte that `export` would not have written is refused.
    public func add(archive path: String, trust: BundleTrust) throws(BundleError) -> Bundle {
        guard let status = files.status(files.resolve(path) ?? path), case .file = status.kind
        else { throw Self.nothing(at: path) }
        let file = try onDisk { () throws(DiskError) in
            try LinuxDisk().open(path, writing: false)
        }
        defer { file.close() }
        var reader = ArchiveReader(file: file)
        guard try reader.read("pisces-bundle", atMost: 16) == BundleArchive.mark else {
            throw reader.refusal("it is of another format")
        }
        let manifest = try reader.read("manifest", atMost: Limits.manifestBytes.value)
        let isSigned = try BundleManifest(manifest).signer != nil
        let signature = isSigned ? try reader.read("signature", atMost: 64) : nil
        let bundle = try Bundle(manifest, signature: Self.signature(signature))
        try trust.check(bundle)
        var offsets: [ContentDigest: Int] = [:]
        for content in bundle.manifest.objects {
            offsets[content.digest] = try reader.skip(
                "objects/" + content.digest.hex, size: content.size)
        }
        try reader.finish()
        return try add(manifest: manifest, signature: bundle.signature, trust: trust) {
            (digest, offset, count) throws(BundleError) in
            try reader.bytes(at: (offsets[digest] ?? 0) + offset, count: count)
        }
    }
}

/// The blocks of an archive.
enum BundleArchive {
    /// What tells a bundle from another archive: the number of the format.
    static let mark = Array("1\n".utf8)

    /// The header of a file (POSIX.1-1988, ustar): mode 0644, user, group and time 0.
    static func header(_ name: String, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int, digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        put(name, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size, digits: 11), at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put("0000000", at: 329)
        put("0000000", at: 337)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + "\u{0} ", at: 148)
        return block
    }

    /// Zeros between content of that size and the next header.
    static func padding(_ size: Int) -> Int { (512 - size % 512) % 512 }
}

/// Writes an archive file by file.
struct ArchiveWriter {
    let file: LinuxDiskFile
    private var offset = 0

    init(file: LinuxDiskFile) { self.file = file }

    mutating func write(_ name: String, _ content: [UInt8]) throws(BundleError) {
        try begin(name, size: content.count)
        try append(content)
        try end(size: content.count)
    }

    mutating func begin(_ name: String, size: Int) throws(BundleError) {
        try append(BundleArchive.header(name, size: size))
    }

    mutating func append(_ bytes: [UInt8]) throws(BundleError) {
        let place = offset
        try onDisk { () throws(DiskError) in try unsafe file.write(bytes.span.bytes, at: place) }
        offset += bytes.count
    }

    mutating func end(size: Int) throws(BundleError) {
        try append([UInt8](repeating: 0, count: BundleArchive.padding(size)))
    }
}

/// Reads an archive whose names and order are known beforehand.
struct ArchiveReader {
    let file: LinuxDiskFile
    private var offset = 0

    init(file: LinuxDiskFile) { self.file = file }

    /// The content of the next file, which has that name.
    mutating func read(_ name: String, atMost limit: Int) throws(BundleError) -> [UInt8] {
        let block = try bytes(at: offset, count: 512)
        let digits = block.count == 512 ? String(decoding: block[124..<135], as: UTF8.self) : ""
        guard let size = Int(digits, radix: 8), size >= 0, size <= limit else {
            throw refusal("\(name) is not at byte \(offset), or is larger than \(limit) bytes")
        }
        let start = try skip(name, size: size)
        return try bytes(at: start, count: size)
    }

    /// Passes over the next file, which has that name and size, and says where its content starts.
    mutating func skip(_ name: String, size: Int) throws(BundleError) -> Int {
        let header = BundleArchive.header(name, size: size)
        guard try bytes(at: offset, count: 512) == header else {
            throw refusal("\(name) of \(size) bytes is not at byte \(offset)")
        }
        let (start, count) = (offset + 512, BundleArchive.padding(size))
        try checkZeros(at: start + size, count: count)
        offset = start + size + count
        return start
    }

    /// Refuses anything but the end.
    mutating func finish() throws(BundleError) {
        try checkZeros(at: offset, count: 1024)
        guard try bytes(at: offset + 1024, count: 1).isEmpty else {
            throw refusal("something follows its end")
        }
    }

    func bytes(at offset: Int, count: Int) throws(BundleError) -> [UInt8] {
        try onDisk { () throws(DiskError) in try file.read(at: offset, count: count) }
    }

    private func checkZeros(at start: Int, count: Int) throws(BundleError) {
        guard try bytes(at: start, count: count) == [UInt8](repeating: 0, count: count) else {
            throw refusal("it ends early, or has something at byte \(start) that does not belong")
        }
    }

    func refusal(_ cause: String) -> BundleError {
        BundleError(
            .badForm, operation: "read the archive", subject: file.path, cause: cause,
            remedy: "write it again with pisces store export")
    }
}
