internal import Cypher
internal import Host
internal import MMSGraph
internal import NIOCore
internal import Node
internal import Resources
internal import Synchronization
internal import ZeroProcs

extension API {
    /// Streams the changes of what a request selects, or of the answer to a statement, after a
    /// snapshot or a bookmark.
    func subscribe(_ request: HTTPRequest, _ responder: Responder) {
        do throws(Refusal) {
            let stream = SubscriptionStream(
                responder, couriers.courier(of: responder.eventLoop))
            let wake: @Sendable () -> Void = { [weak stream] in stream?.wake() }
            if let text = request["query"] {
                stream.attach(try statementEvents(text, request, wake))
            } else {
                stream.attach(try selectionEvents(request, wake))
            }
            responder.begin(stream)
        } catch {
            responder.send(.problem(error))
        }
    }

    private func selectionEvents(
        _ request: HTTPRequest, _ wake: @escaping @Sendable () -> Void
    ) throws(Refusal) -> any EventSource {
        guard let type = request["type"] else {
            throw malformed("type", "is missing: name the type to watch, or give a query")
        }
        let selection = try selection(request, type: type)
        guard request.caller.mayRead(selection.scope.namespace),
            selection.type.map({ request.caller.mayRead($0, selection.scope.namespace) }) ?? true
        else {
            throw Refusal(
                .forbidden, filter: "permission", subject: "\(request.caller.identity)",
                reason: "may not read \(selection.scope.namespace)",
                remedy: "name a namespace the token is for")
        }
        return SelectionEvents(
            try node.feed.subscribe(selection, from: try start(request), onReady: wake),
            feed: node.feed)
    }

    private func statementEvents(
        _ text: String, _ request: HTTPRequest, _ wake: @escaping @Sendable () -> Void
    ) throws(Refusal) -> any EventSource {
        guard let scope = request.caller.readable else { throw unauthenticated }
        let statement: Statement
        do throws(CypherError) { statement = try Statement(parsing: text) } catch {
            throw error.refusal
        }
        var parameters = CypherMap()
        if let json = request["parameters"] {
            let reader = try RequestReader(body: Array(json.utf8), subject: "parameters")
            parameters = CypherMap(reader.map.entries.map { ($0.key, CypherValue($0.value)) })
        }
        let queries = node.standing.queries
        return StatementEvents(
            try queries.subscribe(
                statement, parameters: parameters, within: scope, from: try start(request),
                rebase: request.flag("rebase"), onReady: wake),
            of: queries, asUpserts: request.flag("upserts"))
    }

    private func start(_ request: HTTPRequest) throws(Refusal) -> ChangeFeed<RocksStore>.Start {
        switch request["from"] ?? "snapshot" {
        case "now": .now
        case "snapshot": .snapshot
        case let text: .bookmark(try Bookmark(text: text))
        }
    }
}
