internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import Trust
internal import ZeroProcs

/// Secrets, images and bundles: what comes to a machine beside commands, and the resources that
/// say so.
extension API {
    /// Seals the body as a secret for the machines that may run a task; the log never has it in
    /// clear.
    func setSecret(_ request: HTTPRequest, name text: String) throws(Refusal) -> HTTPReply {
        let (name, namespace) = (try resourceName(text), try namespace(request) ?? .root)
        let type = AppTypes.secret.name
        guard request.caller.may(.write, type, in: namespace) else {
            throw forbidden(request.caller, "write", "secret/\(name)")
        }
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(type, name, in: namespace)
        }
        // One that was deleted and comes again counts on: a box is sealed for its version, and an
        // old one must never pass for a new one.
        let gone = try reading { () throws(GraphError) in
            try node.circle.graph.lastOf(type, name, in: namespace)
        }
        let before = known ?? gone
        let version = (before?.data["version"]?.int ?? 0) + 1
        let sealed: SealedValue
        do throws(TrustError) {
            sealed = try SealedValue(
                sealing: SecretBytes(copying: request.body),
                as: SecretName(namespace: namespace, name: name), version: version,
                for: try node.fleet.recipients())
        } catch {
            throw Refusal(
                .invalidValue, filter: "trust", subject: error.subject, reason: error.cause,
                remedy: error.remedy)
        }
        var data: ValueMap = ["sealed": sealed.value, "version": .int(version)]
        data["mode"] = try mode(request).map(Value.int)
        return try put(type, name, namespace, data, known, request, "pisces secret set")
    }

    private func mode(_ request: HTTPRequest) throws(Refusal) -> Int64? {
        guard let text = request["mode"] else { return nil }
        guard let mode = Int64(text, radix: 8), (0...0o777).contains(mode) else {
            throw malformed("mode \(printable(text))", "must be octal, as 400")
        }
        return mode
    }

    /// Imports an image of this machine's disk.
    func importImage(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        guard case .administrator = request.caller.right else {
            throw forbidden(request.caller, "read files of this machine for", "image")
        }
        guard let path = request["path"], let store = node.apps.devices.images else {
            throw malformed("path", "is missing: name an OCI layout or an archive")
        }
        let image: Image
        do throws(DriverError) {
            image = try store.importImage(from: path, reference: request["reference"])
        } catch { throw refusal(of: error) }
        let standard = String(image.digest.digits.prefix(16))
        let name = try resourceName(request["name"] ?? standard)
        let data: ValueMap = [
            "digest": .text(image.digest.description), "source": .text(path),
            "bytes": .int(image.bytes), "config": .map(image.config.map),
            "layers": .list(image.layers.map { .text($0.diff.description) }),
        ]
        let namespace = try namespace(request) ?? .root
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(AppTypes.image.name, name, in: namespace)
        }
        if known?.data["digest"] == data["digest"], let known {
            return answer(known.revision, data)
        }
        return try put(
            AppTypes.image.name, name, namespace, data, known, request, "pisces image import")
    }

    /// Makes the body a config, or puts it in the place of one: as text when it is one.
    func setConfig(_ request: HTTPRequest, name text: String) throws(Refusal) -> HTTPReply {
        let (name, namespace) = (try resourceName(text), try namespace(request) ?? .root)
        let type = AppTypes.config.name
        guard request.caller.may(.write, type, in: namespace) else {
            throw forbidden(request.caller, "write", "config/\(name)")
        }
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(type, name, in: namespace)
        }
        var data: ValueMap = [:]
        if let text = String(validating: request.body, as: UTF8.self), !request.body.contains(0) {
            data["text"] = .text(text)
        } else {
            data["bytes"] = .bytes(request.body)
        }
        data["mode"] = try mode(request).map(Value.int)
        return try put(type, name, namespace, data, known, request, "pisces config set")
    }

    /// Creates or replaces a resource, as whoever asks; answers with its position and fields.
    func put(
        _ type: TypeName, _ name: ResourceName, _ namespace: Namespace, _ data: ValueMap,
        _ known: Resource?, _ request: HTTPRequest, _ reason: String
    ) throws(Refusal) -> HTTPReply {
        let command: Command
        if let known {
            var update = Update(id: known.id, expect: known.revision, data: data)
            update.replaces = true
            command = .update(update)
        } else {
            let id = entropy.identifier(at: clock.now)
            command = .create(
                Draft(id: id, type: type, namespace: namespace, name: name, data: data))
        }
        let receipt = try node.circle.propose(
            Proposal(
                caller: request.caller,
                batch: Batch([command], reason: request["reason"] ?? reason), time: clock.now)
        ).get()
        return answer(receipt.position, data)
    }

    private func answer(_ position: Position, _ data: ValueMap) -> HTTPReply {
        .json { writer in
            writer.object { writer in
                writer.member("position", position.rawValue)
                for key in ["digest", "version", "subject", "verbs", "prefix"] {
                    if let value = data[key] { writer.member(key, value) }
                }
            }
        }
    }

    func forbidden(_ caller: Caller, _ verb: String, _ subject: String) -> Refusal {
        Refusal(
            .forbidden, filter: "permission", subject: subject,
            reason: "\(caller.identity) may not \(verb) it",
            remedy: "an administrator may grant it with a resource of type grant")
    }
}
