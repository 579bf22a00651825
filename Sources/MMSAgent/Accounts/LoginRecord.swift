internal import Resources

/// A record of utmp or wtmp (utmp(5)).
struct LoginRecord: Hashable, Sendable {
    var kind: Kind
    var pid: Int32
    var line: String, id: String, user: String, host: String
    /// Microseconds since 1970.
    var time: Int64

    /// What a record tells of (ut_type).
    enum Kind: UInt16, Hashable, Sendable {
        case empty, runLevel, boot, newTime, oldTime, initial, login, user, dead, accounting
    }

    /// Where its parts are: glibc keeps 32 bits of time on x86, whatever the word.
    struct Layout: Hashable, Sendable {
        var size: Int, time: Int, isWide: Bool

        static let narrow = Layout(size: 384, time: 340, isWide: false)
        static let wide = Layout(size: 400, time: 344, isWide: true)
        #if arch(x86_64) || arch(i386)
            static let native = narrow
        #else
            static let native = wide
        #endif
    }

    /// Reads a record; nil when it is cut short or of no known kind.
    init?(_ bytes: ArraySlice<UInt8>, _ layout: Layout = .native) {
        guard bytes.count >= layout.size else { return nil }
        let word = { (offset: Int, count: Int) in
            (0..<count).reduce(Int64(0)) { value, index in
                value | Int64(bytes[bytes.startIndex + offset + index]) << Int64(8 * index)
            }
        }
        let text = { (offset: Int, count: Int) in
            let start = bytes.startIndex + offset
            return lossyText(bytes[start..<start + count].prefix { $0 != 0 })
        }
        guard let kind = Kind(rawValue: UInt16(truncatingIfNeeded: word(0, 2))) else { return nil }
        self.kind = kind
        pid = Int32(truncatingIfNeeded: word(4, 4))
        line = text(8, 32)
        id = text(40, 4)
        user = text(44, 32)
        host = text(76, 256)
        let wide = layout.isWide ? 8 : 4
        let seconds =
            layout.isWide
            ? word(layout.time, 8) : Int64(UInt32(truncatingIfNeeded: word(layout.time, 4)))
        let micros = word(layout.time + wide, 4)
        guard (0..<1 << 40).contains(seconds), (0..<1_000_000).contains(micros) else { return nil }
        time = seconds * 1_000_000 + micros
    }

    /// Reads a whole file; a record cut short at its end is left out.
    static func all(_ bytes: [UInt8], _ layout: Layout = .native) -> [LoginRecord] {
        stride(from: 0, through: bytes.count - layout.size, by: layout.size).compactMap { start in
            LoginRecord(bytes[start..<start + layout.size], layout)
        }
    }
}

/// A user's record in lastlog: the time in 32 bits, a line, a host.
struct LastLogin: Hashable, Sendable {
    static let bytes = 292
    /// Since 1970.
    var seconds: Int64
    var line: String, host: String

    /// Reads a record; nil when it is cut short or of one who never logged in.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.bytes else { return nil }
        seconds = Int64((0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[$1]) << UInt32(8 * $1) })
        if seconds == 0 { return nil }
        line = lossyText(bytes[4..<36].prefix { $0 != 0 })
        host = lossyText(bytes[36..<292].prefix { $0 != 0 })
    }
}
