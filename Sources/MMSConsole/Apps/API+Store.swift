internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import Trust
internal import ZeroProcs

/// The store of this node: bundles of apps, by what they hold, signed.
extension API {
    var store: Store { Store(path: node.apps.directory + "/store") }
    private var appsFolder: String { node.apps.directory + "/apps" }

    /// Adds an app's folder, which this machine then signs, an exported bundle, another store, or a
    /// bundle that another machine serves.
    func addToStore(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "add to the store")
        if let url = request["url"] {
            let bundle = try fetch(url, request)
            try record(bundle, request)
            return list([bundle])
        }
        guard let path = request["path"] else { throw malformed("path", "is missing") }
        let digest = try digest(request)
        let files = LinuxFiles()
        let added = try translating { () throws(BundleError) -> [Bundle] in
            if case .file = files.kind(path) {
                return [
                    try store.add(archive: path, expecting: digest, trust: trust(request))
                ]
            }
            if files.kind(path + "/bundles") == .folder {
                return try store.add(
                    store: path, only: digest.map { [$0] }, trust: trust(request))
            }
            let signer = request.flag("unsigned") ? nil : node.apps.devices.key
            return [try store.add(folder: path, signer: signer)]
        }
        for bundle in added { try record(bundle, request) }
        return list(added)
    }

    private func record(_ bundle: Bundle, _ request: HTTPRequest) throws(Refusal) {
        let name = try resourceName("\(bundle.manifest.app)-\(bundle.manifest.version)")
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(AppTypes.bundle.name, name, in: .root)
        }
        if known?.data["digest"] == bundle.data["digest"] { return }
        _ = try put(
            AppTypes.bundle.name, name, .root, bundle.data, known, request, "pisces store add")
    }

    func searchStore(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let found = try translating { () throws(BundleError) in
            try store.search(request["text"] ?? "")
        }
        return list(found)
    }

    /// Unpacks a bundle and proposes its app.
    func installFromStore(_ request: HTTPRequest, name: String) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "install from the store")
        let (bundle, place) = try translating { () throws(BundleError) -> (Bundle, String) in
            let bundle = try store.bundle(app: name, version: request["version"])
            return (bundle, try store.install(bundle.digest, to: appsFolder, trust: trust(request)))
        }
        let namespace = try namespace(request) ?? .root
        let resourceName = try resourceName(bundle.manifest.app)
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(AppTypes.app.name, resourceName, in: namespace)
        }
        var data = bundle.app(at: place)
        data["app"] = nil
        return try put(
            AppTypes.app.name, resourceName, namespace, data, known, request,
            "pisces store install \(name)")
    }

    func removeFromStore(_ request: HTTPRequest, name: String) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "remove from the store")
        let collected = try translating { () throws(BundleError) in
            try store.remove(try store.bundle(app: name, version: request["version"]).digest)
        }
        return .json { writer in
            writer.object { writer in
                writer.member("objects", Int64(collected.objects))
                writer.member("bytes", Int64(collected.bytes))
            }
        }
    }

    func exportFromStore(_ request: HTTPRequest, name: String) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "export from the store")
        guard let path = request["path"] else { throw malformed("path", "is missing") }
        let bundle = try translating { () throws(BundleError) in
            let bundle = try store.bundle(app: name, version: request["version"])
            try store.export(bundle.digest, to: path)
            return bundle
        }
        return list([bundle])
    }

    /// Whose bundles are taken: this machine's own, and those of the keys that are named.
    func trust(_ request: HTTPRequest) throws(BundleError) -> BundleTrust {
        var accepted = [node.apps.devices.key.signerKey]
        for text in request.all("accept") {
            do throws(TrustError) { accepted.append(try SignerKey(text)) } catch {
                throw BundleError(
                    .untrusted, operation: "accept", subject: printable(text), cause: error.cause,
                    remedy: error.remedy)
            }
        }
        return BundleTrust(accepted: accepted, takesAny: request.flag("untrusted"))
    }

    private func list(_ bundles: [Bundle]) -> HTTPReply {
        let items = bundles.map { bundle -> Value in
            var map = bundle.data
            map["files"] = .int(Int64(bundle.manifest.files.count))
            map["digest"] = .text(bundle.digest.description)
            map["signer"] = bundle.manifest.signer.map { .text($0.description) } ?? .text("nobody")
            map["signature"] = nil
            map["description"] = bundle.manifest.data["description"]
            return .map(map)
        }
        return .json { $0.object { $0.member("items", .list(items)) } }
    }

    func translating<Answer>(
        _ work: () throws(BundleError) -> Answer
    ) throws(Refusal) -> Answer {
        do throws(BundleError) { return try work() } catch {
            let code: Refusal.Code =
                switch error.kind {
                case .notFound: .notFound
                case .untrusted: .forbidden
                default: .invalidValue
                }
            throw Refusal(
                code, filter: "store", subject: error.subject,
                reason: "cannot \(error.operation) it: \(error.cause)", remedy: error.remedy)
        }
    }
}
