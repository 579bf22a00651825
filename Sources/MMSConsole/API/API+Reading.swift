internal import Host
internal import Log
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

extension API {
    /// A page of resources of a type.
    func list(_ request: HTTPRequest, type: String) throws(Refusal) -> HTTPReply {
        var selection = try selection(request, type: type)
        try permit(request.caller, to: selection.scope)
        let reader = try reader(request, positionsOf: try log(of: type, selection.scope.namespace))
        selection.limit = min(selection.limit ?? .max, Limits.listPage.value)
        let page = try reader.list(selection)
        let observer = try observer(of: type, reader)
        let missing = try missing(type, reader)
        var writer = JSONWriter(wideIntegersAsText: request["int64"] == "string")
        writer.object { writer in
            writer.key("items")
            writer.array { list in
                for resource in page.resources
                where request.caller.mayRead(resource.type, resource.namespace) {
                    list.write(resource, observed: observed(resource, observer, reader))
                }
            }
            writer.member("bookmark", reader.bookmark.text)
            writer.member("next", page.next)
            writer.member("missing", missing)
        }
        return HTTPReply(body: writer.bytes)
    }

    /// What an answer about the past cannot hold: of types that churn, what had ended before the
    /// fold's edge is in counters only. Nil when nothing is missing.
    private func missing(
        _ type: String, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> String? {
        let log = node.identity.namespace
        guard reader.isPast, try definition(of: type).ephemeral != nil else { return nil }
        let edge = try reading { () throws(GraphError) in
            try node.circle.graph.cursor(of: ChurnFold.name, in: log)
        }
        guard let position = reader.bookmark[log], position < edge else { return nil }
        return "each \(type) that ended before \(edge) of \(log) is counted in type activity only"
    }

    func get(_ request: HTTPRequest, type: String, name: String) throws(Refusal) -> HTTPReply {
        let place = try namespace(request) ?? .root
        let reader = try reader(request, positionsOf: try log(of: type, place))
        let (typeName, resourceName) = (try typeName(type), try resourceName(name))
        do throws(Refusal) {
            let resource = try resource(
                typeName, resourceName, in: try namespace(request), at: reader)
            return try reply(resource, request, reader)
        } catch  where error.code == .notFound && request.flag("gone") {
            guard let last = try lastOf(typeName, resourceName, in: try namespace(request)) else {
                throw error
            }
            return try reply(last, request, reader)
        }
    }

    /// The last version of what had a name and is gone.
    private func lastOf(
        _ type: TypeName, _ name: ResourceName, in namespace: Namespace?
    ) throws(Refusal) -> Resource? {
        let places = namespace.map { [$0] } ?? [.root, node.identity.namespace]
        return try reading { () throws(GraphError) in
            for place in places {
                if let last = try node.circle.graph.lastOf(type, name, in: place) { return last }
            }
            return nil
        }
    }

    func get(_ request: HTTPRequest, id: String) throws(Refusal) -> HTTPReply {
        if request["at"] == nil, let reply = try getLatest(request, id: id) { return reply }
        let reader = try reader(request)
        return try reply(try resource(id, at: reader), request, reader)
    }

    /// The latest version of a resource that nothing observes, without a snapshot of the store;
    /// nil for one that needs more.
    private func getLatest(_ request: HTTPRequest, id: String) throws(Refusal) -> HTTPReply? {
        let identifier = try identifier(id)
        let found = try reading { () throws(GraphError) in
            try node.circle.graph.resource(identifier)
        }
        guard let found, found.type.text != "task", found.type != CoreTypes.type.name,
            request.caller.mayRead(found.type, found.namespace)
        else { return nil }
        var writer = JSONWriter(wideIntegersAsText: request["int64"] == "string")
        writer.write(found)
        return HTTPReply(body: writer.bytes)
    }

    private func reply(
        _ resource: Resource, _ request: HTTPRequest, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> HTTPReply {
        guard request.caller.mayRead(resource.type, resource.namespace) else {
            throw notFound(resource.address)
        }
        let observer = try observer(of: resource.type.text, reader)
        let wide = request["int64"] == "string"
        var writer = JSONWriter(wideIntegersAsText: wide)
        writer.write(
            resource, observed: observed(resource, observer, reader),
            observedBy: resource.type == CoreTypes.type.name
                ? try self.observer(of: resource.name.text, reader) : nil)
        return HTTPReply(body: writer.bytes)
    }

    /// What a request selects: its parameters, with the usual namespace of the type.
    func selection(_ request: HTTPRequest, type: String) throws(Refusal) -> Selection {
        var selection = Selection(try typeName(type))
        let definition = try definition(of: type)
        if let namespace = try namespace(request) {
            selection.scope = .namespace(namespace)
        } else if !request.flag("all"), definition.role == .observed {
            selection.scope = .namespace(node.identity.namespace)
        } else if !request.flag("all") {
            selection.scope = .namespace(.root)
        }
        if let text = request["where"] {
            selection.predicate = try Predicate(text, type: definition)
        }
        for tag in request.all("tag") {
            let halves = tag.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else {
                throw malformed("tag \(printable(tag))", "must be KEY=VALUE")
            }
            selection.tags[String(halves[0])] = String(halves[1])
        }
        if let text = request["sort"] {
            selection.sort = [try order(text, of: definition)]
        }
        selection.limit = try limit(request)
        selection.resume = request["after"]
        return selection
    }

    /// How many a request wants at most.
    func limit(_ request: HTTPRequest) throws(Refusal) -> Int? {
        guard let text = request["limit"] else { return nil }
        guard let limit = Int(text), limit > 0 else {
            throw malformed("limit \(printable(text))", "must be a number from 1")
        }
        return limit
    }

    /// `field`, or `-field` for the greatest first.
    private func order(
        _ text: String, of type: TypeDefinition
    ) throws(Refusal) -> Selection.Order {
        let descending = text.hasPrefix("-")
        let name = descending ? String(text.dropFirst()) : text
        // The language of predicates knows the words: what can be compared can be sorted by.
        guard case .exists(let operand) = try Predicate("exists \(name)", type: type) else {
            throw malformed("sort \(printable(text))", "must be one field")
        }
        return Selection.Order(operand, descending: descending)
    }

    /// Refuses a caller who may read nothing of what is selected, rather than showing nothing.
    private func permit(_ caller: Caller, to scope: Selection.Scope) throws(Refusal) {
        if caller.mayRead(scope.namespace) { return }
        if case .subtree(let top) = scope, case .token = caller.right, let prefix = caller.readable,
            top.contains(prefix)
        {
            return
        }
        throw Refusal(
            .forbidden, filter: "permission", subject: "\(caller.identity)",
            reason: "may not read \(scope.namespace)",
            remedy: "name a namespace the token is for, or ask for all")
    }

    /// Refuses a caller who may not do that with a resource.
    func permit(_ caller: Caller, _ verb: Grant.Verb, _ resource: Resource) throws(Refusal) {
        if caller.may(verb, resource.type, in: resource.namespace) { return }
        throw Refusal(
            .forbidden, filter: "permission", subject: resource.address,
            reason: "\(caller.identity) may not \(verb.rawValue) it",
            remedy: "an administrator may grant it with a resource of type grant")
    }

    /// The state a request wants to see; a plain position is one of `log`.
    func reader(
        _ request: HTTPRequest, positionsOf log: Namespace? = nil
    ) throws(Refusal) -> CommittedReader<RocksStore> {
        try catchUp(request["consistency"])
        return try reader(at: request["at"], positionsOf: log)
    }

    /// Asks the sensors first, when the answer must be of now: what the caller saw happen on this
    /// machine is then in the graph.
    func catchUp(_ consistency: String?) throws(Refusal) {
        guard let consistency else { return }
        guard consistency == "now" else {
            throw Refusal(
                .invalidValue, filter: "http", subject: "consistency \(consistency)",
                reason: "is not known", remedy: "leave it out, or say now", field: "consistency")
        }
        guard node.catchUp() else {
            throw Refusal(
                .unavailable, filter: "sensors", subject: "consistency now",
                reason: "the sensors did not catch up in \(Limits.catchUp.value) ms",
                remedy: "ask again, or without it; `pisces sensors` shows which one lags")
        }
    }

    /// The state at a moment; the latest without one.
    func reader(
        at text: String?, positionsOf log: Namespace? = nil
    ) throws(Refusal) -> CommittedReader<RocksStore> {
        guard let text else { return try latest() }
        return try node.circle.graph.reader(
            at: try when(text, log ?? node.identity.namespace))
    }

    /// The log that resources of a type in a namespace are in: people read positions off those.
    private func log(of type: String, _ namespace: Namespace) throws(Refusal) -> Namespace {
        let isObserved = try definition(of: type).role == .observed
        // Of another machine, as far as its log is here.
        if namespace.machine != nil, let log = node.circle.graph.mounts.log(of: namespace) {
            return log
        }
        let machine = node.identity.namespace
        return isObserved || machine.contains(namespace) ? machine : .root
    }

    private func latest() throws(Refusal) -> CommittedReader<RocksStore> {
        try reading { () throws(GraphError) in try node.circle.graph.reader() }
    }

    /// A position `@12` of `log`, one of a named log, a time, or an age `-1h`.
    private func when(_ text: String, _ log: Namespace) throws(Refusal) -> When {
        if text.hasPrefix("@") {
            let halves = text.dropFirst().split(separator: ":", maxSplits: 1)
            let named = ["fleet": Namespace.root, "machine": node.identity.namespace]
            let log = halves.count == 2 ? named[String(halves[0])] : log
            if let log, let position = halves.last.flatMap({ UInt64($0) }) {
                return .position(log, Position(position))
            }
        } else if let time = moment(text) {
            return .time(time)
        }
        throw malformed(
            "at \(printable(text))",
            "must be a position @12, @fleet:12 or @machine:12, a time, or an age as -1h")
    }

    /// A time, or an age as `-1h`; nil for anything else.
    func moment(_ text: String) -> WallTime? {
        guard text.hasPrefix("-"), let age = Age(text.dropFirst()) else {
            return WallTime(text: text)
        }
        return clock.now.advanced(byMilliseconds: -age.milliseconds)
    }

    /// The resource at an address. Without a namespace it is looked for in `/`, on this machine,
    /// and then everywhere, where it must be the only one.
    func resource(
        _ type: TypeName, _ name: ResourceName, in namespace: Namespace?,
        at reader: CommittedReader<RocksStore>?
    ) throws(Refusal) -> Resource {
        let reader = if let reader { reader } else { try latest() }
        let places = namespace.map { [$0] } ?? [.root, node.identity.namespace]
        for place in places {
            let found = try reading { () throws(GraphError) in
                try reader.resource(type, name, in: place)
            }
            if let found { return found }
        }
        _ = try definition(of: type.text)
        guard namespace == nil else { throw notFound("\(type)/\(name)") }
        var selection = Selection(type)
        selection.predicate = .compare(.name, .equal, .text(name.text))
        selection.limit = 2
        let found = try reader.list(selection).resources
        guard found.count < 2 else {
            throw Refusal(
                .conflict, filter: "request", subject: "\(type)/\(name)",
                reason: "is in \(found[0].namespace) and in \(found[1].namespace)",
                remedy: "name one with -n")
        }
        guard let only = found.first else { throw notFound("\(type)/\(name)") }
        return only
    }

    /// The resource of that identifier, now or, when it is gone, as it was last.
    func resource(
        _ id: String, at reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> Resource {
        guard let identifier = Identifier(id) else {
            throw malformed("id \(printable(id))", "must be an identifier of 26 characters")
        }
        let found = try reading { () throws(GraphError) in try reader.resource(identifier) }
        guard let found else { throw notFound(id) }
        return found
    }

    func definition(of type: String) throws(Refusal) -> TypeDefinition {
        let name = try typeName(type)
        let found = try reading { () throws(GraphError) in
            try node.circle.graph.reader().type(name)
        }
        if let found { return found }
        let names = try reading { () throws(GraphError) in
            try node.circle.graph.reader().all("type").map(\.name.text)
        }
        throw Refusal(
            .unknownType, filter: "request", subject: printable(type),
            reason: "there is no such type",
            remedy: nearest(to: type, among: names).map { "did you mean \($0)?" }
                ?? "see pisces types", field: "type")
    }

    /// The observed type whose resources say `OF` a desired one of `type`.
    private func observer(
        of type: String, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> String? {
        type == "task" ? "instance" : nil
    }

    /// The fields of what observes a desired resource.
    private func observed(
        _ resource: Resource, _ observer: String?, _ reader: CommittedReader<RocksStore>
    ) -> ValueMap? {
        guard observer != nil else { return nil }
        let relation = CoreTypes.relation("OF")
        for id in (try? reader.sources(of: resource.id, by: relation)) ?? [] {
            if let found = try? reader.resource(id), found.type.text == observer {
                return found.data
            }
        }
        return nil
    }

    func namespace(_ request: HTTPRequest) throws(Refusal) -> Namespace? {
        guard let text = request["namespace"] else { return nil }
        return try named { () throws(NameError) in try Namespace(text) }
    }

    func typeName(_ text: String) throws(Refusal) -> TypeName {
        try named { () throws(NameError) in try TypeName(text) }
    }

    func resourceName(_ text: String) throws(Refusal) -> ResourceName {
        try named { () throws(NameError) in try ResourceName(text) }
    }

    private func named<Name>(_ make: () throws(NameError) -> Name) throws(Refusal) -> Name {
        do throws(NameError) { return try make() } catch {
            throw Refusal(
                .invalidName, filter: "request", subject: "\(error.what) '\(error.text)'",
                reason: error.reason)
        }
    }

    func notFound(_ subject: String) -> Refusal {
        Refusal(
            .notFound, filter: "request", subject: subject, reason: "there is no such resource",
            remedy: "look with -A in all namespaces, or --at an earlier time")
    }

    func malformed(_ subject: String, _ reason: String) -> Refusal {
        Refusal(.malformed, filter: "request", subject: subject, reason: reason)
    }
}

/// An age as `90s`, `15m`, `1h`, `30d`.
struct Age {
    let milliseconds: Int64

    init?(_ text: some StringProtocol) {
        let units: [Character: Int64] = ["d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            count > 0, count <= 36_500 * 86_400
        else { return nil }
        milliseconds = count * unit
    }
}

extension JSONWriter {
    /// Writes a resource with the fields of what observes it.
    mutating func write(_ resource: Resource, observed: ValueMap?, observedBy: String? = nil) {
        guard observed != nil || observedBy != nil else {
            write(resource)
            return
        }
        var inner = JSONWriter(wideIntegersAsText: wideIntegersAsText)
        inner.write(resource)
        var bytes = inner.bytes
        bytes.removeLast()
        var tail = JSONWriter(wideIntegersAsText: wideIntegersAsText)
        tail.object { tail in
            if let observed { tail.member("observed", .map(observed)) }
            tail.member("observedBy", observedBy)
        }
        writeEncoded(bytes + [UInt8(ascii: ",")] + tail.bytes.dropFirst())
    }
}
