internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// Applications as a whole: their state, and changes that need what the graph knows of them.
extension API {
    /// Answers what concerns one app, or all.
    func appReply(
        _ operation: Operation, _ request: HTTPRequest, _ values: [String]
    ) throws(Refusal) -> HTTPReply {
        switch operation {
        case .appPlan: try plan(request)
        case .appList: try apps(request)
        case .appStatus: try app(request, name: values[0])
        case .appScale: try scale(request, name: values[0])
        case .appRollback: try rollback(request, name: values[0])
        case .execInput: try execInput(request, session: values[0])
        case .appRun: try invoke(request, app: values[0], capability: values[1])
        case .secretSet: try setSecret(request, name: values[0])
        case .configSet: try setConfig(request, name: values[0])
        case .grantAdd: try addGrant(request, name: values[0])
        case .imageImport: try importImage(request)
        case .cost: try cost(request)
        case .volumeList: try volumes(request)
        case .volumeSnapshot: try takeSnapshot(request, of: values[0])
        case .volumeClone: try cloneVolume(request, from: values[0])
        case .storeAdd: try addToStore(request)
        case .storeSearch: try searchStore(request)
        case .storeInstall: try installFromStore(request, name: values[0])
        case .storeRemove: try removeFromStore(request, name: values[0])
        case .storeExport: try exportFromStore(request, name: values[0])
        case .storeArchive: try archiveFromStore(request, name: values[0])
        default: preconditionFailure("\(operation) is about no app")
        }
    }

    /// The apps of a namespace with their state.
    func apps(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        var selection = Selection(CoreTypes.known("app"))
        if let namespace = try namespace(request) { selection.scope = .namespace(namespace) }
        let reader = try reader(request)
        var found: [Resource] = []
        try reader.forEach(selection) { resource in
            if request.caller.mayRead(resource.namespace) { found.append(resource) }
            return true
        }
        var items: [Value] = []
        for app in found { items.append(.map(try status(of: app, reader).value)) }
        return .json { $0.object { $0.member("items", .list(items)) } }
    }

    /// The state of one app.
    func app(_ request: HTTPRequest, name: String) throws(Refusal) -> HTTPReply {
        let reader = try reader(request)
        let app = try app(named: name, request, reader)
        let status = try status(of: app, reader)
        return .json { $0.write(.map(status.value)) }
    }

    /// Changes the counts of components: `{"counts": {"web": 3}}`.
    func scale(_ request: HTTPRequest, name: String) throws(Refusal) -> HTTPReply {
        let body = try RequestReader(body: request.body, subject: "scale")
        try body.allow(["counts", "reason"])
        let app = try app(named: name, request, try reader(request))
        var components = app.data["components"]?.map ?? [:]
        for (component, count) in try body.fields("counts").entries {
            guard var map = components[component]?.map else {
                let near = nearest(to: component, among: components.keys)
                throw body.refusal(
                    component, "\(app.address) has no such component",
                    remedy: near.map { "did you mean \($0)?" })
            }
            map["count"] = count
            components[component] = .map(map)
        }
        var data = app.data
        data["components"] = .map(components)
        let reason = try body.text("reason") ?? "pisces app scale"
        return try replace(app, with: data, request, reason)
    }

    /// Makes an app what it was at a position or in a version: `{"to": "@12"}`; without `to`, what
    /// it was before its present version.
    func rollback(_ request: HTTPRequest, name: String) throws(Refusal) -> HTTPReply {
        let body = try RequestReader(body: request.body, subject: "rollback")
        try body.allow(["to", "reason"])
        let app = try app(named: name, request, try reader(request))
        let versions = try reading { () throws(GraphError) in
            try node.circle.graph.history(app.id, limit: Limits.listPage.value).versions
        }
        let earlier = versions.map(\.resource).filter { $0.revision < app.revision }
        let target = try self.target(try body.text("to"), of: app, among: earlier, body)
        let reason = try body.text("reason") ?? "pisces app rollback to @\(target.revision)"
        return try replace(app, with: target.data, request, reason)
    }

    private func target(
        _ to: String?, of app: Resource, among earlier: [Resource], _ body: RequestReader
    ) throws(Refusal) -> Resource {
        let sorted = earlier.sorted { $0.revision < $1.revision }
        let found: Resource?
        if let to, to.hasPrefix("@") {
            guard let position = UInt64(to.dropFirst()) else {
                throw body.refusal("to", "must be a position @12 or a version")
            }
            found = sorted.last { $0.revision <= Position(position) }
        } else if let to {
            found = sorted.last { $0.data["version"]?.text == to }
        } else {
            found = sorted.last { $0.data["version"] != app.data["version"] } ?? sorted.last
        }
        if let found { return found }
        let known = Set(sorted.compactMap { $0.data["version"]?.text }).sorted()
        throw Refusal(
            .notFound, filter: "request", subject: "\(app.address) \(to ?? "before")",
            reason: "history has no such version",
            remedy: known.isEmpty
                ? "this is its first version" : "it has \(known.joined(separator: ", "))")
    }

    /// Proposes that an app becomes `data`, as whoever asks.
    private func replace(
        _ app: Resource, with data: ValueMap, _ request: HTTPRequest, _ reason: String
    ) throws(Refusal) -> HTTPReply {
        let described: App
        do throws(AppError) { described = try App(name: app.name.text, data: data) } catch {
            throw Refusal(
                .invalidValue, filter: "app", subject: app.address, reason: "\(error)")
        }
        var update = Update(id: app.id, expect: app.revision, data: described.data)
        update.replaces = true
        update.links = app.links
        update.cost = app.draft.cost
        for (key, value) in app.tags.entries { update.tags[key] = .some(value) }
        let receipt = try node.circle.propose(
            Proposal(
                caller: request.caller, batch: Batch([.update(update)], reason: reason),
                time: clock.now)
        ).get()
        return .json { writer in
            writer.object { writer in
                writer.member("position", receipt.position.rawValue)
                writer.member("version", described.version)
            }
        }
    }

    /// An app that the caller may see.
    func app(
        named name: String, _ request: HTTPRequest, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> Resource {
        let resourceName: ResourceName
        do throws(NameError) { resourceName = try ResourceName(name) } catch {
            throw Refusal(
                .invalidName, filter: "request", subject: "app '\(error.text)'",
                reason: error.reason)
        }
        let app = try resource(
            CoreTypes.known("app"), resourceName, in: try namespace(request), at: reader)
        guard request.caller.mayRead(app.namespace) else { throw notFound(app.address) }
        return app
    }

    func status(
        of app: Resource, _ reader: CommittedReader<RocksStore>
    ) throws(Refusal) -> AppStatus {
        let handlers = node.handlers.statistics
        return try AppStatus(
            of: app, in: reader, refusals: handlers.flatMap { $0.1.waiting },
            statistics: node.serving.statistics,
            hasExpanded: node.handlers.hasSeen(app.revision, of: app.namespace))
    }
}
