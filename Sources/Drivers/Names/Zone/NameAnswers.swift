internal import Resources

/// Answers from zones: a pure function of a message and the zones.
struct NameAnswers: Sendable {
    /// The zones, the ones with longer names first.
    let zones: [Zone]
    /// Whether questions about other names may be handed on.
    let forwards: Bool

    init(_ zones: [Zone], forwards: Bool) {
        self.zones = zones.sorted { $0.apex.wire.count > $1.apex.wire.count }
        self.forwards = forwards
    }

    /// How a question came, which bounds its answer.
    enum Transport: Hashable { case datagram, stream }

    /// What to do with a message.
    enum Outcome: Hashable {
        /// Send these bytes.
        case answer([UInt8], NameOutcome)
        /// Ask others, when that is allowed to who asks.
        case forward(DNSQuery)
        /// Send nothing.
        case nothing
    }

    /// What comes of a message.
    func outcome(of message: [UInt8], over transport: Transport) -> Outcome {
        switch DNSReading.read(message) {
        case .dropped: return .nothing
        case .refused(let id, let flags, let question, let edns, let code):
            let bytes = Self.refusal(
                id: id, flags: flags, question, edns, code, forwards: forwards)
            return .answer(bytes, NameOutcome(code))
        case .query(let query): return outcome(of: query, over: transport)
        }
    }

    private func outcome(of query: DNSQuery, over transport: Transport) -> Outcome {
        let question = query.question
        // Whoever asks before anything is published asks again; a name that is not there would be
        // remembered.
        guard !zones.isEmpty else { return refuse(query, .serverFailure) }
        switch question.type {
        // Nobody copies our zones: they are in the graph.
        case .axfr, .ixfr: return refuse(query, .refused)
        case .mailb, .maila: return refuse(query, .notImplemented)
        default: break
        }
        guard question.dnsClass == 1 || question.dnsClass == 255 else {
            return refuse(query, .refused)
        }
        guard let zone = zones.first(where: { question.name.isWithin($0.apex) }) else {
            return forwards && query.wantsRecursion ? .forward(query) : refuse(query, .refused)
        }
        return answer(query, from: zone, over: transport)
    }

    /// A refusal of a question that was read.
    func refuse(_ query: DNSQuery, _ code: DNSCode) -> Outcome {
        let bytes = Self.refusal(
            id: query.id, flags: query.flags, query.question, query.edns, code,
            forwards: forwards)
        return .answer(bytes, NameOutcome(code))
    }

    private static func refusal(
        id: UInt16, flags: UInt16, _ question: DNSQuestion?, _ edns: DNSExtension?,
        _ code: DNSCode, forwards: Bool
    ) -> [UInt8] {
        var writer = DNSWriter(
            id: id, flags: answerFlags(flags, code, forwards: forwards), limit: 512)
        if let question { writer.write(question) }
        if let edns { writer.write(edns, size: Limits.nameDatagram.value, code: code) }
        return writer.finish()
    }

    /// What an answer keeps of the question's flags, and what it adds.
    private static func answerFlags(_ flags: UInt16, _ code: DNSCode, forwards: Bool) -> UInt16 {
        let kept = DNSFlags.opcode | DNSFlags.recursionDesired | DNSFlags.checkingDisabled
        return DNSFlags.response | flags & kept | code.rawValue & 15
            | (forwards ? DNSFlags.recursionAvailable : 0)
    }

    private func answer(
        _ query: DNSQuery, from zone: Zone, over transport: Transport
    ) -> Outcome {
        let found = zone.find(query.question)
        let code: DNSCode = found == .noName ? .nameError : .noError
        let flags = Self.answerFlags(query.flags, code, forwards: forwards)
        // Room for the extension record is kept: it must be in the answer when it was asked for.
        let room = Self.limit(query.edns, transport) - (query.edns == nil ? 0 : 11)
        var writer = DNSWriter(
            id: query.id, flags: flags | DNSFlags.authoritative, limit: room)
        writer.write(query.question)
        var outcome = NameOutcome.answered
        switch found {
        case .records(var set):
            // In the case it was asked in; other hosts see another one of several first.
            set.name = query.question.name
            if writer.write(set, .answer, turn: Int(query.id)) {
                addHints(for: set, from: zone, to: &writer)
            } else {
                writer.set(DNSFlags.truncated)
                outcome = .truncated
            }
        case .noData, .noName:
            outcome = found == .noName ? .noName : .noData
            if !writer.write(zone.negative, .authority) { writer.set(DNSFlags.truncated) }
        }
        if let edns = query.edns {
            writer.write(edns, size: Limits.nameDatagram.value, code: code)
        }
        return .answer(writer.finish(), outcome)
    }

    /// Addresses of names in the answer, as many sets as there is room for.
    private func addHints(for set: DNSRecordSet, from zone: Zone, to writer: inout DNSWriter) {
        var added: Set<DNSName> = []
        for data in set.data {
            guard let name = data.hint, added.insert(name).inserted else { continue }
            for hint in zone.hints(for: name) {
                if !writer.write(hint, .additional) { return }
            }
        }
    }

    /// Bytes an answer may have: 512 unless the requestor takes more, never more than passes any
    /// network whole (RFC 9715); all of a stream's.
    static func limit(_ edns: DNSExtension?, _ transport: Transport) -> Int {
        switch transport {
        case .stream: 65_535
        case .datagram: min(max(512, Int(edns?.size ?? 512)), Limits.nameDatagram.value)
        }
    }
}
