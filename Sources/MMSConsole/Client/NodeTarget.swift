internal import Host
internal import Resources

/// Which node a command of the CLI speaks to.
struct NodeTarget {
    let address: StreamSocket.Address
    let token: String?
    /// As shown in messages.
    let display: String

    /// The node named by `--node`, `PISCES_NODE`, `--state` or `PISCES_STATE`, in this order; else
    /// the one of the default state directory, and where none is there that of ``LastNode``.
    init(_ invocation: Invocation, environment: [String: String]) throws(ClientError) {
        let token = invocation["token"] ?? environment["PISCES_TOKEN"]
        if let url = invocation["node"] ?? environment["PISCES_NODE"], invocation["state"] == nil {
            try self.init(url: url, token: token)
            return
        }
        let named = invocation["state"] ?? environment["PISCES_STATE"]
        let directory = StateDirectory.path(named, environment: environment)
        if named == nil, !StateDirectory.hasSocket(directory),
            let last = LastNode(environment: environment)?.directory
        {
            self.init(directory: last)
        } else {
            self.init(directory: directory)
        }
    }

    private init(directory: String) {
        address = .unix(path: StateDirectory.socket(directory))
        token = nil
        display = directory
    }

    private init(url: String, token: String?) throws(ClientError) {
        let rest = url.hasPrefix("http://") ? url.dropFirst(7) : url[...]
        let authority = rest.prefix { $0 != "/" }
        let halves = authority.split(separator: ":")
        guard halves.count == 2, let port = UInt16(halves[1]) else {
            throw .usage("--node must be http://HOST:PORT, not \(printable(url))")
        }
        guard let token else { throw .usage("--node needs --token; make one with pisces token") }
        address = .tcp(host: String(halves[0]), port: port)
        self.token = token
        display = String(authority)
    }
}

/// Where a node keeps its state.
enum StateDirectory {
    /// The directory named, or the default: `/var/lib/pisces` for root, else below
    /// `XDG_STATE_HOME`. It begins with a slash: programs that the node starts work elsewhere.
    static func path(_ named: String?, environment: [String: String]) -> String {
        if let named = named ?? environment["PISCES_STATE"] { return whole(named) }
        if LinuxSystem.userID == 0 { return "/var/lib/pisces" }
        let base = environment["XDG_STATE_HOME"] ?? (environment["HOME"] ?? "") + "/.local/state"
        return base + "/pisces"
    }

    private static func whole(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        let parts = path.split(separator: "/").filter { $0 != "." }
        return ([LinuxSystem.workingDirectory] + parts.map(String.init)).joined(separator: "/")
    }

    /// Where the node of a directory listens for local commands.
    static func socket(_ directory: String) -> String { directory + "/pisces.sock" }

    /// True when a node listens there, or did when it ended without a word.
    static func hasSocket(_ directory: String) -> Bool {
        LinuxFiles().kind(socket(directory)) != nil
    }
}
