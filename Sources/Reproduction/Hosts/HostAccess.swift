public import Host
internal import Resources

/// How a host is reached: by the system's `ssh`, which is given no chance to ask. Keys are named by
/// their files and stay there.
public struct HostAccess: Hashable, Sendable {
    /// The file of the private key; nil for those that ssh finds itself.
    public var key: String?
    /// The file of known keys of hosts; nil for that of the user.
    public var knownHosts: String?

    /// Access with these files.
    public init(key: String? = nil, knownHosts: String? = nil) {
        self.key = key
        self.knownHosts = knownHosts
    }

    /// Why a file cannot be named to ssh, whose options have words and expand some; nil when it can.
    public static func flaw(inFile path: String) -> String? {
        guard path.hasPrefix("/"), path.utf8.count <= 1024 else { return "is no absolute path" }
        let odd = path.utf8.contains { $0 < 0x21 || $0 > 0x7E || [0x22, 0x25, 0x5C].contains($0) }
        return odd || path.contains("$") ? "has a space, quote, % or $" : nil
    }

    /// The call of ssh that runs the script of a host there.
    public func launch(to address: HostAddress) throws(ReproductionError) -> Launch {
        for (label, path) in [("key", key), ("known hosts", knownHosts)] {
            guard let path else { continue }
            if let flaw = Self.flaw(inFile: path) {
                throw refusal(path, "the file of the \(label) \(flaw)")
            }
            guard case .file? = LinuxFiles().kind(path) else {
                throw refusal(path, "there is no such file of the \(label)")
            }
        }
        var words = ["-T"]
        for option in options { words += ["-o", option] }
        if let key { words += ["-i", key] }
        if let user = address.user { words += ["-l", user] }
        if let port = address.port { words += ["-p", "\(port)"] }
        words += ["--", address.host, HostScript.command(directory: address.directory)]
        var launch = Launch("ssh", words)
        // What ssh says is told apart by its words.
        launch.environment = ["LC_ALL": "C", "PATH": ExecutablePath.standard]
        return launch
    }

    private var options: [String] {
        var options = [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "ClearAllForwardings=yes",
            "ForwardAgent=no", "ControlMaster=no", "ControlPath=none", "PermitLocalCommand=no",
            "ConnectTimeout=\(Limits.hostConnect.value)",
            "ServerAliveInterval=\(Limits.hostPulse.value)", "ServerAliveCountMax=3",
        ]
        if key != nil { options.append("IdentitiesOnly=yes") }
        if let knownHosts {
            options += ["UserKnownHostsFile=\(knownHosts)", "GlobalKnownHostsFile=/dev/null"]
        }
        return options
    }

    private func refusal(_ path: String, _ cause: String) -> ReproductionError {
        ReproductionError(
            .refused, operation: "reach a host with", subject: printable(path), cause: cause,
            remedy: "name a file of the machine that reaches the host, from / on")
    }
}
