internal import Host
internal import Resources

/// One entry of an archive whose names have been checked.
struct TarEntry {
    /// What it is. `size` bytes follow a file.
    enum Kind: Hashable {
        case file, folder, pipe
        case link(to: String)
        case hardLink(to: [String])
    }

    /// Names from the root down; empty for the root itself. No `.`, no `..`.
    var path: [String]
    var kind: Kind
    var size: Int
    var traits: FolderTree.Traits

    /// The path as people write it.
    var text: String { path.joined(separator: "/") }

    /// The names of a path of an archive. Absolute ones, `..` and what is too long or too deep
    /// are refused.
    static func names(_ bytes: [UInt8], in archive: String) throws(DriverError) -> [String] {
        let text = try Self.text(bytes, in: archive)
        // Some builders write the root itself as `/`.
        if text == "/" { return [] }
        guard !text.hasPrefix("/") else {
            throw .image(archive, "holds the absolute name \(printable(text))")
        }
        let names = text.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !names.contains("..") else {
            throw .image(archive, "holds the name \(printable(text)), which leads out of it")
        }
        guard names.count <= Limits.layerDepth.value else {
            throw .beyond(Limits.layerDepth, Limits.layerDepth.value, archive)
        }
        if let long = names.first(where: { $0.utf8.count > 255 }) {
            throw .image(archive, "holds a name of more than 255 bytes: \(printable(long))")
        }
        return names
    }

    /// A text of a header that holds no NUL and is not too long.
    static func text(_ bytes: [UInt8], in archive: String) throws(DriverError) -> String {
        guard !bytes.isEmpty else { throw .image(archive, "holds an empty name") }
        guard bytes.count <= Limits.layerPath.value else {
            throw .beyond(Limits.layerPath, Limits.layerPath.value, archive)
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            let cause = "holds a name with a NUL or that is no UTF-8: "
            throw .image(archive, cause + printable(String(decoding: bytes, as: UTF8.self)))
        }
        return text
    }
}
