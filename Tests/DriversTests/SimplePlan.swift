import Drivers
import Host
import Resources

/// One thing to do on this machine, with the reason; taking it again changes nothing.
struct Step: Hashable, Sendable {
    /// What is done.
    var action: Action
    /// Why, in words.
    var reason: String

    /// What may be done.
    enum Action: Hashable, Sendable {
        case start(Instance)
        case stop(Identifier, graceMilliseconds: UInt64?)
        case remove(Identifier)
    }

    /// A step.
    init(_ action: Action, reason: String) {
        self.action = action
        self.reason = reason
    }

    /// The instance it is about.
    var instance: Identifier {
        switch action {
        case .start(let instance): instance.id
        case .stop(let id, _), .remove(let id): id
        }
    }
}

/// The steps from what runs to what should run. First stops, then removals, then starts, each in
/// order of identity. An instance starts once: one that ended is not started again but replaced by
/// a new one, when the restart policy says so; until its owner drops it, it stays to be looked at.
func plan(desired: [Instance], observed: [Identifier: InstanceState]) -> [Step] {
    let wanted = Set(desired.map(\.id))
    var stops: [Step] = []
    var removals: [Step] = []
    for id in observed.keys.sorted() where !wanted.contains(id) {
        switch observed[id] {
        case .running(let process, _):
            stops.append(
                Step(
                    .stop(id, graceMilliseconds: nil),
                    reason: "process \(process.pid) runs and is not wanted here"))
        case .ended(let exit, _):
            let how = exit.map(\.description) ?? "unknown status"
            removals.append(Step(.remove(id), reason: "ended (\(how)) and is not wanted here"))
        case .unknown, nil: break
        }
    }
    let starts = desired.sorted { $0.id < $1.id }.filter { observed[$0.id] == nil }.map {
        Step(.start($0), reason: "\($0.name) is wanted and was never started")
    }
    return stops + removals + starts
}
