/// Messages of nf_tables (linux/netfilter/nf_tables.h) over nfnetlink: numbers in network order.
enum FirewallMessage {
    static let family: Int32 = 12
    /// NFNLGRP_NFTABLES.
    static let group: UInt32 = 7
    private static let subsystem: UInt16 = 10

    /// What is asked for, by the number of the question; the answer's number is `answer`.
    enum Question: UInt16 {
        case tables = 1
        case chains = 4
        case rules = 7
        case sets = 10
        case elements = 13
        case generation = 16

        /// NEWTABLE, NEWCHAIN … are one below what asks for them.
        var answer: UInt16 { FirewallMessage.subsystem << 8 | (rawValue - 1) }
    }

    /// A question, with attributes after the header; all but the generation are dumps.
    static func request(
        _ question: Question, family: UInt8 = 0, _ attributes: [(UInt16, String)] = []
    ) -> [UInt8] {
        // nfgenmsg: family, version, resource.
        var body: [UInt8] = [family, 0, 0, 0]
        for (kind, text) in attributes {
            let value = Array(text.utf8) + [0]
            let length = UInt16(truncatingIfNeeded: value.count + 4)
            body += [UInt8(length & 0xFF), UInt8(length >> 8), UInt8(kind), 0] + value
            while body.count % 4 != 0 { body.append(0) }
        }
        let length = body.count + 16
        // NLM_F_REQUEST, and NLM_F_DUMP or NLM_F_ACK: both end the answer.
        let flags: [UInt8] = question == .generation ? [0x05, 0] : [0x01, 0x03]
        return [
            UInt8(length & 0xFF), UInt8(length >> 8 & 0xFF), 0, 0, UInt8(question.rawValue),
            UInt8(subsystem),
        ] + flags + [1, 0, 0, 0, 0, 0, 0, 0] + body
    }
}

/// The integer in network order that bytes start with; nil when there are too few.
func networkInteger<Word: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>?, as: Word.Type = Word.self
) -> Word? {
    guard let bytes, bytes.count >= Word.bitWidth / 8 else { return nil }
    return bytes.prefix(Word.bitWidth / 8).reduce(0) { $0 << 8 | Word(truncatingIfNeeded: $1) }
}

/// The attributes of a list in their order; up to the first that is cut short.
func attributeList(_ bytes: ArraySlice<UInt8>?) -> [ArraySlice<UInt8>] {
    var values: [ArraySlice<UInt8>] = []
    var rest = bytes ?? []
    while let length = integer(rest, as: UInt16.self).map({ Int($0) }), length >= 4,
        length <= rest.count
    {
        values.append(rest.dropFirst(4).prefix(length - 4))
        rest = rest.dropFirst((length + 3) & ~3)
    }
    return values
}
