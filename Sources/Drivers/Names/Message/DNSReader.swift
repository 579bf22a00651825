internal import Resources

/// Reads messages. Every step is bounded by the message's bytes; names may only point backwards,
/// so that none can loop (RFC 1035 section 4.1.4).
struct DNSReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    /// What is no message.
    struct Malformed: Error {}

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func byte() throws(Malformed) -> UInt8 {
        guard offset < bytes.count else { throw Malformed() }
        offset += 1
        return bytes[offset - 1]
    }

    mutating func word() throws(Malformed) -> UInt16 {
        guard offset + 2 <= bytes.count else { throw Malformed() }
        offset += 2
        return UInt16(bytes[offset - 2]) << 8 | UInt16(bytes[offset - 1])
    }

    mutating func skip(_ count: Int) throws(Malformed) {
        guard offset + count <= bytes.count else { throw Malformed() }
        offset += count
    }

    /// A name. Each pointer must lead before where the part it ends began: that ends every chain.
    mutating func name(pointers: Bool) throws(Malformed) -> DNSName {
        var wire: [UInt8] = []
        var at = offset
        var start = offset
        var end: Int?
        while true {
            guard at < bytes.count else { throw Malformed() }
            let length = Int(bytes[at])
            if length & 0xC0 == 0xC0 {
                guard pointers, at + 1 < bytes.count else { throw Malformed() }
                let target = (length & 0x3F) << 8 | Int(bytes[at + 1])
                guard target < start else { throw Malformed() }
                end = end ?? at + 2
                start = target
                at = target
                continue
            }
            // 01 and 10 are no labels that anybody uses (RFC 6891 section 5).
            guard length <= DNSName.labelLimit, at + length < bytes.count,
                wire.count + length + 1 <= DNSName.limit
            else { throw Malformed() }
            wire += bytes[at...at + length]
            at += length + 1
            if length == 0 { break }
        }
        offset = end ?? at
        return DNSName(unchecked: wire)
    }

    mutating func question() throws(Malformed) -> DNSQuestion {
        // Nothing stands before the question that a pointer could lead to.
        let name = try name(pointers: false)
        let type = DNSType(try word())
        return DNSQuestion(name, type, dnsClass: try word())
    }
}

extension DNSReading {
    /// Reads a question, and says what is wrong with one that is refused.
    public static func read(_ bytes: [UInt8]) -> DNSReading {
        var reader = DNSReader(bytes)
        guard let id = try? reader.word(), let flags = try? reader.word(),
            let questions = try? reader.word(), let answers = try? reader.word(),
            let authorities = try? reader.word(), let additionals = try? reader.word(),
            flags & DNSFlags.response == 0
        else { return .dropped }
        func refuse(
            _ code: DNSCode, _ question: DNSQuestion? = nil, _ edns: DNSExtension? = nil
        ) -> DNSReading {
            .refused(id: id, flags: flags, question, edns, code)
        }
        guard flags & DNSFlags.opcode == 0 else { return refuse(.notImplemented) }
        // RFC 9619: a question is one question. Answers and authorities are not asked with.
        guard questions == 1, answers == 0, authorities == 0,
            bytes.count <= Limits.nameQueryBytes.value
        else { return refuse(.formatError) }
        guard let question = try? reader.question() else { return refuse(.formatError) }
        guard let found = try? extensions(&reader, count: Int(additionals)), reader.isAtEnd else {
            return refuse(.formatError, question)
        }
        if let edns = found.first, edns.version > 0 {
            return refuse(.badVersion, question, edns)
        }
        guard question.type != .opt else { return refuse(.formatError, question, found.first) }
        return .query(DNSQuery(id: id, flags: flags, question: question, edns: found.first))
    }

    /// Reads the additional records: at most one OPT, of the root; all others are passed over.
    private static func extensions(
        _ reader: inout DNSReader, count: Int
    ) throws(DNSReader.Malformed) -> [DNSExtension] {
        var found: [DNSExtension] = []
        for _ in 0..<count {
            let name = try reader.name(pointers: true)
            let type = DNSType(try reader.word())
            let size = try reader.word()
            _ = try reader.byte()
            let version = try reader.byte()
            let flags = try reader.word()
            let length = Int(try reader.word())
            try reader.skip(length)
            guard type == .opt else { continue }
            guard name == .root, found.isEmpty else { throw DNSReader.Malformed() }
            found.append(
                DNSExtension(
                    size: size, version: version, wantsSignatures: flags & 0x8000 != 0))
        }
        return found
    }
}
