/// Bounds of placing, budgets, plans and grants.
extension Limits {
    /// The first port that the scheduler gives to a task that takes any.
    public static let automaticPortFirst = Limit(
        name: "first automatic port", unit: "port", value: 20_000, range: 1024...65_000,
        why: "below the ports that Linux gives to outgoing connections, 32768 and up")
    /// The last port that the scheduler gives to a task that takes any.
    public static let automaticPortLast = Limit(
        name: "last automatic port", unit: "port", value: 29_999, range: 1024...65_535,
        why: "below the ports that Linux gives to outgoing connections, 32768 and up")
    /// Tasks placed in one turn of the scheduler.
    public static let placementsInTurn = Limit(
        name: "placements in one turn", unit: "tasks", value: 2000, range: 1...2500,
        why: "the assignments of a turn are one batch of at most 1 MiB; the rest follows at once")
    /// Machines that are named in the explanation of a task that found no place.
    public static let refusalsNamed = Limit(
        name: "machines named in a refusal", unit: "machines", value: 32, range: 1...1000,
        why: "people read a screen of them; the others are counted")
    /// Sets of placement rules whose machines the scheduler remembers.
    public static let placementIndexes = Limit(
        name: "placement indexes", unit: "sets of rules", value: 256, range: 1...4096,
        why: "each takes 12 bytes for every machine")
    /// Looks that a plan takes ahead.
    public static let planLooks = Limit(
        name: "looks of a plan", unit: "looks", value: 2000, range: 10...100_000,
        why: "a rolling update takes some for each replica; beyond it nobody waits for a plan")

    static let placing = [
        automaticPortFirst, automaticPortLast, placementsInTurn, refusalsNamed, placementIndexes,
        planLooks,
    ]
}
