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
        let identity: NodeIdentity
        do throws(NameError) {
            identity = try NodeIdentity(
                name: name ?? LinuxSystem.hostName, time: clock.now, entropy: entropy)
        } catch {
            throw NodeError("name", "this node '\(error.text)'", error.reason, remedy: "use --name")
        }
        do throws(LinuxFile.Failure) {
            try LinuxFile.replace(path, with: identity.bytes)
        } catch { throw NodeError("write", path, error.cause) }
        return identity
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
        case .system(let operation, let cause):
            return NodeError(operation, "", cause, remedy: "name another --state")
        }
    }
}
