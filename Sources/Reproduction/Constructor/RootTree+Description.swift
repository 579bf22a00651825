internal import Trust

extension RootTree {
    /// Where the root keeps the description it was built from.
    static let descriptionPath = "pisces/description"
    /// Where it keeps all blobs, so that it can be copied (Docs/Formats/blobs.md).
    static let blobsPath = "pisces/blobs"

    /// The root of a system: its files, its description, and its blobs by digest. A blob that is
    /// also a file takes an inode more and no block.
    init(_ description: Description) throws(ReproductionError) {
        self.init()
        for file in description.files {
            let content: Content =
                switch file.kind {
                case .file(let blob): .blob(blob)
                case .directory: .directory
                case .symlink(let target): .symlink(Array(target.utf8))
                }
            try put(file.path, mode: file.mode, content)
        }
        try put(Self.descriptionPath, mode: 0o444, .bytes(description.encoded))
        for blob in description.blobs {
            let hex = blob.digest.hex
            try put(
                "\(Self.blobsPath)/\(hex.prefix(2))/\(hex.dropFirst(2))", mode: 0o444, .blob(blob))
        }
    }

    private mutating func put(
        _ path: String, mode: UInt16, _ content: Content
    ) throws(ReproductionError) {
        guard add(path, mode: mode, content) else {
            throw ReproductionError(
                .badForm, operation: "construct", subject: "the root",
                cause: "the description lists \(path) or what it is in, which is made here",
                remedy: "describe the system without pisces/description and pisces/blobs")
        }
    }
}
