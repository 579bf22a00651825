internal import Host
internal import Resources

/// The tables of an SQLite file (sqlite.org/fileformat2), read page by page and only as far as a
/// table of records goes: no indexes, no SQL, nothing that trusts a number in the file.
struct PageFile {
    private let kernel: any Kernel
    private let path: String
    private let pageSize: Int
    private let usable: Int
    /// Where pages are that were written since the log was folded in, by number.
    private var logged: [UInt32: Int64] = [:]
    /// The last pieces of the file, by number: pages that follow each other are read in one.
    private var pieces: [(number: Int64, bytes: [UInt8])] = []
    private static let pieceSize: Int64 = 1 << 18

    /// A row of a table: its columns, as bytes or integers.
    typealias Row = [Column]

    enum Column: Hashable, Sendable {
        case none
        case integer(Int64)
        case bytes([UInt8])
    }

    /// Opens a file; nil for one that is no such database.
    init?(_ path: String, _ kernel: any Kernel) {
        guard let head = kernel.read(path, at: 0, count: 100), head.count == 100,
            head.starts(with: "SQLite format 3\0".utf8)
        else { return nil }
        let size = Int(head[16]) << 8 | Int(head[17])
        pageSize = size == 1 ? 65_536 : size
        usable = pageSize - Int(head[20])
        guard pageSize >= 512, pageSize & (pageSize - 1) == 0, usable >= 480 else { return nil }
        self.path = path
        self.kernel = kernel
        readLog()
    }

    /// Takes the pages of whole transactions in the log.
    private mutating func readLog() {
        let log = path + "-wal"
        guard let head = kernel.read(log, at: 0, count: 32), head.count == 32,
            Self.word(head, 0) & 0xFFFF_FFFE == 0x377F_0682, Self.word(head, 8) == pageSize
        else { return }
        var open: [UInt32: Int64] = [:]
        var at: Int64 = 32
        for _ in 0..<Limits.databaseFrames.value {
            // What another salt has is of before the last fold.
            guard let frame = kernel.read(log, at: UInt64(at), count: 24), frame.count == 24,
                frame[8..<16] == head[16..<24]
            else { return }
            open[Self.word(frame, 0)] = at + 24
            if Self.word(frame, 4) != 0 {
                logged.merge(open) { $1 }
                open = [:]
            }
            at += 24 + Int64(pageSize)
        }
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        guard at >= 0, at + 4 <= bytes.count else { return 0 }
        return bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    // MARK: Pages

    private mutating func page(_ number: UInt32) -> [UInt8]? {
        guard number > 0 else { return nil }
        if let place = logged[number] {
            let bytes = kernel.read(path + "-wal", at: UInt64(place), count: pageSize)
            return bytes?.count == pageSize ? bytes : nil
        }
        let offset = Int64(number - 1) * Int64(pageSize)
        let piece = offset / Self.pieceSize
        let start = Int(offset - piece * Self.pieceSize)
        if let index = pieces.firstIndex(where: { $0.number == piece }) {
            return Self.cut(pieces[index].bytes, start, pageSize)
        }
        let count = Int(Self.pieceSize)
        guard let bytes = kernel.read(path, at: UInt64(piece * Self.pieceSize), count: count) else {
            return nil
        }
        if pieces.count == 8 { pieces.removeFirst() }
        pieces.append((piece, bytes))
        return Self.cut(bytes, start, pageSize)
    }

    private static func cut(_ bytes: [UInt8], _ start: Int, _ count: Int) -> [UInt8]? {
        start + count <= bytes.count ? Array(bytes[start..<start + count]) : nil
    }

    // MARK: Tables

    /// The first page of a table; nil when there is none of that name.
    mutating func root(of table: String) -> UInt32? {
        var root: UInt32?
        let wanted = Column.bytes(Array(table.utf8))
        _ = rows(from: 1) { row in
            guard row.count >= 4, row[0] == .bytes(Array("table".utf8)), row[1] == wanted,
                case .integer(let number) = row[3]
            else { return true }
            root = UInt32(exactly: number)
            return false
        }
        return root
    }

    /// Gives each row of the table that begins there, until `take` says false; false when a part
    /// of the table is damaged.
    mutating func rows(from root: UInt32, _ take: (Row) -> Bool) -> Bool {
        var waiting = [root]
        var visited = Set<UInt32>()
        var isWhole = true
        while let number = waiting.popLast() {
            // A page that comes twice is a loop.
            guard visited.insert(number).inserted, let page = page(number) else {
                isWhole = false
                continue
            }
            let start = number == 1 ? 100 : 0
            let count = Int(page[start + 3]) << 8 | Int(page[start + 4])
            switch page[start] {
            case 0x05:
                var children = cells(page, start + 12, count).map { Self.word(page, $0) }
                children.append(Self.word(page, start + 8))
                waiting += children.reversed()
            case 0x0D:
                for cell in cells(page, start + 8, count) {
                    guard let payload = payload(page, cell) else {
                        isWhole = false
                        continue
                    }
                    if !take(Self.row(payload)) { return isWhole }
                }
            default: isWhole = false
            }
        }
        return isWhole
    }

    private func cells(_ page: [UInt8], _ start: Int, _ count: Int) -> [Int] {
        (0..<count).map { start + $0 * 2 }.filter { $0 + 2 <= page.count }.map { at in
            Int(page[at]) << 8 | Int(page[at + 1])
        }
    }

    /// What a cell of a leaf holds, with what of it lies in pages of overflow.
    private mutating func payload(_ page: [UInt8], _ cell: Int) -> [UInt8]? {
        var at = cell
        guard let size = Self.number(page, &at), Self.number(page, &at) != nil,
            (0...Int64(Limits.packageHeader.value)).contains(size)
        else { return nil }
        let total = Int(size)
        let least = (usable - 12) * 32 / 255 - 23
        let most = usable - 35
        var local = total
        if total > most {
            let kept = least + (total - least) % (usable - 4)
            local = kept <= most ? kept : least
        }
        guard at + local <= page.count else { return nil }
        var bytes = Array(page[at..<at + local])
        bytes.reserveCapacity(total)
        var next = Self.word(page, at + local)
        while bytes.count < total {
            guard let over = self.page(next) else { return nil }
            next = Self.word(over, 0)
            bytes += over[4..<4 + min(usable - 4, total - bytes.count)]
        }
        return bytes
    }

    // MARK: Records

    private static func row(_ payload: [UInt8]) -> Row {
        var at = 0
        guard let head = number(payload, &at), head <= payload.count else { return [] }
        var row: Row = []
        var body = Int(head)
        while at < Int(head), row.count < 64, let kind = number(payload, &at) {
            let count = width(kind)
            guard count >= 0, body + count <= payload.count else { return row }
            let bytes = payload[body..<body + count]
            switch kind {
            case 1...6:
                let isNegative = bytes.first.map { $0 >= 0x80 } ?? false
                row.append(.integer(bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }))
            case 8: row.append(.integer(0))
            case 9: row.append(.integer(1))
            case 12...: row.append(.bytes(Array(bytes)))
            default: row.append(.none)
            }
            body += count
        }
        return row
    }

    private static func width(_ kind: Int64) -> Int {
        switch kind {
        case 1...4: Int(kind)
        case 5: 6
        case 6, 7: 8
        case 12...: Int((kind - 12) / 2)
        default: 0
        }
    }

    /// A number of one to nine bytes.
    private static func number(_ bytes: [UInt8], _ at: inout Int) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard at >= 0, at < bytes.count else { return nil }
            let byte = bytes[at]
            at += 1
            if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 { return Int64(value) }
        }
        return nil
    }
}
