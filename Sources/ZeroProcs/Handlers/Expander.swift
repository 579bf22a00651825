public import Resources

/// Turns apps into tasks: one per component and replica, named `app-component-index`.
/// A pure function of the apps and the tasks there are.
public struct Expander: Sendable {
    /// The expander.
    public init() {}

    /// The commands that make the tasks what the apps say.
    public func commands(
        apps: [Resource], tasks: [Resource], identify: () -> Identifier
    ) -> [Command] {
        var commands: [Command] = []
        for app in apps {
            let mine = tasks.filter { $0.owner == app.id }
            var known = Dictionary(grouping: mine, by: \.name.text).compactMapValues(\.first)
            for (name, data) in Self.tasks(of: app) {
                if let task = known.removeValue(forKey: name) {
                    guard task.data != data else { continue }
                    var update = Update(id: task.id, expect: task.revision, data: data)
                    update.replaces = true
                    update.links = task.links
                    for (key, value) in task.tags.entries { update.tags[key] = .some(value) }
                    commands.append(.update(update))
                } else if let name = try? ResourceName(name) {
                    commands.append(.create(draft(name, data, of: app, id: identify())))
                }
            }
            for task in known.values.sorted(by: { $0.name < $1.name }) {
                commands.append(.delete(id: task.id, expect: task.revision))
            }
        }
        return commands
    }

    private func draft(
        _ name: ResourceName, _ data: ValueMap, of app: Resource, id: Identifier
    ) -> Draft {
        var draft = Draft(
            id: id, type: CoreTypes.known("task"), namespace: app.namespace, name: name, data: data,
            links: ["OF": [app.id]], owner: app.id)
        draft.tags["app"] = app.name.text
        draft.cost.cpu = data["cpu"]?.number ?? 0
        draft.cost.memory = data["memory"]?.number ?? 0
        return draft
    }

    /// Name and fields of each task of an app, in order. `$NAME` in a command stands for a port
    /// or an environment value of the task; ports rise with the replica.
    static func tasks(of app: Resource) -> [(name: String, data: ValueMap)] {
        var tasks: [(name: String, data: ValueMap)] = []
        for (component, value) in app.data["components"]?.map?.entries ?? [] {
            guard let fields = value.map else { continue }
            for replica in 0..<max(0, fields["count"]?.int ?? 1) {
                let name = "\(app.name)-\(component)-\(replica)"
                var data: ValueMap = [
                    "app": .text(app.name.text), "component": .text(component),
                    "replica": .int(replica),
                ]
                for key in ["device", "cpu", "memory", "directory"] { data[key] = fields[key] }
                let ports = Self.ports(fields, replica: replica)
                var environment = fields["env"]?.map ?? [:]
                environment["PISCES_TASK"] = .text(name)
                for (port, number) in ports.entries {
                    let key = ports.count == 1 ? "PORT" : "PORT_\(port.uppercased())"
                    environment[key] = .text(Rendered.number(number))
                }
                if !ports.isEmpty { data["ports"] = .map(ports) }
                data["environment"] = .map(environment)
                data["command"] = .list(
                    (fields["command"]?.list ?? []).compactMap(\.text).map {
                        .text(Rendered.text($0, environment))
                    })
                tasks.append((name, data))
            }
        }
        return tasks
    }

    private static func ports(_ fields: ValueMap, replica: Int64) -> ValueMap {
        SortedMap(
            (fields["ports"]?.map?.entries ?? []).compactMap { name, value in
                value.int.map { (name, .int($0 + replica)) }
            })
    }

    private enum Rendered {
        static func number(_ value: Value) -> String { value.int.map(String.init) ?? "" }

        static func text(_ template: String, _ environment: ValueMap) -> String {
            var text = template
            let names = environment.keys.sorted { $0.count > $1.count }
            for name in names {
                guard let value = environment[name]?.text else { continue }
                text = replacing("$" + name, in: text, with: value)
            }
            return text
        }

        private static func replacing(
            _ word: String, in text: String, with value: String
        ) -> String {
            var result = ""
            var rest = text[...]
            while let found = rest.firstRange(of: word) {
                result += rest[..<found.lowerBound] + value
                rest = rest[found.upperBound...]
            }
            return result + rest
        }
    }
}
