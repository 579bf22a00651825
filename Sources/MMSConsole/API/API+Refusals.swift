internal import Host
internal import Node
internal import Resources
internal import ZeroProcs

extension API {
    /// What this node refused, for administrators: who asked for what, and why it was not done.
    func refusals(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        guard request.caller.may(.admin, CoreTypes.token.name, in: .root) else {
            throw forbidden(request.caller, "read", "the journal of refusals")
        }
        let since = try request["since"].map { (text) throws(Refusal) in
            guard let since = moment(text) else {
                throw malformed("since \(printable(text))", "must be a time, or an age as -1h")
            }
            return since
        }
        let limit = min(try limit(request) ?? 100, Limits.listPage.value)
        do throws(DiskError) {
            let found = try node.refusals.read(since: since, limit: limit)
            return .json { writer in
                writer.object { writer in
                    writer.member("node", node.name)
                    writer.member("items", .list(found.lines))
                    writer.member("damaged", Int64(found.damaged))
                }
            }
        } catch {
            throw Refusal(
                .unavailable, filter: "disk", subject: "the journal of refusals",
                reason: error.description)
        }
    }

    /// Keeps that a request to change something was refused before it was a batch.
    func keep(_ refusal: Refusal, _ verb: Verb, _ request: HTTPRequest) {
        guard verb.route?.method != "GET" else { return }
        node.refusals.note(
            refusal, ofRequest: "\(verb.operation)", by: request.caller.identity)
    }
}
