internal import Drivers
internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// Operations that apps offer: a call is a resource, and so is what became of it.
extension API {
    /// Runs a capability of an app in the sandbox of one of its replicas, and answers with its
    /// result. Blocks as long as the capability may take.
    func invoke(
        _ request: HTTPRequest, app name: String, capability: String
    ) throws(Refusal) -> HTTPReply {
        let reader = try reader(request)
        let app = try app(named: name, request, reader)
        try permit(request.caller, .run, app)
        let call = try Call(
            app, capability, try RequestReader(body: request.body, subject: "arguments").map)
        let (task, life) = try running(name, component: call.capability.component, request, reader)
        let id = try propose(call, app, request)
        let began = clock.now
        var outcome = run(call, in: task, life)
        outcome["began"] = .int(began.milliseconds)
        outcome["ended"] = .int(clock.now.milliseconds)
        try write(outcome, of: id)
        outcome["id"] = .text(id.description)
        let answer = outcome
        return .json { $0.write(.map(answer)) }
    }

    /// A call that was held against what the app declares.
    private struct Call {
        let capability: App.Capability
        let arguments: ValueMap
        let texts: SortedMap<String>

        init(_ app: Resource, _ name: String, _ given: ValueMap) throws(Refusal) {
            do throws(AppError) {
                let described = try App(name: app.name.text, data: app.data)
                guard let found = described.capabilities.first(where: { $0.name == name }) else {
                    let names = described.capabilities.map(\.name)
                    throw AppError(
                        ["capabilities", name], found: "there is none of this name",
                        expected: nearest(to: name, among: names).map { "did you mean \($0)?" }
                            ?? (names.isEmpty
                                ? "it offers none" : "it offers \(names.joined(separator: ", "))"))
                }
                capability = found
                arguments = Self.typed(given, found.takes)
                texts = try found.texts(arguments)
            } catch {
                throw Refusal(
                    .invalidValue, filter: "app", subject: "\(app.address) run \(name)",
                    reason: error.found, remedy: error.expected, field: error.path.last)
            }
        }

        /// A text where another kind is taken is read as JSON: that is how a command line says it.
        private static func typed(
            _ given: ValueMap, _ takes: SortedMap<TypeDefinition.Kind>
        ) -> ValueMap {
            ValueMap(
                given.entries.map { name, value in
                    guard let kind = takes[name], kind != .text, let text = value.text,
                        let read = try? JSONReader.decode(Array(text.utf8))
                    else { return (name, value) }
                    return (name, read)
                })
        }
    }

    private func propose(
        _ call: Call, _ app: Resource, _ request: HTTPRequest
    ) throws(Refusal) -> Identifier {
        let id = entropy.identifier(at: clock.now)
        guard let name = try? ResourceName(id.description.lowercased()) else {
            preconditionFailure("\(id) is no name")
        }
        let draft = Draft(
            id: id, type: AppTypes.invocation.name, namespace: app.namespace, name: name,
            data: [
                "app": .text(app.name.text), "capability": .text(call.capability.name),
                "arguments": .map(call.arguments), "caller": .text(request.caller.identity.text),
                "machine": .text(node.name),
            ], links: ["OF": [app.id]], owner: app.id)
        _ = try node.circle.propose(
            Proposal(
                caller: request.caller, batch: Batch([.create(draft)], reason: "pisces app run"),
                time: clock.now)
        ).get()
        return id
    }

    private func run(_ call: Call, in task: Resource, _ life: Identifier) -> ValueMap {
        var output: [UInt8] = []
        do {
            guard let described = try node.executor.described(task) else {
                return Self.failed("the task has no place, or is of another version")
            }
            let words = try call.capability.words(arguments: call.texts, for: described)
            let process = try node.apps.driver.exec(
                life, words, environment: call.capability.variables(call.texts))
            process.endInput()
            let deadline = clock.ticks.advanced(byMilliseconds: UInt64(call.capability.timeout))
            while let bytes = try process.read(milliseconds: 100)
                ?? (clock.ticks < deadline ? [0] : nil)
            {
                if bytes == [0] { continue }
                if bytes.isEmpty { break }
                output += bytes.prefix(max(0, Limits.capabilityOutput.value - output.count))
            }
            guard let exit = process.exit(milliseconds: 1000) else {
                process.signal(9)
                return Self.failed("it did not end in \(call.capability.timeout) ms")
            }
            let said = (try process.read(errors: true, milliseconds: 0)) ?? []
            return Self.outcome(call.capability, exit, output, errors: said)
        } catch { return Self.failed("\(error)") }
    }

    private static func failed(_ reason: String) -> ValueMap {
        ["state": "failed", "exit": .text(reason)]
    }

    private static func outcome(
        _ capability: App.Capability, _ exit: ExitStatus, _ output: [UInt8], errors: [UInt8]
    ) -> ValueMap {
        var map: ValueMap = ["state": "done", "exit": .text(exit.description)]
        if !errors.isEmpty { map["output"] = .text(String(decoding: errors, as: UTF8.self)) }
        if exit != .code(0) {
            map["state"] = "failed"
            return map
        }
        guard let kind = capability.returns else { return map }
        if kind == .text {
            map["result"] = .text(String(decoding: output, as: UTF8.self))
            return map
        }
        guard let value = try? JSONReader.decode(output),
            value.kindName == kind.rawValue || kind == .any
                || (kind == .float && value.number != nil)
        else {
            map["state"] = "failed"
            map["exit"] = .text("it returned no \(kind.rawValue), as it declares")
            return map
        }
        map["result"] = value
        return map
    }

    private func write(_ outcome: ValueMap, of invocation: Identifier) throws(Refusal) {
        guard let name = try? ResourceName(invocation.description.lowercased()) else { return }
        let draft = Draft(
            id: entropy.identifier(at: clock.now), type: AppTypes.outcome.name,
            namespace: node.identity.namespace, name: name, data: outcome,
            links: ["OF": [invocation]])
        _ = try node.circle.machine.propose(
            Proposal(
                caller: .system("executor"),
                batch: Batch([.create(draft)], reason: "what a call returned"),
                time: clock.now)
        ).get()
    }
}
