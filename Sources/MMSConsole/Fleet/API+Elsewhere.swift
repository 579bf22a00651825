internal import Cypher
internal import Host
internal import MMSGraph
internal import NIOCore
internal import NIOHTTP1
internal import Node
internal import Resources
internal import ZeroProcs

/// Questions about what is on other machines.
extension API {
    /// Operations that another machine may answer: they read; a plan is made, and carried out,
    /// where the whole fleet is known and decided for.
    private static let forwarded: Set<Operation> = [
        .list, .get, .getByID, .links, .history, .why, .query, .appPlan, .appList,
        .appStatus,
    ]

    /// True when a request may have to wait, or to be passed on: then it is no work for an event
    /// loop.
    func mayWait(_ operation: Operation, _ request: HTTPRequest) -> Bool {
        guard Self.forwarded.contains(operation) else { return false }
        if request["bookmark"] != nil || operation == .query && request.namesBookmark {
            return true
        }
        guard node.fleet.isOneOfSeveral else { return false }
        if operation == .appPlan { return node.fleet.decider != nil }
        return operation == .history || operation == .why || !node.fleet.unknownMachines.isEmpty
    }

    /// The answer of another machine to a request that is about what is not here; nil when it is
    /// answered here. Waits for the bookmark of a request that is.
    func elsewhere(
        _ operation: Operation, _ request: HTTPRequest, _ values: [String]
    ) throws(Refusal) -> HTTPReply? {
        guard Self.forwarded.contains(operation) else { return nil }
        let bookmark = try bookmark(of: operation, request)
        if node.fleet.isOneOfSeveral {
            let place = try place(of: operation, request, values, bookmark)
            if let place { return try ask(place, request) }
        }
        if let bookmark {
            try node.circle.graph.reach(
                bookmark, milliseconds: Limits.bookmarkPatience.value
            ) { LinuxSystem.pause(milliseconds: UInt32(clamping: $0)) }
        }
        return nil
    }

    /// Where a request is answered: the machines to ask in this order, and about what.
    private struct Place {
        var machines: [ResourceName]
        var subject: String
        /// True when what is known here will do where none of them answers.
        var isOptional = false
    }

    private func ask(_ place: Place, _ request: HTTPRequest) throws(Refusal) -> HTTPReply? {
        var question = FleetQuestion(
            caller: request.caller, method: request.method.rawValue, path: request.path,
            query: request.query, body: request.body, hops: request.hops)
        question.mayChange = request["commit"] != nil
        // Whoever is asked may be behind this machine: what was seen here has to be there too.
        if request["bookmark"] == nil {
            let shared = node.circle.writers.map(\.sequencer.mount).filter { $0.machine == nil }
            let seen = Bookmark(
                Dictionary(uniqueKeysWithValues: shared.map { ($0, node.circle.graph.applied($0)) })
            )
            question.query.append(("bookmark", seen.text))
        }
        do throws(Refusal) {
            let answer = try node.fleet.ask(place.machines, question, about: place.subject)
            return HTTPReply(
                status: answer.status, contentType: answer.contentType, headers: answer.headers,
                body: answer.body)
        } catch {
            if place.isOptional { return nil }
            throw error
        }
    }

    private func bookmark(
        of operation: Operation, _ request: HTTPRequest
    ) throws(Refusal) -> Bookmark? {
        var text = request["bookmark"]
        if operation == .query { text = try QueryRequest(request.body).bookmark ?? text }
        guard let text else { return nil }
        return try Bookmark(text: text)
    }

    // MARK: Where what is

    private func place(
        of operation: Operation, _ request: HTTPRequest, _ values: [String],
        _ bookmark: Bookmark?
    ) throws(Refusal) -> Place? {
        if operation == .appPlan {
            return node.fleet.decider.map { Place(machines: [$0], subject: "the plan of an app") }
        }
        let unknown = Set(node.fleet.unknownMachines)
        if let place = try placeOfHistory(operation, values) { return place }
        if unknown.isEmpty { return nil }
        // What a bookmark says of a log that is not here can only be so elsewhere.
        for (log, _) in bookmark?.positions ?? [] {
            if let machine = log.machine, unknown.contains(machine) {
                return Place(machines: node.fleet.knowing + [machine], subject: "log \(log)")
            }
        }
        switch operation {
        case .list, .get: return try placeOfType(operation, request, values, unknown)
        case .appList, .appStatus:
            // Tasks run on all machines; what they are like is known where all logs are.
            return Place(machines: node.fleet.knowing, subject: "apps", isOptional: true)
        case .getByID, .links, .history, .why:
            let id = try identifier(values[0])
            let found = try reading { () throws(GraphError) in try isKnown(id) }
            // Whatever is nowhere here may be on any machine.
            return found
                ? nil : Place(machines: node.fleet.knowing, subject: values[0])
        default: return try placeOfQuery(request, unknown)
        }
    }

    private func isKnown(_ id: Identifier) throws(GraphError) -> Bool {
        if try node.circle.graph.resource(id) != nil { return true }
        return try !node.circle.graph.history(id, limit: 1).versions.isEmpty
    }

    /// Only a machine itself has the entries of its log, whoever mirrors what they say. A history
    /// makes sense without them, a reason does not.
    private func placeOfHistory(
        _ operation: Operation, _ values: [String]
    ) throws(Refusal) -> Place? {
        guard operation == .history || operation == .why else { return nil }
        let id = try identifier(values[0])
        let found = try reading { () throws(GraphError) in
            try node.circle.graph.history(id, limit: 1).versions.first?.resource.namespace
        }
        guard let machine = found?.machine, machine.text != node.name else { return nil }
        return Place(
            machines: [machine], subject: values[0], isOptional: operation == .history)
    }

