internal import Host
internal import MMSGraph
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Node
internal import Resources
internal import ZeroProcs

/// The HTTP API of a node: finds the verb of a request and answers it.
///
/// What takes microseconds is answered on the connection's event loop; what may read much runs on
/// a pool of threads; a proposal is answered when its log has it.
final class API: Sendable {
    let node: LinuxNode
    let doorkeeper: Doorkeeper
    let clock = LinuxClock()
    let entropy = LinuxEntropy()
    let tails = LogTails()
    let couriers = Couriers()
    let sessions = ExecSessions()
    let plans = PlanShelf()
    let restarts: RestartCare
    let guests: GuestRoom
    let live: LiveGraph
    let pool: NIOThreadPool
    private let routes = VerbTable.all.filter { $0.route != nil }

    init(node: LinuxNode) {
        self.node = node
        restarts = RestartCare(node)
        guests = GuestRoom(
            root: node.apps.directory + "/guests", clock: clock, entropy: entropy)
        live = LiveGraph(node.circle.graph, machine: node.identity.namespace)
        doorkeeper = Doorkeeper(node: node.name)
        pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
    }

    /// Hears of every commit: wakes those who follow its log, and forgets proven tokens.
    func committed(_ commit: Commit) {
        tails.wake(commit.log)
        let rights = [CoreTypes.token.name, AppTypes.grant.name]
        if commit.changes.contains(where: { change in
            (change.new ?? change.old).map { rights.contains($0.type) } ?? false
        }) {
            doorkeeper.tokensChanged()
        }
    }

    /// Ends the pool.
    func stop() { pool.shutdownGracefully { _ in } }

    /// Who asks; refuses wrong credentials.
    func caller(
        of head: HTTPRequestHead, through door: Door
    ) throws(Refusal) -> Caller {
        do throws(Refusal) {
            return try doorkeeper.caller(head.headers, through: door, on: node.circle.graph)
        } catch {
            if head.method != .GET {
                node.refusals.note(error, ofRequest: "signIn", by: .system("nobody"))
            }
            throw error
        }
    }

    /// Answers a request, now or later, exactly once.
    func serve(_ request: HTTPRequest, _ responder: Responder) {
        do throws(Refusal) {
            switch match(request) {
            case .page: responder.send(try pages(request))
            case .otherMethod(let allowed): responder.send(.notAllowed(request, use: allowed))
            case .verb(let verb, let values):
                let isOpen = [.health, .readiness, .openAPI].contains(verb.operation)
                guard isOpen || request.caller.right != .none else {
                    keep(unauthenticated, verb, request)
                    throw unauthenticated
                }
                try checkParameters(of: request, verb)
                perform(verb.operation, request, values, responder)
            }
        } catch {
            responder.send(.problem(error))
        }
    }

    /// What a request's path and method stand for.
    enum Match {
        case verb(Verb, [String])
        /// The path has routes, none with that method.
        case otherMethod(allowed: [String])
        /// No route has the path: it is a page's, or nothing's.
        case page
    }

    func match(_ request: HTTPRequest) -> Match {
        var allowed: [String] = []
        for verb in routes {
            guard let route = verb.route, let values = route.match(request.path) else { continue }
            if route.method == request.method.rawValue { return .verb(verb, values) }
            if !allowed.contains(route.method) { allowed.append(route.method) }
        }
        return allowed.isEmpty ? .page : .otherMethod(allowed: allowed)
    }

    /// Refuses parameters that the verb does not have: a typing mistake would widen the question.
    func checkParameters(of request: HTTPRequest, _ verb: Verb) throws(Refusal) {
        let known = verb.parameters.filter { $0.scope != .cli }.map(\.name)
        for (name, _) in request.query where !known.contains(name) {
            throw Refusal(
                .malformed, filter: "http", subject: "parameter \(printable(name))",
                reason: "\(verb.route?.template ?? "this path") has no such parameter",
                remedy: nearest(to: name, among: known).map { "did you mean \($0)?" }
                    ?? (known.isEmpty
                        ? "it takes none" : "it takes \(known.joined(separator: ", "))"),
                field: name)
        }
    }

