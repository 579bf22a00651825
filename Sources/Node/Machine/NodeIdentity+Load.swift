internal import Host
internal import Resources

extension NodeIdentity {
    /// Reads the identity of a state directory, or makes it there.
    static func load(
        directory: String, name: String?, _ clock: LinuxClock, _ entropy: LinuxEntropy
    ) throws(NodeError) -> NodeIdentity {
        let path = directory + "/identity.json"
        if let bytes = try? LinuxFile.read(path) {
            guard let identity = NodeIdentity(bytes: bytes) else {
                throw NodeError(
                    "read", path, "it is damaged", remedy: "restore it from a copy of the directory"
                )
            }
            if let name, name != identity.name {
                throw NodeError(
                    "rename", "this node to \(printable(name))", "it is \(identity.name) for ever",
                    remedy: "leave out --name, or use another --state")
            }
            return identity
        }
        let identity = try made(name ?? LinuxSystem.hostName, clock, entropy)
        try identity.write(directory)
        return identity
    }

    /// Writes the identity of a node that was let into the fleet `cluster`, whose log is `log`.
    static func save(
        joining cluster: Identifier, log: Identifier, name: String, directory: String,
        _ clock: LinuxClock, _ entropy: LinuxEntropy
    ) throws(NodeError) {
        var identity = try made(name, clock, entropy)
        identity.cluster = cluster
        identity.fleetLog = log
        try identity.write(directory)
    }

    private static func made(
        _ name: String, _ clock: LinuxClock, _ entropy: LinuxEntropy
    ) throws(NodeError) -> NodeIdentity {
        do throws(NameError) {
            return try NodeIdentity(name: name, time: clock.now, entropy: entropy)
        } catch {
            throw NodeError("name", "this node '\(error.text)'", error.reason, remedy: "use --name")
        }
    }

    private func write(_ directory: String) throws(NodeError) {
        let path = directory + "/identity.json"
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(path, with: bytes)
        } catch { throw NodeError("write", path, error.cause) }
    }
}

extension StateLock {
    /// Takes the lock, or says who has it.
    ///
    /// A process that was killed holds its lock until the kernel has torn it down: that is
    /// waited for, boundedly.
    static func taking(_ directory: String) throws(NodeError) -> StateLock {
        let clock = LinuxClock()
        let start = clock.ticks
        while true {
            do throws(StateLock.Failure) { return try StateLock(directory: directory) } catch {
                let waited = clock.ticks.nanoseconds(since: start) / 1_000_000
                if case .held(let pid?) = error,
                    waited < (LinuxSystem.isAlive(pid) ? 250 : 2000)
                {
                    LinuxSystem.pause(milliseconds: 5)
                    continue
                }
                throw refusal(error, directory)
            }
        }
    }

    private static func refusal(_ failure: Failure, _ directory: String) -> NodeError {
        switch failure {
        case .held(let pid):
            return NodeError(
                "start a node in", directory,
                "process \(pid.map(String.init) ?? "unknown") runs one there",
                remedy: "use it, stop it with pisces down, or name another --state")
        case .system(let operation, let path, let cause):
            return NodeError(
                operation, path, cause, remedy: "make that possible, or name another --state")
        }
    }
}
