internal import Host
internal import Resources

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
    /// What people call it: a path or an address.
    let name: String
    private let read: (_ offset: Int, _ count: Int) throws(BundleError) -> [UInt8]
    private var offset = 0

    init(
        _ name: String, _ read: @escaping (Int, Int) throws(BundleError) -> [UInt8]
    ) {
        self.name = name
        self.read = read
    }

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
        try read(offset, count)
    }

    private func checkZeros(at start: Int, count: Int) throws(BundleError) {
        guard try bytes(at: start, count: count) == [UInt8](repeating: 0, count: count) else {
            throw refusal("it ends early, or has something at byte \(start) that does not belong")
        }
    }

    func refusal(_ cause: String) -> BundleError {
        BundleError(
            .badForm, operation: "read the archive", subject: name, cause: cause,
            remedy: "write it again with pisces store export")
    }
}
