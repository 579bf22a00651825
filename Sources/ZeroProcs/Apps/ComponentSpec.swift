internal import Crypto
internal import Resources

/// What an app file says of a component, in canonical form.
struct ComponentSpec {
    let map: ValueMap

    /// How many replicas run; of a job there is one.
    var count: Int {
        isJob ? 1 : max(0, Int(clamping: map["count"]?.int ?? 1))
    }
    /// True when it is started at times instead of kept running.
    var isJob: Bool { map["every"] != nil || map["cron"] != nil }
    /// True when its replicas tell whether they are well.
    var hasHealthCheck: Bool { !(map["health"]?.map?.isEmpty ?? true) }
    /// True when a replica that ended well is done.
    var mayEnd: Bool { map["restart"]?.text ?? "always" != "always" }
    /// Where its replicas may run.
    var place: ValueMap { map["place"]?.map ?? [:] }
    /// How its replicas are replaced.
    var update: UpdatePolicy { UpdatePolicy(map["update"]?.map ?? [:]) }

    /// The digest of what a replica runs. How many run, where, and how they are replaced change
    /// without a restart and are left out, as is the version: the same program under another
    /// number is the same program.
    func template(directory: String?, bundle: [UInt8]?) -> [UInt8] {
        var run = map
        for key in ["count", "place", "update"] { run[key] = nil }
        var whole: ValueMap = ["spec": .map(run)]
        whole["directory"] = directory.map { .text($0) }
        whole["bundle"] = bundle.map { .bytes($0) }
        var writer = CBORWriter()
        writer.write(whole)
        return Array(SHA256.hash(data: writer.bytes))
    }
}

/// How the replicas of a component are replaced by those of a newer template.
struct UpdatePolicy {
    /// True when the new replicas stand beside the old ones until all are ready.
    let isBlueGreen: Bool
    /// How many replicas may be not ready at a time.
    let maxUnavailable: Int
    /// True when a failed update goes back to the group before.
    let autoRevert: Bool
    /// Milliseconds without progress after which an update has failed.
    let deadline: Int64

    init(_ map: ValueMap) {
        isBlueGreen = map["strategy"]?.text == "blue-green"
        maxUnavailable = max(1, Int(clamping: map["max-unavailable"]?.int ?? 1))
        autoRevert = map["auto-revert"]?.bool ?? true
        deadline = max(0, map["deadline"]?.int ?? Int64(Limits.rolloutDeadline.value))
    }
}
