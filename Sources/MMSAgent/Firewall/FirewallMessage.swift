internal import Host

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
        // nfgenmsg: family, version, resource. Both flags end the answer.
        var request = NetlinkRequest(
            subsystem << 8 | question.rawValue,
            question == .generation ? .acknowledged : .dump, header: [family, 0, 0, 0])
        for (kind, text) in attributes { request.add(kind, text: text) }
        return request.bytes
    }
}

/// The integer in network order that bytes start with; nil when there are too few.
func networkInteger<Word: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>?, as: Word.Type = Word.self
) -> Word? {
    guard let bytes, bytes.count >= Word.bitWidth / 8 else { return nil }
    return bytes.prefix(Word.bitWidth / 8).reduce(0) { $0 << 8 | Word(truncatingIfNeeded: $1) }
}
