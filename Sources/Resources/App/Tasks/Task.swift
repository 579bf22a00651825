extension App {
    /// One replica, ready to run but for what its machine gives.
    public struct Task: Hashable, Sendable {
        /// `<app>-<component>-<replica>`.
        public var name: String
        /// The app.
        public var app: String
        /// The component.
        public var component: String
        /// From 0.
        public var replica: Int
        /// The group it runs for; empty: none.
        public var group = ""
        /// The version of the app.
        public var version = ""
        /// What it runs on.
        public var device: Device
        /// The program and its arguments. While a port is 0 they are templates that
        /// ``started(at:)`` fills; empty: the image's own command.
        public var command: [String]
        /// Its environment: the component's, `TASK`, `REPLICA`, `PORT` and `PORT_<NAME>` of the
        /// ports that are known. Secrets are not in it.
        public var environment = SortedMap<String>()
        /// Its ports by name; 0: the scheduler gives one.
        public var ports = SortedMap<Int>()
        /// The app's folder.
        public var directory: String?
        /// The image it runs.
        public var image: String?
        /// Names of resources of type `volume`, by path.
        public var volumes = SortedMap<String>()
        /// Names of resources of type `config`, by path.
        public var configs = SortedMap<String>()
        /// Names of resources of type `secret`, by variable or path.
        public var secrets = SortedMap<String>()
        /// How to find out whether it serves.
        public var health: Health?
        /// How it is asked to end.
        public var stop = Stop()
        /// When it is started again.
        public var restart = Restart.always
        /// When it runs, when it is a job.
        public var schedule: Component.Schedule?
        /// Where it may run and would like to.
        public var place = Placement()
        /// What it needs, and in a container is held to.
        public var needs = Needs()
        /// What follows a change of a config or secret.
        public var onChange = Change.restart

        /// A replica of a component that runs `command`.
        public init(
            app: String, component: String, replica: Int, device: Device, command: [String]
        ) {
            name = "\(app)-\(component)-\(replica)"
            self.app = app
            self.component = component
            self.replica = replica
            self.device = device
            self.command = command
        }

        /// Cores it needs.
        public var cpu: Double? { needs.cpu }

        /// Bytes of memory it needs.
        public var memory: Int64? { needs.memory }
    }
}

extension App.Task {
    /// True when the scheduler has yet to give it a port.
    public var awaitsPorts: Bool { ports.entries.contains { $0.value == 0 } }

    /// The task with the ports its assignment gave, in its command and environment. A port it
    /// names itself stays.
    public func started(at given: SortedMap<Int>) throws(AppError) -> App.Task {
        guard awaitsPorts else { return self }
        var task = self
        for (name, port) in ports.entries where port == 0 {
            guard let chosen = given[name], (1...65_535).contains(chosen) else {
                throw AppError(
                    ["ports", name], found: "\(self.name) has no port yet",
                    expected: "the scheduler gives one with the assignment")
            }
            task.ports[name] = chosen
        }
        for (key, value) in Self.variables(of: task.ports).entries {
            task.environment[key] = value
        }
        do throws(CommandTemplate.Fault) {
            task.command = try command.map { (word) throws(CommandTemplate.Fault) in
                try CommandTemplate.fill(word, with: task.environment)
            }
        } catch {
            throw AppError(["command"], found: error.found, expected: error.expected)
        }
        return task
    }

    /// The words of a command, such as a health check's, with the variables of the task.
    public func words(of command: String) throws(AppError) -> [String] {
        do throws(CommandTemplate.Fault) {
            return try CommandTemplate(command).words(
                with: environment, waiting: Self.waiting(ports))
        } catch {
            throw AppError(["command"], found: error.found, expected: error.expected)
        }
    }

    /// The variables that tell a program its ports: of those that are known.
    static func variables(of ports: SortedMap<Int>) -> SortedMap<String> {
        var variables = SortedMap<String>()
        for (name, port) in ports.entries where port != 0 {
            variables[variable(of: name)] = String(port)
        }
        if let main = main(ports), main.port != 0 { variables["PORT"] = String(main.port) }
        return variables
    }

    /// The variables that wait for the scheduler's ports.
    static func waiting(_ ports: SortedMap<Int>) -> Set<String> {
        var names = Set(ports.entries.filter { $0.value == 0 }.map { variable(of: $0.key) })
        if main(ports)?.port == 0 { names.insert("PORT") }
        return names
    }

    /// With several ports, the one named http, else the first by name.
    private static func main(_ ports: SortedMap<Int>) -> (name: String, port: Int)? {
        if let port = ports["http"] { return ("http", port) }
        return ports.entries.first.map { ($0.key, $0.value) }
    }

    private static func variable(of port: String) -> String {
        "PORT_" + port.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
}
