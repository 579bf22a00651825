public import Resources

/// An application as an app file describes it (design/04): components, each of so many replicas.
public struct App: Hashable, Sendable {
    /// Its name, a DNS label.
    public var name: String
    /// Its version.
    public var version: String
    /// The folder its programs are in, absolute; containers see it read-only as `/app`.
    public var directory: String?
    /// Its components in order of their names.
    public var components: [Component]

    /// A part of an app: replicas of one program.
    public struct Component: Hashable, Sendable {
        /// Its name, a DNS label.
        public var name: String
        /// What it runs on: `native` programs run in a container, `host` programs plainly.
        public var device: Instance.Device
        /// The command with its variables, as written.
        public var command: String
        /// How many run.
        public var count: Int
        /// Cores each replica needs.
        public var cpu: Double?
        /// Bytes of memory each replica needs.
        public var memory: Int64?
        /// Port of the first replica, by name; the n-th has n more.
        public var ports: SortedMap<Int>
        /// Environment of each replica.
        public var environment: SortedMap<String>
    }

    /// One replica, with its command ready to run.
    public struct Task: Hashable, Sendable {
        /// `<app>-<component>-<replica>`.
        public var name: String
        /// The component.
        public var component: String
        /// From 0.
        public var replica: Int
        /// What it runs on.
        public var device: Instance.Device
        /// The program and its arguments.
        public var command: [String]
        /// Its whole environment: the component's, `TASK`, `REPLICA`, `PORT` and `PORT_<NAME>`.
        public var environment: SortedMap<String>
        /// Its ports by name.
        public var ports: SortedMap<Int>
        /// Cores it needs.
        public var cpu: Double?
        /// Bytes of memory it needs.
        public var memory: Int64?
        /// The app's folder.
        public var directory: String?
    }

    /// All replicas of all components.
    public func tasks() throws(AppError) -> [Task] {
        var tasks: [Task] = []
        for component in components {
            for replica in 0..<component.count {
                tasks.append(try task(component, replica))
            }
        }
        return tasks
    }

    private func task(_ component: Component, _ replica: Int) throws(AppError) -> Task {
        let name = "\(name)-\(component.name)-\(replica)"
        let ports = SortedMap(component.ports.entries.map { ($0.key, $0.value + replica) })
        var environment = component.environment
        environment["TASK"] = name
        environment["REPLICA"] = String(replica)
        for (key, port) in ports.entries {
            let variable = key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
            environment["PORT_" + variable] = String(port)
        }
        // With several ports, the one named http, else the first by name.
        if let port = ports["http"] ?? ports.entries.first?.value {
            environment["PORT"] = String(port)
        }
        let template = CommandTemplate(component.command)
        let command: [String]
        do throws(CommandTemplate.Fault) {
            command = try template.words(with: environment)
        } catch {
            throw AppError(
                ["components", component.name, "run"], found: error.found,
                expected: error.expected)
        }
        return Task(
            name: name, component: component.name, replica: replica, device: component.device,
            command: command, environment: environment, ports: ports, cpu: component.cpu,
            memory: component.memory, directory: directory)
    }
}

extension App.Task {
    /// The instance that runs the task.
    public func instance(_ id: Identifier) -> Instance {
        var instance = Instance(id: id, name: name, device: device, command: command)
        instance.environment = environment
        instance.directory = directory
        // Device host promises no limits; there, needs are for the scheduler alone.
        if device == .oci { instance.limits = .init(cpu: cpu, memory: memory) }
        return instance
    }
}

/// Why a description of an app is refused: which part, what is wrong, what to do.
public struct AppError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The keys that lead to the part.
    public var path: [String]
    /// Where it was written, when it came from a file: line and column from 1.
    public var line: Int?
    /// The column.
    public var column: Int?
    /// What was found.
    public var found: String
    /// What was expected, or what to do.
    public var expected: String

    /// An error of the part at `path`.
    public init(_ path: [String], found: String, expected: String) {
        self.path = path
        self.found = found
        self.expected = expected
    }

    public var description: String {
        let place = line.map { "\($0):\(column ?? 1): " } ?? ""
        let part = path.isEmpty ? "" : path.joined(separator: ".") + ": "
        return place + part + found + "; " + expected
    }
}
