internal import Bus
internal import MMSGraph
internal import Resources
internal import ZeroProcs

/// Proposals and their outcomes as one node sends them to another (Docs/Formats/forward.md).
enum ProposalForm {
    static let version: UInt64 = 1

    /// `[1, [[identity, right, time, batch] …]]`.
    static func encode(_ proposals: [Proposal]) -> [UInt8] {
        var writer = CBORWriter(capacity: 512 * (proposals.count + 1))
        writer.beginList(2)
        writer.write(unsigned: version)
        writer.beginList(proposals.count)
        for proposal in proposals {
            writer.beginList(4)
            writer.write(proposal.caller.identity.text)
            write(proposal.caller.right, to: &writer)
            writer.write(proposal.time.milliseconds)
            writer.write(proposal.batch)
        }
        return writer.bytes
    }

    /// Reads what `peer` sent.
    static func proposals(_ bytes: [UInt8], of peer: ResourceName) throws(BusError) -> [Proposal] {
        let found = try EntryForm.reading(bytes, "commands of \(peer)") {
            (reader) throws(CBORError) -> [Proposal?]? in
            try reader.expectList(2)
            guard try reader.readUnsigned() == version else { return nil }
            return try reader.readList { (reader) throws(CBORError) in try proposal(&reader) }
        }
        let proposals = found.compactMap(\.self)
        guard proposals.count == found.count else { throw malformed("commands of \(peer)") }
        guard proposals.count <= Limits.groupProposals.value else {
            throw BusError(
                .tooLarge, operation: "take", subject: "commands of \(peer)",
                cause: "\(proposals.count) batches; the limit is \(Limits.groupProposals.value)",
                remedy: "send fewer at a time")
        }
        return proposals
    }

    private static func proposal(_ reader: inout CBORReader) throws(CBORError) -> Proposal? {
        try reader.expectList(4)
        let identity = Identity(try reader.readText())
        let right = try readRight(&reader)
        let time = WallTime(milliseconds: try reader.readInt())
        let batch = try reader.readBatch()
        guard let identity, let right else { return nil }
        var proposal = Proposal(
            caller: Caller(identity: identity, right: right), batch: batch, time: time)
        proposal.isForwarded = true
        return proposal
    }

    // MARK: Rights

    static func write(_ right: Caller.Right, to writer: inout CBORWriter) {
        switch right {
        case .administrator: writer.write("administrator")
        case .proven: writer.write("proven")
        case .system: writer.write("system")
        case .none: writer.write("none")
        case .token(let grant):
            writer.beginList(4)
            writer.write(.list(grant.verbs.map(\.rawValue).sorted().map { Value.text($0) }))
            writer.write(grant.prefix.path)
            writer.write(.list(grant.types.map(\.text).sorted().map { Value.text($0) }))
            writer.write(grant.expires.map { Value.int($0.milliseconds) } ?? .null)
        }
    }

    static func readRight(_ reader: inout CBORReader) throws(CBORError) -> Caller.Right? {
        switch try reader.readValue() {
        case .text("administrator"): return .administrator
        case .text("proven"): return .proven
        case .text("system"): return .system
        case .text("none"): return Caller.Right.none
        case .list(let parts) where parts.count == 4:
            let verbs = parts[0].list?.compactMap { $0.text.flatMap(Grant.Verb.init(rawValue:)) }
            let types = parts[2].list?.compactMap { $0.text.flatMap { try? TypeName($0) } }
            guard let verbs, verbs.count == parts[0].list?.count, let types,
                types.count == parts[2].list?.count,
                let prefix = parts[1].text.flatMap({ try? Namespace($0) })
            else { return nil }
            return .token(
                Grant(
                    Set(verbs), prefix: prefix, types: Set(types),
                    expires: parts[3].int.map(WallTime.init(milliseconds:))))
        default: return nil
        }
    }

    // MARK: Outcomes

    /// `[1, [outcome …]]`: a receipt is `[0, log, position, ids, repeated]`, a refusal
    /// `[1, code, filter, subject, reason, remedy, field, current, command]`.
    static func encode(_ outcomes: [Outcome]) -> [UInt8] {
        var writer = CBORWriter(capacity: 128 * (outcomes.count + 1))
        writer.beginList(2)
        writer.write(unsigned: version)
        writer.beginList(outcomes.count)
        for outcome in outcomes {
            switch outcome {
            case .success(let receipt):
                writer.beginList(5)
                writer.write(unsigned: 0)
                writer.write(receipt.log.path)
                writer.write(unsigned: receipt.position.rawValue)
                writer.beginList(receipt.ids.count)
                for id in receipt.ids { writer.write(id) }
                writer.write(receipt.repeated)
            case .failure(let refusal):
                writer.beginList(9)
                writer.write(unsigned: 1)
                writer.write(refusal.code.rawValue)
                writer.write(refusal.filter)
                writer.write(refusal.subject)
                writer.write(refusal.reason)
                writer.write(refusal.remedy.map { Value.text($0) } ?? .null)
                writer.write(refusal.field.map { Value.text($0) } ?? .null)
                writer.write(
                    refusal.current.map { Value.int(Int64(clamping: $0.rawValue)) } ?? .null)
                writer.write(refusal.command.map { Value.int(Int64($0)) } ?? .null)
            }
        }
        return writer.bytes
    }

    /// Reads the outcomes of `count` proposals.
    static func outcomes(_ bytes: [UInt8], count: Int) throws(BusError) -> [Outcome] {
        let found = try EntryForm.reading(bytes, "outcomes") {
            (reader) throws(CBORError) -> [Outcome?]? in
            try reader.expectList(2)
            guard try reader.readUnsigned() == version else { return nil }
            return try reader.readList { (reader) throws(CBORError) in try outcome(&reader) }
        }
        let outcomes = found.compactMap(\.self)
        guard outcomes.count == found.count, outcomes.count == count else {
            throw malformed("outcomes")
        }
        return outcomes
    }

    private static func outcome(_ reader: inout CBORReader) throws(CBORError) -> Outcome? {
        let count = try reader.beginList()
        switch (try reader.readUnsigned(), count) {
        case (0, 5):
            let path = try reader.readText()
            let position = Position(try reader.readUnsigned())
            let ids = try reader.readList { (reader) throws(CBORError) in
                try reader.readIdentifier()
            }
            let repeated = try reader.readBool()
            guard let log = try? Namespace(path) else { return nil }
            return .success(Receipt(log: log, position: position, ids: ids, repeated: repeated))
        case (1, 9):
            let code = Refusal.Code(rawValue: try reader.readText())
            let filter = try reader.readText()
            let subject = try reader.readText()
            let reason = try reader.readText()
            let remedy = try reader.readValue().text
            let field = try reader.readValue().text
            let current = try reader.readValue().int
            let command = try reader.readValue().int
            guard let code else { return nil }
            var refusal = Refusal(
                code, filter: filter, subject: subject, reason: reason, remedy: remedy,
                field: field, current: current.map { Position(UInt64(clamping: $0)) })
            refusal.command = command.map { Int(clamping: $0) }
            return .failure(refusal)
        default: return nil
        }
    }

    private static func malformed(_ what: String) -> BusError {
        BusError(
            .malformed, operation: "read", subject: what, cause: "they have another form",
            remedy: "let all nodes run the same version of Pisces")
    }
}
