import Resources
import Testing
import ZeroProcs

/// Machines, tasks and assignments as the tests of placing say them.
struct Fleet {
    private var last: UInt64 = 0

    mutating func id() -> Identifier {
        last += 1
        return Identifier(high: 1, low: last)
    }

    mutating func machine(
        _ name: String, cores: Double = 4, memory: Int64 = 8 << 30, tags: [String: String] = [:],
        change: (inout Offer) -> Void = { _ in }
    ) throws -> Offer {
        var offer = Offer(id: id(), name: try ResourceName(name), cores: cores, memory: memory)
        for (key, value) in tags { offer.labels[key] = value }
        change(&offer)
        return offer
    }

    mutating func task(
        _ name: String, of component: String = "web", cpu: Double = 0.5, memory: Int64 = 64 << 20,
        ports: ValueMap = [:], place: ValueMap = [:], revision: UInt64 = 1,
        change: (inout ValueMap) -> Void = { _ in }
    ) throws -> Resource {
        var data: ValueMap = [
            "app": "shop", "component": .text(component), "replica": 0, "device": "host",
            "cpu": .float(cpu), "memory": .int(memory), "ports": .map(ports), "place": .map(place),
            "command": [],
        ]
        change(&data)
        let draft = Draft(
            id: id(), type: AppTypes.task.name, namespace: .root, name: try ResourceName(name),
            data: data)
        return resource(draft, revision)
    }

    mutating func socket(_ state: String, port: Int64, on machine: String) throws -> Resource {
        let draft = Draft(
            id: id(), type: try TypeName("socket"), namespace: try Namespace.machine(machine),
            name: try ResourceName("tcp-\(port)-\(state)"),
            data: ["protocol": "tcp", "state": .text(state), "localPort": .int(port)])
        return resource(draft, 1)
    }

    mutating func assignment(
        of task: Resource, on machine: Offer, ports: ValueMap = [:], revision: UInt64 = 2
    ) -> Resource {
        resource(
            Draft(
                id: id(), type: AppTypes.assignment.name, namespace: task.namespace,
                name: task.name,
                data: [
                    "task": .text(task.name.text), "machine": .text(machine.name.text),
                    "ports": .map(ports),
                ],
                links: ["OF": [task.id], "ON": [machine.id]], owner: task.id), revision)
    }

    func resource(_ draft: Draft, _ revision: UInt64) -> Resource {
        let moment = Resource.Moment(
            position: Position(revision), time: WallTime(milliseconds: Int64(revision)))
        return Resource(draft: draft, created: moment, changed: moment)
    }

    /// What the scheduler decides, with the machine of each task it places or moves.
    mutating func decide(
        _ tasks: [Resource], _ assignments: [Resource] = [], on machines: [Offer],
        change: (inout Scheduler.Situation) -> Void = { _ in }
    ) -> (places: [String: String], decision: Scheduler.Decision) {
        var situation = Scheduler.Situation(
            tasks: tasks, assignments: assignments, machines: machines)
        change(&situation)
        var fleet = self
        let decision = Scheduler().decide(situation) { fleet.id() }
        self = fleet
        let names = Dictionary(uniqueKeysWithValues: assignments.map { ($0.id, $0.name.text) })
        var places: [String: String] = [:]
        for command in decision.commands {
            switch command {
            case .create(let draft): places[draft.name.text] = draft.data["machine"]?.text
            case .update(let update):
                if let name = names[update.id] { places[name] = update.data["machine"]?.text }
            case .delete: break
            }
        }
        return (places, decision)
    }
}
