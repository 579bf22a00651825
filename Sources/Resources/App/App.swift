/// An application as an app file describes it (Docs/app-file.md): components, each of so many
/// replicas, and what belongs to them.
public struct App: Hashable, Sendable {
    /// Its name, a DNS label.
    public var name: String
    /// Its version.
    public var version: String
    /// What it is for.
    public var summary: String?
    /// The folder its programs are in, absolute; containers see it read-only as `/app`.
    public var directory: String?
    /// SHA-256 of the bundle it was installed from.
    public var bundle: [UInt8]?
    /// SHA-256 of `canonicalBytes`, when somebody who has the means computed it.
    public var digest: [UInt8]?
    /// Its components in order of their names.
    public var components: [Component]
    /// Its services in order of their names.
    public var services: [Service] = []
    /// Its volumes in order of their names.
    public var volumes: [Volume] = []
    /// The operations it offers, in order of their names.
    public var capabilities: [Capability] = []

    /// An app of nothing but components, which are put in order.
    public init(name: String, version: String, components: [Component]) {
        self.name = name
        self.version = version
        self.components = components.sorted { $0.name < $1.name }
    }

    /// What a process runs on: plainly on the host, or in a container of the OCI runtime.
    public enum Device: String, Hashable, Sendable, CaseIterable { case host, oci }

    /// What is run, with its variables as written.
    public enum Run: Hashable, Sendable {
        /// A program of the app's folder, in a container.
        case native(String)
        /// A program of the machine, plainly.
        case host(String)
        /// An OCI image, with its own command when none is given.
        case image(String, command: String?)

        /// What it runs on.
        public var device: Device {
            switch self {
            case .host: .host
            case .native, .image: .oci
            }
        }

        /// The command as written; nil for an image's own.
        public var command: String? {
            switch self {
            case .native(let command), .host(let command): command
            case .image(_, let command): command
            }
        }

        /// The image, when it is one.
        public var image: String? { if case .image(let image, _) = self { image } else { nil } }
    }

    /// When a task is started again.
    public enum Restart: String, Hashable, Sendable, CaseIterable {
        case always, never
        case onFailure = "on-failure"
    }

    /// A signal that a program may be sent.
    public enum Signal: String, Hashable, Sendable, CaseIterable {
        case hangup = "HUP"
        case interrupt = "INT"
        case quit = "QUIT"
        case kill = "KILL"
        case user1 = "USR1"
        case user2 = "USR2"
        case terminate = "TERM"
        case windowChange = "WINCH"

        /// Its number on Linux, the same on x86-64 and arm64 (signal(7)).
        public var number: Int32 {
            switch self {
            case .hangup: 1
            case .interrupt: 2
            case .quit: 3
            case .kill: 9
            case .user1: 10
            case .user2: 12
            case .terminate: 15
            case .windowChange: 28
            }
        }
    }

    /// What follows when a config or secret of a task changed.
    public enum Change: Hashable, Sendable {
        /// The task is started again.
        case restart
        /// Files are replaced and the task is sent a signal.
        case signal(Signal)

        /// `restart`, or `signal HUP`.
        public var text: String {
            switch self {
            case .restart: "restart"
            case .signal(let signal): "signal " + signal.rawValue
            }
        }

        /// Reads what `text` gave.
        public init?(text: String) {
            if text == "restart" {
                self = .restart
            } else if text.hasPrefix("signal "),
                let signal = Signal(rawValue: String(text.dropFirst(7)))
            {
                self = .signal(signal)
            } else {
                return nil
            }
        }
    }
}
