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
    static func taking(_ directory: String) throws(NodeError) -> StateLock {
        do throws(StateLock.Failure) { return try StateLock(directory: directory) } catch {
            switch error {
            case .held(let pid):
                throw NodeError(
                    "start a node in", directory,
                    "process \(pid.map(String.init) ?? "unknown") runs one there",
                    remedy: "use it, stop it with pisces down, or name another --state")
            case .system(let operation, let cause):
                throw NodeError(operation, "", cause, remedy: "name another --state")
            }
        }
    }
}
