public import Resources

/// Gives up machines that are silent, and takes them back when they are heard: a pure function of
/// what the holder of the pen has heard.
///
/// A lapse stops nothing on the machine it is about (law 1): it lets others begin. Signs of life
/// stay in memory, only the change is written (law 8).
public struct LapseWatch: Sendable {
    /// The watch.
    public init() {}

    /// What there is.
    public struct Scene: Sendable {
        /// The resources of type `node`.
        public var nodes: [Resource]
        /// The resources of type `lapse`.
        public var lapses: [Resource]
        /// When each machine was heard last by this one.
        public var heard: [ResourceName: Ticks]
        /// This machine, which holds the pen.
        public var holder: ResourceName
        /// The epoch of the pen.
        public var epoch: Int64
        /// Since when it has held the pen: what was silent before counts from then.
        public var since: Ticks
        /// Now.
        public var now: Ticks

        /// A scene.
        public init(
            nodes: [Resource], lapses: [Resource], heard: [ResourceName: Ticks],
            holder: ResourceName, epoch: Int64, since: Ticks, now: Ticks
        ) {
            self.nodes = nodes
            self.lapses = lapses
            self.heard = heard
            self.holder = holder
            self.epoch = epoch
            self.since = since
            self.now = now
        }

        /// How long a machine has been silent, in milliseconds.
        func silence(of machine: ResourceName) -> UInt64 {
            let last = max(heard[machine] ?? since, since)
            return now < last ? 0 : now.nanoseconds(since: last) / 1_000_000
        }
    }

    /// The lapses to make and to end, what is held back and why, and after how many milliseconds
    /// silence alone may change that; nil when only a sign of life can.
    public func plan(
        _ scene: Scene, identify: () -> Identifier
    ) -> (plan: HandlerPlan, again: UInt64?) {
        var plan = HandlerPlan()
        let members = scene.nodes.filter { $0.data["state"]?.text != "removed" }
        let known = Dictionary(
            scene.lapses.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let limit = UInt64(Limits.nodeSilence.value)
        let watched = members.map(\.name).filter { $0 != scene.holder }.sorted()
        let silent = watched.filter { scene.silence(of: $0) >= limit }
        // The holder is not silent to itself.
        let isMost = silent.count * 2 > watched.count + 1
        let patience = isMost ? UInt64(Limits.nodeSilenceOfMost.value) : limit
        var again: UInt64?
        for machine in watched where known[machine] == nil {
            let silence = scene.silence(of: machine)
            if silence >= patience {
                plan.add(
                    "machine \(machine)", [.create(lapse(machine, silence, scene, identify()))],
                    reason(machine, silence))
                continue
            }
            let next = silence < limit ? limit - silence : patience - silence
            again = min(again ?? next, next)
            if silence >= limit {
                plan.waiting.append(
                    "\(machine) is silent, but so are \(silent.count) of \(watched.count + 1) "
                        + "machines: more likely the network is at fault; they are given up after "
                        + "\(patience / 1000) s")
            }
        }
        end(scene, known, Set(watched), &plan)
        return (plan, again)
    }

    private func reason(_ machine: ResourceName, _ silence: UInt64) -> String {
        "\(machine) has been silent for \(silence) ms; the limit is \(Limits.nodeSilence.value) ms"
    }

    private func lapse(
        _ machine: ResourceName, _ silence: UInt64, _ scene: Scene, _ id: Identifier
    ) -> Draft {
        Draft(
            id: id, type: Lapse.type.name, namespace: .root, name: machine,
            data: [
                "machine": .text(machine.text), "silent": .int(Int64(clamping: silence)),
                "by": .text(scene.holder.text), "epoch": .int(scene.epoch),
                "reason": .text(reason(machine, silence)),
            ])
    }

    /// Takes back machines that were heard, and forgets those that are no longer of the fleet. What
    /// this machine has not heard itself stays as it is: it may be new to the pen.
    private func end(
        _ scene: Scene, _ known: [ResourceName: Resource], _ watched: Set<ResourceName>,
        _ plan: inout HandlerPlan
    ) {
        for (machine, lapse) in known.sorted(by: { $0.key < $1.key }) {
            let reason: String
            if machine == scene.holder {
                reason = "\(machine) holds the pen"
            } else if !watched.contains(machine) {
                reason = "\(machine) is no longer of the fleet"
            } else if scene.heard[machine] != nil,
                scene.silence(of: machine) < UInt64(Limits.nodeSilence.value),
                scene.heard[machine] ?? .zero >= scene.since
            {
                reason = "\(machine) is heard again"
            } else {
                continue
            }
            plan.add(
                "machine \(machine)", [.delete(id: lapse.id, expect: lapse.revision)], reason)
        }
    }
}
