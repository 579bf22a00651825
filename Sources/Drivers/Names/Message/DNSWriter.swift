internal import Host

/// Writes messages of at most `limit` bytes, with names compressed (RFC 1035 section 4.1.4).
struct DNSWriter {
    private(set) var bytes: [UInt8]
    private let limit: Int
    /// Where labels stand that later names may point to.
    private var starts: [Int] = []
    private var counts: [UInt16] = [0, 0, 0, 0]

    /// The sections of a message behind the question.
    enum Section: Int { case answer = 1, authority, additional }

    init(id: UInt16, flags: UInt16, limit: Int) {
        self.limit = limit
        bytes = []
        bytes.reserveCapacity(128)
        word(id)
        word(flags)
        for _ in 0..<4 { word(0) }
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func word(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(value & 0xFF))
    }

    mutating func long(_ value: UInt32) {
        word(UInt16(value >> 16))
        word(UInt16(value & 0xFFFF))
    }

    mutating func set(_ flag: UInt16) {
        bytes[2] |= UInt8(flag >> 8)
        bytes[3] |= UInt8(flag & 0xFF)
    }

    mutating func write(_ question: DNSQuestion) {
        name(question.name)
        word(question.type.number)
        word(question.dnsClass)
        counts[0] += 1
    }

    /// The extension record of an answer, which always has room kept for it.
    mutating func write(_ edns: DNSExtension, size: Int, code: DNSCode) {
        byte(0)
        word(DNSType.opt.number)
        word(UInt16(clamping: size))
        byte(UInt8(truncatingIfNeeded: code.rawValue >> 4))
        byte(0)
        word(edns.wantsSignatures ? 0x8000 : 0)
        word(0)
        counts[Section.additional.rawValue] += 1
    }

    /// Writes all records of a set, from the one `turn` says round to it; false, and nothing is
    /// written, when they do not fit.
    mutating func write(_ set: DNSRecordSet, _ section: Section, turn: Int = 0) -> Bool {
        let mark = bytes.count
        let known = starts.count
        for step in set.data.indices {
            let data = set.data[(step + turn) % set.data.count]
            write(data, of: set)
            if bytes.count > limit {
                bytes.removeSubrange(mark...)
                starts.removeSubrange(known...)
                return false
            }
        }
        counts[section.rawValue] += UInt16(set.data.count)
        return true
    }

    private mutating func write(_ data: DNSData, of set: DNSRecordSet) {
        owner(set.name)
        word(set.type.number)
        word(1)
        long(set.ttl)
        let at = bytes.count
        word(0)
        write(data)
        let length = bytes.count - at - 2
        bytes[at] = UInt8(truncatingIfNeeded: length >> 8)
        bytes[at + 1] = UInt8(truncatingIfNeeded: length)
    }

    private mutating func write(_ data: DNSData) {
        switch data {
        case .address(let address): bytes += address.bytes
        case .ns(let name), .ptr(let name): self.name(name)
        case .txt(let strings):
            for string in strings {
                byte(UInt8(string.count))
                bytes += string
            }
        case .srv(let priority, let weight, let port, let target):
            word(priority)
            word(weight)
            word(port)
            // Never compressed (RFC 2782).
            bytes += target.wire
        case .soa(let authority):
            name(authority.server)
            name(authority.mailbox)
            let times = [authority.refresh, authority.retry, authority.expire, authority.minimum]
            for value in [authority.serial] + times { long(value) }
        }
    }

    /// An owner that was asked for stands in the case it was asked in.
    private mutating func owner(_ name: DNSName) {
        let question = 12
        if name.wire.count > 1, bytes.count >= question + name.wire.count,
            bytes[question..<question + name.wire.count].lazy.map(DNSName.fold)
                .elementsEqual(name.key)
        {
            word(0xC000 | UInt16(question))
        } else {
            self.name(name)
        }
    }

    /// A name, its longest part that stands already as a pointer.
    private mutating func name(_ name: DNSName) {
        var at = 0
        while name.wire[at] != 0 {
            if let known = starts.first(where: { stands(name.wire[at...], at: $0) }) {
                word(0xC000 | UInt16(known))
                return
            }
            // A pointer has 14 bits; a bound on the search keeps large answers linear.
            if bytes.count < 0x4000, starts.count < 64 { starts.append(bytes.count) }
            let end = at + 1 + Int(name.wire[at])
            bytes += name.wire[at..<end]
            at = end
        }
        byte(0)
    }

    /// Whether the labels that begin at `start` of the message are these, byte by byte.
    private func stands(_ wire: ArraySlice<UInt8>, at start: Int) -> Bool {
        var at = start
        var rest = wire
        while let length = rest.first {
            while at + 1 < bytes.count, bytes[at] & 0xC0 == 0xC0 {
                at = Int(bytes[at] & 0x3F) << 8 | Int(bytes[at + 1])
            }
            let count = Int(length) + 1
            guard at + count <= bytes.count,
                bytes[at..<at + count].elementsEqual(rest.prefix(count))
            else { return false }
            at += count
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// The message with its counts.
    mutating func finish() -> [UInt8] {
        for (index, count) in counts.enumerated() {
            bytes[4 + 2 * index] = UInt8(count >> 8)
            bytes[5 + 2 * index] = UInt8(count & 0xFF)
        }
        return bytes
    }
}
