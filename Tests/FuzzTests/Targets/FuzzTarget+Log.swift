internal import Host
internal import Resources

@testable internal import Log

extension FuzzTarget {
    /// The chain register: a file's bytes, and the same bytes as the body of a file whose checksum
    /// is right.
    @Sendable static func chain(_ input: [UInt8]) -> String? {
        for file in [input, framed(input, magic: 0x4E49_4148_4353_4950)] {
            guard case .success(let chain) = Chain.decode(file) else { continue }
            if chain.encode() != file { return "accepted a form that is not canonical" }
        }
        return nil
    }

    /// The manifest of a checkpoint, likewise.
    @Sendable static func manifest(_ input: [UInt8]) -> String? {
        for file in [input, framed(input, magic: 0x5450_4B43_4353_4950)] {
            guard case .success(let manifest) = CheckpointManifest.decode(file) else { continue }
            if manifest.encode() != file { return "accepted a form that is not canonical" }
        }
        return nil
    }

    private static func framed(_ body: [UInt8], magic: UInt64) -> [UInt8] {
        SmallFile.encode(magic: magic, body: body)
    }

    /// A segment of a log. The first byte says what is made right before the log reads it: 1 the
    /// checksums of the records, 2 their hash chain, 4 the checksum of the header, which is then of
    /// the input too, and 8 names the file after it.
    @Sendable static func segment(_ input: [UInt8]) -> String? {
        guard let mode = input.first, let specimen = try? FuzzedLog() else { return nil }
        specimen.place(Array(input.dropFirst()), mode: mode)
        return specimen.judge()
    }
}

/// A log in the World whose only segment came from outside.
private struct FuzzedLog {
    private static let directory = "/log"
    private static let folder = "/log/loglets/00000000000000000001/"
    private static let size = 16 << 10
    private let disk = SimulatedDisk(seed: 1)
    private let header: [UInt8]

    init() throws(LogError) {
        let log = try Self.open(disk)
        log.close()
        guard let bytes = disk.bytes(of: Self.folder + "00000000000000000001.segment") else {
            throw .nothingToAppend
        }
        header = Array(bytes.prefix(SegmentHeader.bytes))
    }

    private static func open(_ disk: SimulatedDisk) throws(LogError) -> CommandLog<SimulatedDisk> {
        var options = LogOptions(durability: .synced)
        options.segmentBytes = size
        options.firstSegmentBytes = size
        return try CommandLog.open(
            disk: disk, directory: directory, mount: .root,
            clusterID: Identifier(high: 1, low: 2),
            logID: Identifier(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210),
            options: options)
    }

    func place(_ input: [UInt8], mode: UInt8) {
        var name = "00000000000000000001"
        var sector = header
        var body = input
        if mode & 4 != 0 {
            sector = Array(input.prefix(SegmentHeader.bytes))
            sector += [UInt8](repeating: 0, count: SegmentHeader.bytes - sector.count)
            let crc = checksum(sector, 0..<508)
            put(crc, in: &sector, at: 508)
            body = Array(input.dropFirst(SegmentHeader.bytes))
            let first = (48..<56).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(sector[$1]) }
            if mode & 8 != 0 { name = String(first) }
            name = String(repeating: "0", count: 20 - name.utf8.count) + name
        }
        body = Array(body.prefix(Self.size - SegmentHeader.bytes))
        if mode & 3 != 0 { repair(&body, hashes: mode & 2 != 0) }
        let tail = Self.size - SegmentHeader.bytes - body.count
        let bytes = sector + body + [UInt8](repeating: 0, count: tail)
        let old = Self.folder + "00000000000000000001.segment"
        if name != "00000000000000000001" {
            try? disk.rename(old, to: Self.folder + name + ".segment")
        }
        disk.overwrite(Self.folder + name + ".segment", with: bytes)
    }

    /// Makes checksums and the hash chain of records right, whatever else they say.
    private func repair(_ body: inout [UInt8], hashes: Bool) {
        var (offset, previous) = (0, [UInt8](repeating: 0, count: 32))
        while offset + Layout.recordHeader <= body.count {
            let author = min(Int(body[offset + Layout.authorLength]), Layout.authorMost)
            let isTrailer = body[offset + Layout.kind] == Layout.kindTrailer
            let place = offset + Layout.payloadLength
            let said = (0..<4).reversed().reduce(0) { $0 << 8 | Int(body[place + $1]) }
            let start = offset + Layout.recordHeader + author
            let payload = isTrailer ? 0 : min(said, max(0, body.count - start))
            let end = offset + Layout.recordBytes(author: author, payload: payload)
            guard end <= body.count else { return }
            if isTrailer {
                if hashes { body.replaceSubrange(offset + 16..<offset + 48, with: previous) }
            } else {
                if hashes { body.replaceSubrange(offset + 16..<offset + 48, with: previous) }
                put(checksum(body, start..<start + payload), in: &body, at: offset + 4)
            }
            put(checksum(body, offset + 4..<start), in: &body, at: offset)
            if !isTrailer {
                let chained = Array(body[offset + Layout.previousHash..<start + payload])
                previous = unsafe chained.withUnsafeBytes { unsafe ChainHash(of: $0) }.bytes
            }
            offset = end
        }
    }

    private func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        let part = Array(bytes[range])
        return unsafe part.withUnsafeBytes { unsafe CRC32C.of($0) }
    }

    private func put(_ word: UInt32, in bytes: inout [UInt8], at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: word >> (index * 8))
        }
    }

    /// What verification finds sound must open with exactly those entries; what opens must open
    /// again and be the same; damage is told, never dropped.
    func judge() -> String? {
        let report = try? CommandLog.verify(disk: disk, directory: Self.directory)
        let first = read()
        if let report, report.isSound, first?.count != Int(report.entries) {
            return "verify proves \(report.entries) entries, \(first?.count ?? -1) are read"
        }
        if let report, report.defect != nil, let first, first.state == .writable {
            return "open for writing with damage at \(report.defect.map(\.reason) ?? "")"
        }
        guard let first else { return nil }
        guard let again = read() else { return "opens once and not again" }
        return again.hash == first.hash && again.count == first.count
            ? nil : "is another log when opened again"
    }

    private func read() -> (count: Int, hash: [UInt8], state: LogState)? {
        do throws(LogError) {
            let log = try Self.open(disk)
            defer { log.close() }
            var count = 0
            var next = log.first
            while next <= log.tail {
                let entries = try log.read(from: next, maximumBytes: 1 << 16)
                guard let last = entries.last else { break }
                count += entries.count
                next = last.header.position.next
            }
            return (count, log.hash, log.state)
        } catch { return nil }
    }
}
