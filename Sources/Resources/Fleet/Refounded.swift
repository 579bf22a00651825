/// That a person founded the log of the fleet anew from one machine's copy, because its voters were
/// lost: a resource `refounding` in `/`, and the same between machines and in files.
public struct Refounded: Hashable, Sendable {
    /// The last position of the copy: what the lost voters had behind it is given up.
    public var from: Position
    /// The chain hash there.
    public var chain: [UInt8]
    /// The epoch of what stands behind it: beyond all that the lost voters may have used.
    public var epoch: UInt64
    /// The machine whose copy it was.
    public var machine: ResourceName
    /// The cluster that was given up.
    public var cluster: String
    /// The machines that were given up: they belong no more.
    public var lost: [ResourceName]
    /// Who did it.
    public var by: String

    /// A founding from the copy of `machine`.
    public init(
        from: Position, chain: [UInt8], epoch: UInt64, machine: ResourceName, cluster: String,
        lost: [ResourceName], by: String
    ) {
        self.from = from
        self.chain = chain
        self.epoch = epoch
        self.machine = machine
        self.cluster = cluster
        self.lost = lost
        self.by = by
    }

    /// Its type.
    public static let type = TypeDefinition(
        name: CoreTypes.known("refounding"),
        summary: "The fleet log was founded anew from a copy, because its voters were lost.",
        role: .system, writer: "fleet",
        fields: [
            .init("from", .int, "The last position of the copy.", required: true),
            .init("chain", .bytes, "The chain hash there.", required: true),
            .init("epoch", .int, "The epoch of what stands behind it.", required: true),
            .init("machine", .text, "The machine whose copy it was.", required: true),
            .init("cluster", .text, "The cluster that was given up.", required: true),
            .init("lost", .list, "The machines that were given up."),
            .init("by", .text, "Who did it.", required: true),
        ], columns: ["from", "machine", "lost", "by"])

    /// The resource's data.
    public var data: ValueMap {
        [
            "from": .int(Int64(clamping: from.rawValue)), "chain": .bytes(chain),
            "epoch": .int(Int64(clamping: epoch)),
            "machine": .text(machine.text), "cluster": .text(cluster),
            "lost": .list(lost.map { .text($0.text) }), "by": .text(by),
        ]
    }

    /// Reads the resource's data; nil when something is missing.
    public init?(data: ValueMap) {
        guard let from = data["from"]?.int, from >= 0, let chain = data["chain"]?.bytes,
            let epoch = data["epoch"]?.int, epoch >= 0,
            let machine = data["machine"]?.text.flatMap({ try? ResourceName($0) }),
            let cluster = data["cluster"]?.text, let by = data["by"]?.text
        else { return nil }
        let lost = data["lost"]?.list?.compactMap { $0.text.flatMap { try? ResourceName($0) } }
        self.init(
            from: Position(UInt64(from)), chain: chain, epoch: UInt64(epoch), machine: machine,
            cluster: cluster, lost: lost ?? [], by: by)
    }

    /// What those are told who write on a machine that was left behind.
    public var refusal: Refusal {
        Refusal(
            .readOnly, filter: "fleet", subject: "log /",
            reason: "\(by) founded it anew from the copy on \(machine), which went to position "
                + "\(from), without this machine",
            remedy: "keep this state directory for what it has behind \(from), and join anew with "
                + "an empty one: pisces node invite on \(machine), pisces node join here")
    }
}