    private func perform(
        _ operation: Operation, _ request: HTTPRequest, _ values: [String],
        _ responder: Responder
    ) {
        if mayWait(operation, request) {
            return onThread { [self] in
                waitAndAnswer(operation, request, values, responder)
            } refused: {
                responder.send(.problem($0))
            }
        }
        switch operation {
        case .commands, .apply, .delete: propose(request, responder)
        case .watch: subscribe(request, responder)
        case .appExec, .appRun, .storeInstall, .storeAdd, .imageImport, .appLogs, .describeSelf,
            .reproduce, .inherit, .lineage, .lineageCertify, .lineageTake, .birthInvite,
            .updatePlan,
            .updateApply, .updateStatus, .updateSign, .updateContent:
            onThread { [self] in
                answer(operation, request, values, responder)
            } refused: {
                responder.send(.problem($0))
            }
        case .query:
            pool.submit { [self] state in
                if case .active = state { query(request, responder) }
            }
        case .log where request.flag("follow"): follow(request, responder)
        case .get where request["consistency"] == nil, .getByID, .health, .readiness, .openAPI,
            .version:
            answer(operation, request, values, responder)
        default:
            pool.submit { [self] state in
                guard case .active = state else { return }
                answer(operation, request, values, responder)
            }
        }
    }

    /// Answers on a thread of its own: it may take as long as a program needs.
    func onThread(
        _ answer: @escaping @Sendable () -> Void, refused: (Refusal) -> Void
    ) {
        do throws(ThreadError) { try HostThread.start("request", answer) } catch {
            refused(
                Refusal(
                    .overloaded, filter: "http", subject: "request",
                    reason: "no thread: error \(error.code)"))
        }
    }

    /// Answers what may have to wait for a bookmark, or to be asked of another machine.
    private func waitAndAnswer(
        _ operation: Operation, _ request: HTTPRequest, _ values: [String],
        _ responder: Responder
    ) {
        do throws(Refusal) {
            if let reply = try elsewhere(operation, request, values) {
                responder.send(reply)
            } else if operation == .query {
                query(request, responder)
            } else {
                answer(operation, request, values, responder)
            }
        } catch {
            responder.send(.problem(error))
        }
    }

    private func answer(
        _ operation: Operation, _ request: HTTPRequest, _ values: [String],
        _ responder: Responder
    ) {
        do throws(Refusal) {
            switch operation {
            case .appExec: try exec(request, name: values[0], responder)
            case .appLogs: try logs(request, name: values[0], responder)
            case .reproduce: try reproduce(request, responder)
            case .updateApply: try applyUpdate(request, responder)
            default: responder.send(try reply(operation, request, values))
            }
            if operation == .down {
                // The answer leaves before the connections are closed.
                responder.eventLoop.scheduleTask(in: .milliseconds(20)) {
                    LinuxSystem.requestEnd(request.flag("restart") ? .restart : .end)
                }
            }
        } catch {
            responder.send(.problem(error))
        }
    }

