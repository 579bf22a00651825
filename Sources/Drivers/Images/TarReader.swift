internal import Host
internal import Resources

/// Reads tar archives strictly: ustar and pax (POSIX.1-2017, pax, "ustar Interchange Format") and
/// GNU's long names and large numbers (GNU tar manual, "Basic Tar Format"). Sparse files, devices
/// and kinds it does not know are refused by name.
struct TarReader {
    private let stream: ArchiveStream
    /// Bytes of the present entry that nobody has read, and the zeros that fill its last block.
    private var rest = 0
    private var padding = 0
    private var global = Extensions()

    /// What extended headers say of the next entry.
    private struct Extensions {
        var path: [UInt8]?
        var link: [UInt8]?
        var size: Int?
        var user: UInt32?
        var group: UInt32?
        var modified: Int64?
    }

    init(_ stream: ArchiveStream) { self.stream = stream }

    private var name: String { stream.name }

    /// The next entry; nil at the end of the archive.
    mutating func next() throws(DriverError) -> TarEntry? {
        var extensions = global
        // A header may have an extension of each kind before it, no more.
        for _ in 0..<8 {
            try stream.skip(rest + padding)
            (rest, padding) = (0, 0)
            guard let bytes = try stream.block(512) else { return nil }
            if bytes.allSatisfy({ $0 == 0 }) { return nil }
            let header = try TarHeader(bytes, in: name)
            switch header.kind {
            case UInt8(ascii: "x"): try readPax(header, into: &extensions)
            case UInt8(ascii: "g"):
                extensions = global
                try readPax(header, into: &extensions)
                global = extensions
            case UInt8(ascii: "L"): extensions.path = try longText(header)
            case UInt8(ascii: "K"): extensions.link = try longText(header)
            default: return try entry(header, extensions)
            }
        }
        throw .image(name, "has too many extended headers before one entry")
    }

    /// At most so many bytes of the present file; none after its last.
    mutating func data(atMost most: Int = 1 << 18) throws(DriverError) -> ArraySlice<UInt8> {
        guard rest > 0 else { return [] }
        let piece = try stream.next(atMost: min(rest, most))
        if piece.isEmpty { throw stream.truncated }
        rest -= piece.count
        return piece
    }

    private mutating func entry(
        _ header: TarHeader, _ extensions: Extensions
    ) throws(DriverError) -> TarEntry {
        let path = try TarEntry.names(extensions.path ?? header.path, in: name)
        let size = extensions.size ?? header.size
        let target = extensions.link ?? header.link
        let kind: TarEntry.Kind
        switch header.kind {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            // Archives of before POSIX mark a folder by the slash at its end.
            let isFolder = (extensions.path ?? header.path).last == UInt8(ascii: "/")
            kind = isFolder ? .folder : .file
        case UInt8(ascii: "1"): kind = .hardLink(to: try TarEntry.names(target, in: name))
        case UInt8(ascii: "2"): kind = .link(to: try TarEntry.text(target, in: name))
        case UInt8(ascii: "5"): kind = .folder
        case UInt8(ascii: "6"): kind = .pipe
        case UInt8(ascii: "3"), UInt8(ascii: "4"):
            throw .image(name, "holds the device \(printable(path.joined(separator: "/")))")
        case UInt8(ascii: "S"):
            throw .image(name, "holds the sparse file \(printable(path.joined(separator: "/")))")
        default:
            throw .image(
                name,
                "holds \(printable(path.joined(separator: "/"))) of the unknown kind "
                    + printable(String(decoding: [header.kind], as: UTF8.self)))
        }
        if kind == .file { follow(size) }
        // No program of an image may become another user of this machine: the bits go.
        let traits = FolderTree.Traits(
            user: extensions.user ?? header.user, group: extensions.group ?? header.group,
            mode: header.mode & 0o1777, modified: extensions.modified ?? header.modified)
        return TarEntry(path: path, kind: kind, size: kind == .file ? size : 0, traits: traits)
    }

    private mutating func follow(_ size: Int) {
        rest = size
        padding = (512 - size % 512) % 512
    }

    /// The body of an extended header.
    private mutating func body(_ header: TarHeader) throws(DriverError) -> [UInt8] {
        let limit = Limits.archiveHeader
        guard header.size <= limit.value else { throw .beyond(limit, limit.value, name) }
        follow(header.size)
        let bytes = header.size == 0 ? [] : try stream.block(header.size)
        rest = 0
        guard let bytes else { throw stream.truncated }
        return bytes
    }

    private mutating func longText(_ header: TarHeader) throws(DriverError) -> [UInt8] {
        let bytes = try body(header)
        // GNU writes the closing NUL with it.
        return bytes.last == 0 ? bytes.dropLast() : bytes
    }

    /// Records `length key=value\n`, where length counts all of the record.
    private mutating func readPax(
        _ header: TarHeader, into extensions: inout Extensions
    ) throws(DriverError) {
        var bytes = try body(header)[...]
        while !bytes.isEmpty {
            guard let blank = bytes.prefix(12).firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: bytes[..<blank], as: UTF8.self)),
                length > blank - bytes.startIndex + 1, length <= bytes.count,
                bytes[bytes.startIndex + length - 1] == UInt8(ascii: "\n")
            else { throw .image(name, "has a damaged extended header") }
            let record = bytes[blank + 1..<bytes.startIndex + length - 1]
            bytes = bytes[(bytes.startIndex + length)...]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw .image(name, "has a damaged extended header")
            }
            let key = String(decoding: record[..<equals], as: UTF8.self)
            try take(key, Array(record[(equals + 1)...]), into: &extensions)
        }
    }

    private func take(
        _ key: String, _ value: [UInt8], into extensions: inout Extensions
    ) throws(DriverError) {
        let text = String(decoding: value, as: UTF8.self)
        func number(_ most: Int64) throws(DriverError) -> Int64 {
            guard let number = Int64(text), number >= 0, number <= most else {
                throw .image(name, "has the extended header \(printable("\(key)=\(text)"))")
            }
            return number
        }
        switch key {
        case "path": extensions.path = value
        case "linkpath": extensions.link = value
        case "size": extensions.size = Int(try number(1 << 53))
        case "uid": extensions.user = UInt32(try number(0xFFFF_FFFE))
        case "gid": extensions.group = UInt32(try number(0xFFFF_FFFE))
        case "mtime":
            // Seconds with a fraction, which is left out; before 1970 is 1970.
            guard let seconds = Double(text), seconds.isFinite else {
                throw .image(name, "has the extended header \(printable("mtime=\(text)"))")
            }
            extensions.modified = Int64(max(0, min(seconds, 1e11)))
        case _ where key.hasPrefix("GNU.sparse."): throw .image(name, "holds a sparse file")
        // Attributes of files (capabilities among them), times of access, comments: not kept.
        default: return
        }
    }
}
