internal import Host
internal import Resources

/// The command line as a whole: reads the words, runs the verb, gives the exit code (design/08).
public enum Console {
    /// What `pisces up` was asked.
    public struct UpOptions: Sendable {
        /// Where the node keeps its state.
        public var directory: String
        /// Where the API listens.
        public var listen: String
        /// Where Bolt listens.
        public var bolt: String
        /// The machine's name; nil for the host name.
        public var name: String?
        /// Where other nodes reach it; nil for a machine alone.
        public var bus: String?
        /// True to return once the node is ready.
        public var background: Bool
    }

    /// Runs the command line behind `pisces`; `up` starts a node and runs until it stops.
    public static func run(
        _ words: [String], environment: [String: String], up: (UpOptions) -> Int32
    ) -> Int32 {
        let screen = Screen(environment: environment)
        do {
            if words.isEmpty || ["help", "--help", "-h"].contains(words[0]) {
                screen.write(Help.overview)
                return 0
            }
            let invocation = try Invocation(words)
            if invocation.has("help") {
                screen.write(Help.page(invocation.verb))
                return 0
            }
            return try run(invocation, environment, screen, up)
        } catch let error as UsageError {
            screen.note("pisces: \(error.message)\nTry pisces --help")
            return 2
        } catch let error as ClientError {
            screen.note("pisces: \(error.message)")
            return error.exitCode
        } catch {
            screen.note("pisces: \(error)")
            return 1
        }
    }

    private static var api: String { "127.0.0.1:7117" }

    /// Beside the usual port of the API the usual port of Bolt; beside another, a free one.
    private static func bolt(beside listen: String?) -> String {
        guard let listen, listen != api else { return "127.0.0.1:7687" }
        return listen.prefix { $0 != ":" } + ":0"
    }

    private static func run(
        _ invocation: Invocation, _ environment: [String: String], _ screen: Screen,
        _ up: (UpOptions) -> Int32
    ) throws -> Int32 {
        switch invocation.verb.operation {
        case .up:
            let directory = StateDirectory.path(invocation["state"], environment: environment)
            if invocation["state"] != nil {
                LastNode(environment: environment)?.remember(directory)
            }
            return up(
                UpOptions(
                    directory: directory,
                    listen: invocation["listen"] ?? Self.api,
                    bolt: invocation["bolt"] ?? Self.bolt(beside: invocation["listen"]),
                    name: invocation["name"], bus: invocation["bus"],
                    background: invocation.has("background")))
        case .completions:
            screen.write(try Completions.script(for: invocation.positionals[0]))
            return 0
        case .nodeJoin:
            try NodeJoining(invocation: invocation, environment: environment, screen: screen).run()
            return 0
        case .appInit, .appCheck, .appSchema:
            try AppDrafting(invocation: invocation, screen: screen).run()
            return 0
        case .imageBuild:
            try ImageBuilding(invocation: invocation, screen: screen).run()
            return 0
        default:
            let target = try NodeTarget(invocation, environment: environment)
            let cli = CLI(
                invocation: invocation, environment: environment, screen: screen,
                client: try APIClient(target))
            return try cli.run()
        }
    }
}
