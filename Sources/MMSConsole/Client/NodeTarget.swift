internal import Host
internal import Resources

/// Which node a command of the CLI speaks to.
struct NodeTarget {
    let address: StreamSocket.Address
    let token: String?
    /// As shown in messages.
    let display: String

    /// The node named by `--node`, `PISCES_NODE`, `--state`, `PISCES_STATE`, or the default state
    /// directory, in this order.
    init(_ invocation: Invocation, environment: [String: String]) throws(ClientError) {
        let token = invocation["token"] ?? environment["PISCES_TOKEN"]
        if let url = invocation["node"] ?? environment["PISCES_NODE"], invocation["state"] == nil {
            try self.init(url: url, token: token)
            return
        }
        self.init(
            directory: StateDirectory.path(invocation["state"], environment: environment))
    }

    private init(directory: String) {
        address = .unix(path: directory + "/pisces.sock")
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
    /// `XDG_STATE_HOME`.
    static func path(_ named: String?, environment: [String: String]) -> String {
        if let named = named ?? environment["PISCES_STATE"] { return named }
        if LinuxSystem.userID == 0 { return "/var/lib/pisces" }
        let base = environment["XDG_STATE_HOME"] ?? (environment["HOME"] ?? "") + "/.local/state"
        return base + "/pisces"
    }
}
