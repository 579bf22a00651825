internal import MMSGraph
internal import Resources

/// Decides whether a caller may change a resource of a type in a namespace. Everything that is
/// not allowed is refused.
struct PermissionFilter: Sendable {
    /// Refuses a command when `caller` may not propose it at `now` on the state `graph`.
    func check(
        _ command: Command, on subject: CommandSubject, by caller: Caller,
        _ graph: some GraphReader, now: WallTime
    ) throws(Refusal) {
        guard let name = subject.type, let namespace = subject.namespace else { return }
        switch caller.right {
        case .system: return
        case .none: throw refusal(subject.address, "\(caller.identity) has no rights here")
        case .administrator: break
        case .token, .proven:
            let rights = try rights(of: caller, on: graph, now: now)
            let verb = Grant.Verb.changing(name)
            guard rights.contains(where: { $0.allows(verb, name, in: namespace) }) else {
                throw lacking(verb, name, namespace, subject.address, caller)
            }
            try checkPassing(command, on: subject, rights, caller)
        }
        // Who deletes a dead letter has it tried again; nobody but its handler writes one.
        if case .delete = command, name == DeadLetter.type.name { return }
        let type = try reading { () throws(GraphError) in try graph.type(name) }
        if let type, type.writer != "people" {
            throw refusal(
                subject.address, "resources of type \(type.name) are written by \(type.writer)",
                remedy: type.role == .observed
                    ? "change what it observes" : "change the desired resource behind it")
        }
    }

    /// What a caller may do now: a token that ended while its caller was known is worth nothing.
    private func rights(
        of caller: Caller, on graph: some GraphReader, now: WallTime
    ) throws(Refusal) -> [Grant] {
        var rights: [Grant] = []
        if case .token(let own) = caller.right {
            if !own.holds(at: now) {
                throw refusal(
                    caller.identity.text, "the token has expired",
                    remedy: "make one with pisces token")
            }
            rights.append(own)
        }
        return rights + (try caller.grants(on: graph, now: now))
    }

    /// Nobody passes on more than they have: what a grant or token gives must be covered.
    private func checkPassing(
        _ command: Command, on subject: CommandSubject, _ rights: [Grant], _ caller: Caller
    ) throws(Refusal) {
        let data: ValueMap
        switch command {
        case .create(let draft): data = draft.data
        case .update(let update):
            guard let resource = subject.resource else { return }
            data = update.replaces ? update.data : resource.data.merging(update.data)
        case .delete: return
        }
        let given: Grant?
        if subject.type == AppTypes.grant.name {
            given = Grant(data)
        } else if subject.type == CoreTypes.token.name {
            given = Grant(token: data)
        } else {
            return
        }
        guard let given else {
            throw refusal(subject.address, "is no right that can be understood")
        }
        if rights.contains(where: { $0.verbs.contains(.admin) && $0.covers(given) }) { return }
        throw refusal(
            subject.address, "would give more than \(caller.identity) has",
            remedy: "name fewer verbs or types, a prefix inside your own, an earlier end")
    }

    private func lacking(
        _ verb: Grant.Verb, _ type: TypeName, _ namespace: Namespace, _ subject: String,
        _ caller: Caller
    ) -> Refusal {
        if case .token(let own) = caller.right {
            guard own.verbs.contains(verb) || own.verbs.contains(.admin) else {
                return refusal(
                    subject,
                    own.verbs == [.read]
                        ? "the token only allows reading"
                        : "the token does not allow to \(verb.rawValue)")
            }
            guard own.prefix.contains(namespace) else {
                return refusal(subject, "the token is for \(own.prefix) and below")
            }
            return refusal(subject, "the token is not for the type \(type)")
        }
        return refusal(
            subject, "\(caller.identity) may not \(verb.rawValue) \(type) in \(namespace)",
            remedy: "an administrator can grant it: a grant with the subject \(caller.identity), "
                + "the verb \(verb.rawValue) and a prefix that holds \(namespace)")
    }

    private func refusal(_ subject: String, _ reason: String, remedy: String? = nil) -> Refusal {
        Refusal(
            .forbidden, filter: "permission", subject: subject, reason: reason, remedy: remedy)
    }
}

extension Grant {
    /// What a token of these fields gives; nil when they are damaged.
    init?(token data: ValueMap) {
        guard let scope = data["scope"]?.text.flatMap(Caller.TokenScope.init(rawValue:)) else {
            return nil
        }
        self.init(scope.verbs, data)
    }
}

/// Runs a read of the graph and turns its failure into a refusal.
func reading<Answer>(_ read: () throws(GraphError) -> Answer) throws(Refusal) -> Answer {
    do throws(GraphError) { return try read() } catch {
        throw Refusal(
            .unavailable, filter: "graph", subject: error.subject,
            reason: "\(error.operation) failed: \(error.cause)", remedy: "look at pisces status")
    }
}
