internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// The logs of this node and what they are mounted on.
extension API {
    func listLogs(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        guard request.caller.may(.read, MountedLog.type.name, in: .root) else {
            throw forbidden(request.caller, "read", "log")
        }
        let logs = try node.fleet.logs()
        return .json { write("items", logs, &$0) }
    }

    /// Gives a namespace a log of its own. Asked again for one that has it under that name, it says
    /// so and changes nothing.
    func mountLog(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        guard let path = request["mount"] else {
            throw malformed("mount", "must be a namespace, as /prod")
        }
        let mount: Namespace
        do throws(NameError) { mount = try Namespace(path) } catch {
            throw malformed("mount \(printable(path))", error.reason)
        }
        let name = try resourceName(
            request["name"] ?? String(mount.path.dropFirst().replacing("/", with: "-")))
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(MountedLog.type.name, name, in: .root)
        }
        if known?.data["mount"]?.text != mount.path {
            let draft = Draft(
                id: entropy.identifier(at: clock.now), type: MountedLog.type.name,
                namespace: .root, name: name, data: ["mount": .text(mount.path)])
            let batch = Batch([.create(draft)], reason: request["reason"] ?? "pisces log mount")
            _ = try node.circle.propose(
                Proposal(caller: request.caller, batch: batch, time: clock.now)
            ).get()
            node.circle.awaitMounts()
        }
        return try listLogs(request)
    }
}