    private func placeOfType(
        _ operation: Operation, _ request: HTTPRequest, _ values: [String],
        _ unknown: Set<ResourceName>
    ) throws(Refusal) -> Place? {
        if let namespace = try namespace(request) {
            guard let machine = namespace.machine, unknown.contains(machine) else { return nil }
            return Place(
                machines: [machine] + node.fleet.knowing, subject: "\(namespace)")
        }
        guard try definition(of: values[0]).role == .observed else { return nil }
        if operation == .list {
            guard request.flag("all") else { return nil }
            return Place(machines: node.fleet.knowing, subject: "\(values[0]) of all machines")
        }
        let reader = try reading { () throws(GraphError) in try node.circle.graph.reader() }
        do throws(Refusal) {
            _ = try resource(
                try typeName(values[0]), try resourceName(values[1]), in: nil, at: reader)
            return nil
        } catch {
            guard error.code == .notFound else { throw error }
            return Place(
                machines: node.fleet.knowing, subject: "\(values[0])/\(printable(values[1]))")
        }
    }

    /// A statement that names a machine is answered where that machine's log is.
    private func placeOfQuery(
        _ request: HTTPRequest, _ unknown: Set<ResourceName>
    ) throws(Refusal) -> Place? {
        let asked = try QueryRequest(request.body)
        let named = asked.namedMachines
        guard let first = named.first(where: { unknown.contains($0) }) else { return nil }
        let subject = "/machines/\(first)"
        // One alone is asked itself: nobody knows it sooner.
        return named.count == 1
            ? Place(machines: [first] + node.fleet.knowing, subject: subject)
            : Place(machines: node.fleet.knowing, subject: subject)
    }
}

/// What other machines' clients ask here.
extension API {
    /// Answers a question that a client asked another machine, under that client's rights as they
    /// are here and now.
    func answer(_ question: FleetQuestion) -> FleetAnswer {
        let reply: HTTPReply
        do throws(Refusal) {
            let caller = try question.caller.granted(on: node.circle.graph, now: clock.now)
            guard caller.right != .none else { throw unauthenticated }
            var request = HTTPRequest(
                method: HTTPMethod(rawValue: question.method), path: question.path,
                query: question.query, headers: [:], body: question.body, caller: caller)
            request.hops = question.hops
            reply = try answer(request)
        } catch {
            reply = .problem(error)
        }
        return FleetAnswer(
            status: reply.status, contentType: reply.contentType, headers: reply.headers,
            body: reply.body)
    }

    private func answer(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        guard case .verb(let verb, let values) = match(request),
            Self.forwarded.contains(verb.operation)
        else {
            throw Refusal(
                .forbidden, filter: "fleet",
                subject: printable("/" + request.path.joined(separator: "/")),
                reason: "is nothing that another machine answers",
                remedy: "ask this machine itself")
        }
        try checkParameters(of: request, verb)
        if let reply = try elsewhere(verb.operation, request, values) { return reply }
        let reply =
            verb.operation == .query
            ? try wholeQuery(request) : try self.reply(verb.operation, request, values)
        guard reply.body.count <= Limits.askedBytes.value else {
            throw tooLarge("has \(reply.body.count) bytes")
        }
        return reply
    }

    /// All rows of a statement at once.
    private func wholeQuery(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let (source, head) = try rows(request)
        var buffer = ByteBuffer()
        while try !source.fill(&buffer, atMost: Limits.askedBytes.value + 1) {
            guard buffer.readableBytes <= Limits.askedBytes.value else {
                throw tooLarge("has more than that")
            }
        }
        var reply = head
        reply.body = Array(buffer.readableBytesView)
        return reply
    }

    private func tooLarge(_ reason: String) -> Refusal {
        Refusal(
            .tooLarge, filter: "fleet", subject: "the answer",
            reason: "\(reason); "
                + "the limit of an answer of another machine is \(Limits.askedBytes.value) bytes",
            remedy: "ask for less with limit, or ask that machine itself")
    }
}

extension Namespace {
    /// The machine whose namespace this is, or is below.
    var machine: ResourceName? {
        let parts = path.split(separator: "/")
        guard parts.count > 1, parts[0] == "machines" else { return nil }
        return try? ResourceName(String(parts[1]))
    }
}

extension HTTPRequest {
    /// False when the body of a query surely has no bookmark.
    fileprivate var namesBookmark: Bool {
        String(decoding: body, as: UTF8.self).contains("\"bookmark\"")
    }
}

extension QueryRequest {
    /// The machines that its text or a parameter names, as `/machines/NAME`, in order.
    var namedMachines: [ResourceName] {
        var texts = [text]
        for (_, value) in parameters.entries {
            if case .string(let text) = value { texts.append(text) }
        }
        var found: [ResourceName] = []
        for text in texts {
            for part in text.split(separator: "/machines/", omittingEmptySubsequences: false)
                .dropFirst()
            {
                let name = part.prefix { !"'\"`/ \\".contains($0) && !$0.isWhitespace }
                guard let name = try? ResourceName(String(name)), !found.contains(name) else {
                    continue
                }
                found.append(name)
            }
        }
        return found
    }
}
