internal import Resources

/// All names of one zone of authority: a value that is built once and then asked.
public struct Zone: Sendable {
    /// The name of the zone; everything in it is that or below.
    public let apex: DNSName
    /// The start of authority, with the zone's version.
    public let authority: DNSAuthority
    /// What names hold, in order of the types. A name that has nothing is above one that has.
    private let nodes: [DNSName: [DNSRecordSet]]
    /// What stands in answers that there is nothing (RFC 2308 section 3).
    let negative: DNSRecordSet

    /// What a zone has for a question.
    enum Found: Hashable {
        /// These records.
        case records(DNSRecordSet)
        /// The name, but nothing of that type.
        case noData
        /// Not even the name.
        case noName
    }

    /// A zone of these records. Refused: names outside of it, sets whose times to live differ (RFC
    /// 2181 section 5.2), a second start of authority, texts that are none, too much of anything.
    public init(
        _ apex: DNSName, authority: DNSAuthority, ttl: UInt32, records: [DNSRecord]
    ) throws(DriverError) {
        guard records.count <= Limits.zoneRecords.value else {
            throw Self.refuse(
                apex, .exhausted,
                "\(records.count) records; the limit is "
                    + "\(Limits.zoneRecords.value)", "make zones of its parts")
        }
        self.apex = apex
        self.authority = authority
        let start = DNSRecord(apex, ttl: ttl, .soa(authority))
        var nodes: [DNSName: [DNSRecordSet]] = [:]
        for record in [start] + records {
            if record.data.type == .soa, record != start {
                throw Self.refuse(record.name, .unsupported, "a second start of authority", "")
            }
            try Self.add(record, to: &nodes, below: apex)
        }
        for name in nodes.keys { nodes[name]?.sort { $0.type < $1.type } }
        self.nodes = nodes
        negative = DNSRecordSet(
            name: apex, type: .soa, ttl: min(ttl, authority.minimum), data: [.soa(authority)])
    }

    private static func add(
        _ record: DNSRecord, to nodes: inout [DNSName: [DNSRecordSet]], below apex: DNSName
    ) throws(DriverError) {
        guard record.name.isWithin(apex) else {
            throw refuse(
                record.name, .unsupported, "is not in zone \(apex)", "give it another name")
        }
        if case .txt(let strings) = record.data,
            strings.isEmpty || strings.contains(where: { $0.count > 255 })
        {
            throw refuse(record.name, .unsupported, "a text of no or too long strings", "cut it")
        }
        let type = record.data.type
        var sets = nodes[record.name] ?? []
        if let index = sets.firstIndex(where: { $0.type == type }) {
            guard sets[index].ttl == record.ttl else {
                throw refuse(
                    record.name, .unsupported, "records of one type with other times to live",
                    "give them the same")
            }
            if sets[index].data.contains(record.data) { return }
            guard sets[index].data.count < Limits.recordSet.value else {
                throw refuse(
                    record.name, .exhausted,
                    "more than \(Limits.recordSet.value) records of one "
                        + "type", "use several names")
            }
            sets[index].data.append(record.data)
        } else {
            sets.append(
                DNSRecordSet(name: record.name, type: type, ttl: record.ttl, data: [record.data]))
        }
        nodes[record.name] = sets
        var name = record.name
        while name != apex, let parent = name.parent {
            if nodes[parent] == nil { nodes[parent] = [] }
            name = parent
        }
    }

    private static func refuse(
        _ name: DNSName, _ kind: DriverError.Kind, _ cause: String, _ remedy: String
    ) -> DriverError {
        DriverError(
            kind, operation: "publish", subject: "\(name)", cause: cause,
            remedy: remedy.isEmpty ? nil : remedy)
    }

    /// What there is for a question about a name of the zone. A question for anything gets one set
    /// (RFC 8482).
    func find(_ question: DNSQuestion) -> Found {
        guard let sets = nodes[question.name] else { return .noName }
        let set =
            question.type == .any ? sets.first : sets.first { $0.type == question.type }
        return set.map { .records($0) } ?? .noData
    }

    /// The addresses of a name that stands in an answer.
    func hints(for name: DNSName) -> [DNSRecordSet] {
        (nodes[name] ?? []).filter { $0.type == .a || $0.type == .aaaa }
    }

    /// How many names have records.
    public var count: Int { nodes.count { !$0.value.isEmpty } }
}
