internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// Rights, as resources of type `grant`.
extension API {
    /// Lets somebody do something somewhere, or changes what a grant of that name says. Who may
    /// grant is the permission filter's to decide.
    func addGrant(_ request: HTTPRequest, name text: String) throws(Refusal) -> HTTPReply {
        let (name, namespace) = (try resourceName(text), try namespace(request) ?? .root)
        let type = AppTypes.grant.name
        var data: ValueMap = [
            "subject": .text(try given("subject", in: request)),
            "verbs": .list(try verbs(of: request)),
            "prefix": .text(try prefix(of: request) ?? namespace.path),
        ]
        let types = try (request["types"].map(Self.words) ?? []).map { (word) throws(Refusal) in
            Value.text(try typeName(word).text)
        }
        if !types.isEmpty { data["types"] = .list(types) }
        data["expires"] = try lifetime(of: request).map(Value.int)
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(type, name, in: namespace)
        }
        return try put(type, name, namespace, data, known, request, "pisces grant add")
    }

    private func given(_ parameter: String, in request: HTTPRequest) throws(Refusal) -> String {
        guard let text = request[parameter], !text.isEmpty else {
            throw malformed(parameter, "is missing")
        }
        return text
    }

    private static func words(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }

    private func verbs(of request: HTTPRequest) throws(Refusal) -> [Value] {
        let words = Self.words(try given("verbs", in: request))
        let all = Grant.Verb.allCases.map(\.rawValue)
        for word in words where !all.contains(word) {
            let near = nearest(to: word, among: all).map { "did you mean \($0)?" }
            throw Refusal(
                .malformed, filter: "request", subject: "verbs \(printable(word))",
                reason: "is no verb", remedy: near ?? "write some of \(all.joined(separator: ","))")
        }
        return words.map(Value.text)
    }

    private func prefix(of request: HTTPRequest) throws(Refusal) -> String? {
        guard let text = request["prefix"] else { return nil }
        do throws(NameError) { return try Namespace(text).path } catch {
            throw Refusal(
                .invalidName, filter: "request", subject: "prefix '\(error.text)'",
                reason: error.reason)
        }
    }

    /// When it ends, in milliseconds of wall time; nil when it does not.
    private func lifetime(of request: HTTPRequest) throws(Refusal) -> Int64? {
        guard let text = request["lifetime"] else { return nil }
        guard let age = Age(text) else {
            throw Refusal(
                .malformed, filter: "request", subject: "lifetime \(printable(text))",
                reason: "is no age", remedy: "write it as 30d, 12h, 90m or 60s")
        }
        return clock.now.advanced(byMilliseconds: age.milliseconds).milliseconds
    }
}
