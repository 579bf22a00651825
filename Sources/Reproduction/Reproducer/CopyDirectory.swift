public import Host
internal import Resources
internal import Trust

/// A copy of a system in a directory: `description`, `release` when it is signed, `blobs/`, and
/// `pisces`, which runs the program of the copy. Format: Docs/Formats/copy.md.
///
/// `description` is replaced last: until then the directory is the copy that it was before.
public struct CopyDirectory: Sendable {
    /// The directory.
    public let path: String
    private let files = LinuxFiles()

    /// Where the description says that the program is.
    public static let program = "pisces/bin/pisces"

    /// The copy in that directory.
    public init(_ path: String) { self.path = path }

    /// Its content.
    public var store: BlobStore<LinuxDisk> {
        BlobStore(disk: LinuxDisk(), path: path + "/blobs", quota: .max)
    }

    /// What it is a copy of; nil when there is no copy, or none that was finished.
    public func description() throws(ReproductionError) -> Description? {
        try read("description", atMost: Limits.descriptionBytes.value).map {
            (bytes) throws(ReproductionError) in try Description(bytes)
        }
    }

    /// Who vouches for it; nil when nobody does.
    public func release() throws(ReproductionError) -> Release? {
        try read("release", atMost: 64 << 10).map { (bytes) throws(ReproductionError) in
            try Release(bytes)
        }
    }

    /// Makes the directory, readable by its owner alone.
    func begin() throws(ReproductionError) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        do throws(ProcessError) {
            try files.makeFolder(path)
            try files.sync(folder: parent)
        } catch {
            throw ReproductionError(error)
        }
    }

    /// Writes all but the content, which is there and durable.
    func write(_ description: Description, _ release: Release?) throws(ReproductionError) {
        do throws(ProcessError) {
            try writeProgram(of: description)
            if let release {
                try files.replace(path + "/release", with: release.encoded)
            } else {
                try files.remove(path + "/release")
            }
            try files.replace(path + "/description", with: description.encoded)
        } catch { throw ReproductionError(error) }
    }

    static func programText(_ digest: ContentDigest) -> String {
        let hex = digest.hex
        return """
            #!/bin/sh
            # The pisces of this copy. A machine that runs it inherits the copy: ./pisces inherit .
            exec "$(dirname "$0")/blobs/\(hex.prefix(2))/\(hex.dropFirst(2))" "$@"

            """
    }

    /// A program of three lines that runs the one among the content: on sticks without links a
    /// second copy would take as much again.
    private func writeProgram(of description: Description) throws(ProcessError) {
        let program = description.files.first { $0.path == Self.program }
        guard let blob = program?.blob else { return }
        try files.setMode(store.place(blob.digest), 0o755)
        let text = Self.programText(blob.digest)
        try files.replace(path + "/pisces", with: Array(text.utf8), mode: 0o755)
        // Whatever the umask is: who runs the copy may be somebody else.
        try files.setMode(path + "/pisces", 0o755)
    }

    /// Reads all of it again, proves it and looks for secrets in it; the digest of what it is.
    func readBack(_ scanner: SecretScanner) throws(ReproductionError) -> ContentDigest {
        guard let description = try description() else {
            throw ReproductionError(
                .missing, operation: "read back", subject: path,
                cause: "the description is not there", remedy: "use another medium")
        }
        let found = try scanner.scan(description, in: store)
        if let refusal = SecretScanner.refusal(found) { throw refusal }
        return description.digest
    }

    /// Removes content that the copy does not name: what an older one left.
    public func sweep() throws(ReproductionError) -> Swept {
        guard let description = try description() else { return Swept() }
        return try store.sweep(keeping: Set(description.blobs.map(\.digest)))
    }

    private func read(_ name: String, atMost limit: Int) throws(ReproductionError) -> [UInt8]? {
        do throws(ProcessError) { return try files.read(path + "/" + name, atMost: limit) } catch {
            throw ReproductionError(error)
        }
    }
}