    func reply(
        _ operation: Operation, _ request: HTTPRequest, _ values: [String]
    ) throws(Refusal) -> HTTPReply {
        switch operation {
        case .list: try list(request, type: values[0])
        case .get: try get(request, type: values[0], name: values[1])
        case .getByID: try get(request, id: values[0])
        case .links: try links(request, id: values[0])
        case .history: try history(request, id: values[0])
        case .why: try why(request, id: values[0])
        case .undo: try undo(request, id: values[0])
        case .log: try log(request)
        case .verify: try verify()
        case .refusals: try refusals(request)
        case .status: status()
        case .sensors: .json { write("items", sensors, &$0) }
        case .drivers: .json { write("items", drivers, &$0) }
        case .handlers: .json { write("items", handlers, &$0) }
        case .limits: .json { write("items", limits, &$0) }
        case .token: try makeToken(request)
        case .console: try makeLink(request)
        case .down: try down(request)
        case .version: .json { $0.object { $0.member("version", Version.text) } }
        case .openAPI: HTTPReply(body: OpenAPI.document)
        case .metrics: .text(metrics, type: "text/plain; version=0.0.4")
        case .health: .text("ok\n")
        case .readiness: .text("ok\n")
        case .nodeList: try nodes(request)
        case .logList: try listLogs(request)
        case .logMount: try mountLog(request)
        case .nodeInvite: try invite(request)
        case .nodeAt: try tellAddress(request, name: values[0], address: values[1])
        case .nodeRefound: try refound(request)
        case .nodeApprove: try changeNode(request, name: values[0], .approve)
        case .nodeDrain: try changeNode(request, name: values[0], .drain)
        case .nodeResume: try changeNode(request, name: values[0], .resume)
        case .nodeRemove: try changeNode(request, name: values[0], .remove)
        case .nodePromote: try changeNode(request, name: values[0], .promote)
        case .nodeDemote: try changeNode(request, name: values[0], .demote)
        case .describeSelf: try describeSelf(request)
        case .inherit: try inherit(request)
        case .updatePlan: try planUpdate(request)
        case .updateStatus: try updateStatus(request)
        case .updateSign: try signUpdate(request)
        case .updateContent: try takeUpdateContent(request)
        case .machineList: try machines(request)
        case .machineAdd: try addMachine(request, name: values[0])
        case .birthInvite: try inviteBirth(request, name: values[0])
        case .lineage: try lineage(request)
        case .lineageCertify: try certifyChild(request)
        case .lineageTake: try takeLineage(request)
        case .appPlan, .appList, .appStatus, .appScale, .appRollback, .execInput, .appRun,
            .secretSet, .configSet, .grantAdd, .imageImport, .cost, .storeAdd, .storeSearch,
            .storeInstall, .storeRemove,
            .storeExport, .storeArchive, .volumeList, .volumeSnapshot, .volumeClone:
            try appReply(operation, request, values)
        case .appInit, .appCheck, .appSchema, .appInstall, .appUpdate, .appRemove, .appLogs,
            .appExec,
            .imageList, .configGet, .configList, .grantList, .grantRemove, .storeUpdate, .reproduce,
            .updateApply, .nodeJoin, .machineRemove, .imageBuild, .up, .describe, .query, .watch,
            .apply,
            .commands, .delete,
            .edit, .diff, .types, .top,
            .completions:
            preconditionFailure("\(operation) has no reply of its own")
        }
    }

    /// Pages and what belongs to them; open to everyone, as they hold no data.
    private func pages(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let path = "/" + request.path.joined(separator: "/")
        if request.path == ["console"] {
            guard request.method == .GET else { return .notAllowed(request, use: ["GET"]) }
            var reply = HTTPReply(status: 303, headers: [("location", "/")])
            if let cookie = request["ticket"].flatMap(doorkeeper.redeem) {
                reply.headers.append(("set-cookie", cookie))
            }
            return reply
        }
        let asset = PageAssets.all[path]
        if asset != nil, request.method != .GET { return .notAllowed(request, use: ["GET"]) }
        guard let asset else {
            throw Refusal(
                .notFound, filter: "http", subject: printable(path),
                reason: "there is no such path",
                remedy: "see /v1/openapi.json")
        }
        var reply = HTTPReply.text(asset.body, type: asset.contentType)
        reply.headers = [
            ("content-security-policy", "default-src 'self'; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"), ("cache-control", "no-cache"),
        ]
        return reply
    }

    var unauthenticated: Refusal {
        Refusal(
            .unauthenticated, filter: "permission", subject: "the request",
            reason: "carries no right to ask",
            remedy: "send Authorization: Bearer TOKEN, or sign in with pisces console")
    }

    /// Runs a read of the graph and turns its failure into a refusal.
    func reading<Answer>(
        _ read: () throws(GraphError) -> Answer
    ) throws(Refusal) -> Answer {
        do throws(GraphError) { return try read() } catch {
            throw Refusal(
                .unavailable, filter: "graph", subject: error.subject,
                reason: "\(error.operation) failed: \(error.cause)")
        }
    }
}
