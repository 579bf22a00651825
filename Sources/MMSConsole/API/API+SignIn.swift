internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

extension API {
    /// Makes a token of that name and this machine's that may do everything, in place of the one that
    /// has it: another machine of the fleet has its own.
    func consoleToken(named text: String, milliseconds: Int64) throws(Refusal) -> String {
        let name: ResourceName
        do throws(NameError) { name = try ResourceName("\(text).\(node.name)") } catch {
            throw Refusal(
                .invalidName, filter: "console", subject: "token name '\(error.text)'",
                reason: error.reason)
        }
        let id = entropy.identifier(at: clock.now)
        let random = (0..<4).flatMap { _ in
            let word = entropy.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
        }
        let end = clock.now.advanced(byMilliseconds: milliseconds)
        let data: ValueMap = [
            "digest": .bytes(TokenCheck.digest(random)), "node": .text(node.name),
            "scope": .text(Caller.TokenScope.admin.rawValue), "prefix": "/",
            "expires": .int(end.milliseconds),
        ]
        var commands: [Command] = []
        let old = try reading { () throws(GraphError) in
            try node.circle.graph.reader().resource(CoreTypes.token.name, name, in: .root)
        }
        if let old { commands.append(.delete(id: old.id, expect: old.revision)) }
        commands.append(
            .create(
                Draft(
                    id: id, type: CoreTypes.token.name, namespace: .root, name: name, data: data)))
        let caller = Caller(identity: .system("console"), right: .administrator)
        let outcome = node.circle.fleet.propose(
            Proposal(caller: caller, batch: Batch(commands), time: clock.now))
        _ = try outcome.get()
        return TokenCheck.secret(of: id, random: random)
    }

    /// Ends the node; a machine whose first program it is switches off, or starts anew.
    func down(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        guard request.caller.may(.admin, CoreTypes.token.name, in: node.identity.namespace) else {
            throw Refusal(
                .forbidden, filter: "permission", subject: "\(request.caller.identity)",
                reason: "may not stop the node",
                remedy: "ask on the node's own socket, or with a token of scope admin")
        }
        if request.flag("restart"), !LinuxSystem.isFirstProcess {
            throw Refusal(
                .malformed, filter: "request", subject: "restart",
                reason: "this node is a process of a host, which it cannot start anew",
                remedy: "leave it out, and start the node again with pisces up", field: "restart")
        }
        let word =
            !LinuxSystem.isFirstProcess
            ? "stopping"
            : request.flag("restart") ? "restarting" : "switching off"
        return .json { writer in
            writer.object { writer in
                writer.member("message", "\(word) \(node.name)")
                writer.member("pid", Int64(LinuxSystem.processID))
            }
        }
    }
}
