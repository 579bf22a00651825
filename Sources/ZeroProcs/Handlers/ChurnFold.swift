public import MMSGraph
public import Resources

/// Folds what came and went into counters: a build host starts a million processes an hour, and
/// who looks back later asks how often a program ran, not which numbers its processes had.
///
/// A pure function of what ended and the counters so far.
public struct ChurnFold: Sendable {
    /// The name of its cursor in the machine log.
    public static let name = "churn fold"

    /// The counters of one program or listener.
    public static let activity = TypeDefinition(
        name: known("activity"), summary: "How often a program ran or a listener was called.",
        role: .observed, writer: name,
        fields: [
            .init(
                "of", .text, "What was counted.", indexed: true, required: true,
                oneOf: ["process", "socket"]),
            .init("ended", .int, "How many have ended and were folded."),
            .init("failed", .int, "Of these, how many ended by a signal or a code other than 0."),
            .init("runtime", .int, "The time they lived, together.", unit: "ms"),
            .init("since", .int, "When the first of them ended.", unit: "ms since 1970"),
            .init("until", .int, "When the last of them ended.", unit: "ms since 1970"),
        ],
        ephemeral: 30 * 86_400_000, columns: ["of", "ended", "failed", "runtime", "until"])

    /// How far the churn of a type is folded.
    public static let fold = TypeDefinition(
        name: known("fold"), summary: "How far what churns is folded into counters.",
        role: .observed, writer: name,
        fields: [
            .init("window", .int, "How long each one is kept after its end.", unit: "ms"),
            .init("until", .int, "What ended before is in counters only.", unit: "ms since 1970"),
            .init("ended", .int, "How many were folded."),
        ],
        ephemeral: 30 * 86_400_000, columns: ["window", "until", "ended"])

    /// The name under which what has no place of its own is counted.
    static let rest = "other"
    /// The namespace of the machine.
    public let machine: Namespace

    /// The fold of a machine's churn.
    public init(machine: Namespace) { self.machine = machine }

    /// What one counter gains.
    private struct Gain {
        var of: String
        var ended: Int64 = 0
        var failed: Int64 = 0
        var runtime: Int64 = 0
        var since = Int64.max
        var until: Int64 = 0

        mutating func add(_ other: Gain) {
            ended += other.ended
            failed += other.failed
            runtime += other.runtime
            since = min(since, other.since)
            until = max(until, other.until)
        }
    }

    /// The commands that add what ended to the counters. `window` is how many milliseconds
    /// what ended is kept, `until` the wall time up to which all that ended is in `ended`; at most
    /// `Limits.activities` counters are made.
    public func commands(
        for ended: [(resource: Resource, at: WallTime)], window: Int64,
        until: WallTime, on graph: some GraphReader, known count: Int, identify: () -> Identifier
    ) throws(GraphError) -> [Command] {
        var gains: [String: Gain] = [:]
        var folded: [TypeName: Int64] = [:]
        for (resource, time) in ended {
            folded[resource.type, default: 0] += 1
            let key = Self.subject(of: resource)
            var gain = gains[key] ?? Gain(of: resource.type.text)
            gain.ended += 1
            let code = resource.data["exitCode"]?.int ?? 0
            if code != 0 || resource.data["signal"] != nil { gain.failed += 1 }
            let begun = resource.data["startTime"]?.int ?? resource.created.time.milliseconds
            gain.runtime += max(0, time.milliseconds - begun)
            gain.since = min(gain.since, time.milliseconds)
            gain.until = max(gain.until, time.milliseconds)
            gains[key] = gain
        }
        var commands: [Command] = []
        for (name, gain) in try named(gains, on: graph, room: Limits.activities.value - count) {
            commands.append(try add(gain, to: name, on: graph, identify))
        }
        for (type, number) in folded.sorted(by: { $0.key < $1.key }) {
            commands += try note(type, number, window, until, on: graph, identify)
        }
        return commands
    }

    /// What a resource is counted under: a process under its program, a socket under the port it
    /// was called at or calls, which is the lower one: ports of callers are given by the kernel.
    static func subject(of resource: Resource) -> String {
        let data = resource.data
        if let executable = data["executable"]?.text { return executable }
        if let local = data["localPort"]?.int, let kind = data["protocol"]?.text {
            let remote = data["remotePort"]?.int.flatMap { $0 > 0 ? $0 : nil }
            return "\(kind):\(min(local, remote ?? local))"
        }
        return data["name"]?.text.map { "\(resource.type.text) \($0)" } ?? rest
    }

    /// Gains by the name of their counter: without room for more counters new ones share one.
    private func named(
        _ gains: [String: Gain], on graph: some GraphReader, room: Int
    ) throws(GraphError) -> [(ResourceName, Gain)] {
        var room = room
        var named: [ResourceName: Gain] = [:]
        for (key, gain) in gains.sorted(by: { $0.key < $1.key }) {
            var name = Self.resourceName(key)
            if try graph.resource(Self.activity.name, name, in: machine) == nil {
                if room <= 0 { name = Self.resourceName(Self.rest) }
                room -= 1
            }
            named[name, default: Gain(of: gain.of)].add(gain)
        }
        return named.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func add(
        _ gain: Gain, to name: ResourceName, on graph: some GraphReader,
        _ identify: () -> Identifier
    ) throws(GraphError) -> Command {
        guard let old = try graph.resource(Self.activity.name, name, in: machine) else {
            let data: ValueMap = [
                "of": .text(gain.of), "ended": .int(gain.ended), "failed": .int(gain.failed),
                "runtime": .int(gain.runtime), "since": .int(gain.since),
                "until": .int(gain.until),
            ]
            return .create(
                Draft(
                    id: identify(), type: Self.activity.name, namespace: machine, name: name,
                    data: data))
        }
        let before = { (field: String) in old.data[field]?.int ?? 0 }
        return .update(
            Update(
                id: old.id,
                data: [
                    "ended": .int(before("ended") + gain.ended),
                    "failed": .int(before("failed") + gain.failed),
                    "runtime": .int(before("runtime") + gain.runtime),
                    "until": .int(max(before("until"), gain.until)),
                ]))
    }

    private func note(
        _ type: TypeName, _ number: Int64, _ window: Int64, _ until: WallTime,
        on graph: some GraphReader, _ identify: () -> Identifier
    ) throws(GraphError) -> [Command] {
        let name = Self.resourceName(type.text)
        guard let old = try graph.resource(Self.fold.name, name, in: machine) else {
            let data: ValueMap = [
                "window": .int(window), "until": .int(until.milliseconds), "ended": .int(number),
            ]
            return [
                .create(
                    Draft(
                        id: identify(), type: Self.fold.name, namespace: machine, name: name,
                        data: data))
            ]
        }
        let total = (old.data["ended"]?.int ?? 0) + number
        return [
            .update(
                Update(
                    id: old.id,
                    data: [
                        "window": .int(window), "until": .int(until.milliseconds),
                        "ended": .int(total),
                    ]))
        ]
    }

    /// A resource name of any text; of what cannot be a name the rest.
    private static func resourceName(_ text: String) -> ResourceName {
        for candidate in [text, rest] {
            if let name = try? ResourceName(candidate) { return name }
        }
        preconditionFailure("\(rest) is no name")
    }

    private static func known(_ name: StaticString) -> TypeName { CoreTypes.known(name) }
}
