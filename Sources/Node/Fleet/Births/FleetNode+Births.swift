internal import Bus
internal import Host
internal import MMSGraph
public import Resources
internal import Synchronization
public import Trust
internal import ZeroProcs

/// What a node does for machines that are born of it.
public struct BirthDesk: Sendable {
    /// Gives at most `count` bytes of a blob, or of a description, for the birth of that invitation,
    /// which holds.
    public var piece:
        @Sendable (
            _ birth: Identifier, _ digest: ContentDigest, _ offset: Int64, _ count: Int
        ) throws(Refusal) -> [UInt8]
    /// Certifies that the node of that key was born so, and as which generation; gives the text of
    /// the certificates up to the founder.
    public var certify:
        @Sendable (
            _ child: SignerKey, _ birth: Identifier, _ generation: ContentDigest
        ) throws(Refusal) -> String

    /// A desk of those functions.
    public init(
        piece:
            @escaping @Sendable (Identifier, ContentDigest, Int64, Int) throws(Refusal) -> [UInt8],
        certify:
            @escaping @Sendable (SignerKey, Identifier, ContentDigest) throws(Refusal) -> String
    ) {
        self.piece = piece
        self.certify = certify
    }
}

/// Machines that are born over the network: what they fetch before they are nodes, and what they
/// are certified as when they are. Format: Docs/Formats/birth.md.
extension FleetNode {
    /// Where a node asks for its lineage.
    static let lineagePath = "/bus/lineage"

    /// From now on `desk` serves births.
    public func serveBirths(_ desk: BirthDesk) { self.desk.withLock { $0 = desk } }

    /// Answers a blank machine: its invitation has to hold, and is not used up by it.
    func giveBirth(_ body: [UInt8]) throws(BusError) -> [UInt8] {
        let (question, secret) = try BirthQuestion.read(body)
        let desk = try openDesk
        let bytes = try deciding("be born", by: "see pisces birth invite") {
            () throws(Refusal) in
            let reader = try reading { () throws(GraphError) in try circle.graph.reader() }
            try Admission().checkInvitation(
                .init(id: question.invitation, digest: secret), on: reader, now: clock.now)
            return try desk.piece(
                question.invitation, question.digest, question.offset, question.count)
        }
        return BirthQuestion.answer(bytes)
    }

    /// Answers a node that asks for its lineage: `[1, birth, generation]`.
    func giveLineage(_ passport: Passport, _ body: [UInt8]) throws(BusError) -> [UInt8] {
        let question = try EntryForm.reading(body, "a question for a lineage") {
            (reader) throws(CBORError) -> (Identifier, ContentDigest)? in
            try reader.expectList(3)
            guard try reader.readUnsigned() == 1 else { return nil }
            let birth = try reader.readIdentifier()
            return ContentDigest(bytes: try reader.readBytes()).map { (birth, $0) }
        }
        let desk = try openDesk
        let text = try deciding("certify", by: "see pisces lineage") { () throws(Refusal) in
            try desk.certify(passport.key, question.0, question.1)
        }
        var writer = CBORWriter(capacity: text.utf8.count + 16)
        writer.write(text)
        return writer.bytes
    }

    /// Asks the machine that this one was born of for its certificates of lineage.
    public func askLineage(
        of parent: ResourceName, birth: Identifier, generation: ContentDigest
    ) throws(Refusal) -> String {
        var writer = CBORWriter()
        writer.beginList(3)
        writer.write(unsigned: 1)
        writer.write(birth)
        writer.write(bytes: generation.bytes)
        do throws(BusError) {
            let answer = try links.call(
                parent,
                PeerRequest(
                    path: Self.lineagePath, body: writer.bytes,
                    milliseconds: Limits.busArrival.value))
            return try EntryForm.reading(answer.body, "a lineage") { (reader) throws(CBORError) in
                try reader.readText()
            }
        } catch {
            throw Refusal(
                .unavailable, filter: "fleet", subject: "the lineage of \(name)",
                reason: "\(parent) does not give it: \(error.cause)", remedy: error.remedy)
        }
    }

    private var openDesk: BirthDesk {
        get throws(BusError) {
            guard let desk = desk.withLock({ $0 }) else { throw Self.stopping }
            return desk
        }
    }

    private func deciding<Answer>(
        _ what: String, by remedy: String, _ body: () throws(Refusal) -> Answer
    ) throws(BusError) -> Answer {
        do throws(Refusal) { return try body() } catch {
            throw BusError(
                .refused, operation: what, subject: error.subject, cause: error.reason,
                remedy: error.remedy ?? remedy)
        }
    }
}
