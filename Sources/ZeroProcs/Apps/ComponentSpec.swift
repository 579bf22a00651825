internal import Resources

/// What a rollout needs of a component's canonical form (``App/Component/spec``). It is read field
/// by field: a group may be older than this program, and what it says of other things must not
/// keep it from being replaced.
struct ComponentSpec {
    let map: ValueMap

    /// True when it is started at times instead of kept running.
    var isJob: Bool { map["every"] != nil || map["cron"] != nil }
    /// Where its replicas may run.
    var place: ValueMap { map["place"]?.map ?? [:] }
    /// How its replicas are replaced.
    var update: App.Update {
        let given = map["update"]?.map ?? [:]
        var update = App.Update()
        update.strategy =
            given["strategy"]?.text.flatMap(App.Update.Strategy.init(rawValue:)) ?? update.strategy
        update.maxUnavailable =
            given["max-unavailable"]?.int.map { max(1, Int(clamping: $0)) } ?? update.maxUnavailable
        update.autoRevert = given["auto-revert"]?.bool ?? update.autoRevert
        update.deadline = given["deadline"]?.int.map { max(0, $0) } ?? update.deadline
        return update
    }
    /// True when the new replicas stand beside the old ones until all are ready.
    var isBlueGreen: Bool { update.strategy == .blueGreen }
}
