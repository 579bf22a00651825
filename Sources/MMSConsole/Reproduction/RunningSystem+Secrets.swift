internal import Host
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import Trust

extension RunningSystem {
    /// What no copy may have in it: the private keys, every secret that this machine can open,
    /// tokens, and the names by which it is known.
    func secrets() throws(ReproductionError) -> [KnownSecret] {
        let key = node.apps.devices.key
        var found = key.secrets.map { KnownSecret("the \($0.name) key", $0.key) }
        do throws(GraphError) {
            let reader = try node.circle.graph.reader()
            for secret in try reader.resources(of: AppTypes.secret.name, below: .root) {
                if let known = opened(secret, by: key) { found.append(known) }
            }
            for token in try reader.resources(of: CoreTypes.token.name, below: .root) {
                guard let digest = token.data["digest"]?.bytes else { continue }
                found.append(
                    KnownSecret("the digest of token \(token.name)", SecretBytes(copying: digest)))
            }
        } catch {
            throw ReproductionError(
                .failed, operation: "look for secrets in", subject: error.subject,
                cause: error.cause, remedy: "see pisces status")
        }
        return found + names
    }

    /// A secret that is not sealed to this machine is not known to it, and cannot be in its copy.
    private func opened(_ secret: Resource, by key: MachineKey) -> KnownSecret? {
        let name = SecretName(namespace: secret.namespace, name: secret.name)
        guard let sealed = try? SealedValue(secret.data["sealed"] ?? .null, of: name),
            let content = try? sealed.open(
                with: key, as: name, version: secret.data["version"]?.int ?? 0)
        else { return nil }
        return KnownSecret("secret \(name)", content)
    }

    private var names: [KnownSecret] {
        // A machine without the file has no such name.
        let machine = (try? LinuxFiles().text("/etc/machine-id", atMost: 256)) ?? nil
        let texts = [
            ("the machine id", machine.map { String($0.prefix { $0 != "\n" }) }),
            ("the host name", LinuxSystem.hostName), ("the name of the node", node.name),
            ("the cluster", node.identity.cluster.description),
            ("the fleet log", node.identity.fleetLog.description),
            ("the machine log", node.identity.machineLog.description),
        ]
        return texts.compactMap { label, text in
            guard let text, !text.isEmpty else { return nil }
            return KnownSecret(label, SecretBytes(copying: Array(text.utf8)), isName: true)
        }
    }
}
