internal import Drivers
internal import Host
internal import Log
internal import MMSAgent
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

extension API {
    func status() -> HTTPReply {
        .json { writer in
            writer.object { writer in
                writer.key("node")
                writer.object { node in
                    node.member("name", self.node.name)
                    node.member("version", Version.text)
                    node.member("id", self.node.identity.cluster.description)
                    node.member("pid", Int64(LinuxSystem.processID))
                    node.member("state", self.node.stateWord)
                    node.member("uptimeSeconds", self.node.uptimeMilliseconds / 1000)
                    node.member("endpoints", .map(self.node.endpoints))
                }
                write("logs", logs, &writer)
                if let rest = node.fleet.rest { writer.member("fleet", .map(rest)) }
                writer.member("keeping", .map(keeping))
                write("sensors", sensors, &writer)
                write("drivers", drivers, &writer)
                write("handlers", handlers, &writer)
                writer.member(
                    "memory", ["residentBytes": .int(LinuxSystem.residentBytes)])
                writer.member("disk", ["writtenBytes": .int(LinuxSystem.writtenBytes)])
                writer.member("warnings", .list(node.warnings.map(Value.text)))
            }
        }
    }

    func write(_ key: String, _ items: [ValueMap], _ writer: inout JSONWriter) {
        if writer.bytes.isEmpty {
            writer.object { $0.member(key, .list(items.map(Value.map))) }
        } else {
            writer.member(key, .list(items.map(Value.map)))
        }
    }

    /// The logs with their positions and what was refused.
    var logs: [ValueMap] {
        node.circle.writers.map { writer in
            let sequencer = writer.sequencer
            let counted = sequencer.counted
            return [
                "mount": .text(sequencer.mount.path),
                "first": .int(Int64(clamping: sequencer.log.first.rawValue)),
                "bytes": .int(Int64(sequencer.log.extents.reduce(0) { $0 + $1.bytes })),
                "trimmed": .int(
                    Int64(clamping: node.circle.graph.state(of: sequencer.mount).trimmed.rawValue)
                ),
                "position": .int(Int64(clamping: sequencer.log.tail.rawValue)),
                "durable": .int(Int64(clamping: sequencer.log.durable.rawValue)),
                "applied": .int(
                    Int64(clamping: node.circle.graph.applied(sequencer.mount).rawValue)),
                "state": .text(sequencer.log.state.word),
                "accepted": .int(Int64(clamping: counted.accepted)),
                "refused": .int(Int64(clamping: counted.refused)),
                "groups": .int(Int64(clamping: counted.groups)),
            ]
        }
    }

    /// Checkpoints and trims.
    var keeping: ValueMap {
        let statistics = node.keeper.statistics
        return [
            "checkpoints": .int(Int64(statistics.checkpoints)),
            "trims": .int(Int64(statistics.trims)),
            "freedBytes": .int(Int64(statistics.freedBytes)),
            "forgottenKeys": .int(Int64(statistics.forgottenKeys)),
        ]
    }

    var sensors: [ValueMap] {
        node.sensors.map { report in
            let (contract, statistics) = (report.contract, report.statistics)
            return [
                "name": .text(contract.name),
                "kinds": .list(contract.kinds.map { .text($0.text) }),
                "mechanism": .text(contract.mechanism), "why": .text(contract.why),
                "privilege": .text(contract.privilege), "fallback": .text(contract.fallback),
                "mayMiss": .text(contract.mayMiss),
                "state": .text(statistics.inGap ? "in a gap" : "watching"),
                "events": .int(Int64(clamping: statistics.events)),
                "merged": .int(Int64(clamping: statistics.merged)),
                "lost": .int(Int64(clamping: statistics.lost)),
                "resyncs": .int(Int64(clamping: statistics.resyncs)),
                "gaps": .int(Int64(clamping: statistics.gaps)),
                "drift": .int(Int64(clamping: statistics.drift)),
                "sampled": .int(Int64(clamping: statistics.sampled)),
                "subjects": .int(Int64(clamping: statistics.subjects)),
                "lagMicroseconds": .int(Int64(clamping: statistics.lagNanoseconds / 1000)),
                "throttled": .int(Int64(clamping: statistics.throttled)),
                "unwatched": .int(Int64(clamping: statistics.unwatched)),
                "readMicroseconds": .int(Int64(clamping: statistics.readNanoseconds / 1000)),
                "sweeps": .int(Int64(clamping: statistics.sweeps)),
                "cpuMilliseconds": .int(Int64(clamping: statistics.cpuNanoseconds / 1_000_000)),
            ]
        }
    }

    var drivers: [ValueMap] {
        let counted = node.executor.counted
        let refused = VolumeDevice.allCases.compactMap { device in
            node.apps.devices.volumes?.refusal(of: device).map { "no \(device.rawValue): \($0)" }
        }
        let volumes = refused.isEmpty ? "ready" : "ready, \(refused.joined(separator: "; "))"
        return [
            driver(
                .process, state: node.apps.runtimeState, counted.steps, why: counted.lastFailure),
            driver(.volume, state: volumes),
            driver(.balancer, state: "\(node.serving.statistics.count) services"),
            driver(.health, state: "\(node.serving.checks) checks"),
            driver(.names, state: node.apps.namesState),
            driver(.images, state: imagesState), driver(.machine, state: machinesState),
        ]
    }

    private var imagesState: String {
        guard let images = node.apps.devices.images else { return "no container runtime" }
        do throws(DriverError) { return "\(try images.list().count) images" } catch {
            return "\(error)"
        }
    }

    private var machinesState: String {
        let missing = ["ssh", Guest.program].filter { program in
            (try? ExecutablePath.find(program, on: ExecutablePath.standard, in: nil)) == nil
        }
        return missing.isEmpty ? "ready" : "ready, no \(missing.joined(separator: ", no "))"
    }

    private func driver(
        _ contract: DriverContract, state: String, _ steps: UInt64 = 0, why: String? = nil
    ) -> ValueMap {
        [
            "name": .text(contract.name), "summary": .text(contract.summary),
            "types": .list(contract.owns.map(Value.text)),
            "devices": .list(contract.devices.map(Value.text)),
            "inputs": .list(contract.inputs.map(Value.text)),
            "outputs": .list(contract.outputs.map(Value.text)), "state": .text(state),
            "ceilings": .list(
                contract.ceilings.map { limit in
                    [
                        "name": .text(limit.name), "value": .int(Int64(limit.value)),
                        "unit": .text(limit.unit), "why": .text(limit.why),
                    ]
                }),
            "steps": .int(Int64(clamping: steps)), "why": .text(why ?? contract.summary),
        ]
    }

    var handlers: [ValueMap] {
        let letters = try? node.circle.graph.reader().all("deadletter")
        return node.handlers.statistics.map { name, statistics in
            var map: ValueMap = [
                "name": .text(name.rawValue), "watches": .list(name.watches.map { .text("\($0)") }),
                "seen": .int(Int64(clamping: statistics.seen.rawValue)),
                "runs": .int(Int64(clamping: statistics.runs)),
                "effects": .int(Int64(clamping: statistics.effects)),
                "waiting": .list(statistics.waiting.map(Value.text)),
                "unlettered": .int(Int64(statistics.unlettered)),
            ]
            // Absent when the graph cannot be read: 0 would say that all is well.
            map["deadLetters"] = letters.map { letters in
                .int(Int64(letters.count { $0.data["handler"]?.text == name.rawValue }))
            }
            map["lastRefusal"] = statistics.lastRefusal.map(Value.text)
            return map
        }
    }

    var limits: [ValueMap] {
        Limits.all.map { limit in
            [
                "name": .text(limit.name), "unit": .text(limit.unit),
                "value": .int(Int64(limit.value)), "least": .int(Int64(limit.range.lowerBound)),
                "most": .int(Int64(limit.range.upperBound)), "why": .text(limit.why),
            ]
        }
    }

    /// Prometheus' text format 0.0.4.
    var metrics: String {
        var text = """
            # TYPE pisces_resident_bytes gauge
            pisces_resident_bytes \(LinuxSystem.residentBytes)
            # TYPE pisces_written_bytes_total counter
            pisces_written_bytes_total \(LinuxSystem.writtenBytes)

            """
        for log in logs {
            let mount = log["mount"]?.text ?? ""
            for name in ["position", "durable", "applied", "accepted", "refused", "groups"] {
                text += "pisces_log_\(name){log=\"\(mount)\"} \(log[name]?.int ?? 0)\n"
            }
        }
        for sensor in sensors {
            let name = sensor["name"]?.text ?? ""
            for key in ["events", "merged", "lost", "resyncs", "gaps", "drift", "sweeps"] {
                text += "pisces_sensor_\(key){sensor=\"\(name)\"} \(sensor[key]?.int ?? 0)\n"
            }
        }
        return text
    }

    func verify() throws(Refusal) -> HTTPReply {
        let reports = node.circle.writers.map { writer -> ValueMap in
            var map: ValueMap = ["mount": .text(writer.sequencer.mount.path)]
            do throws(LogError) {
                let report = try writer.sequencer.log.verify()
                map["entries"] = .int(Int64(clamping: report.entries))
                map["first"] = .int(Int64(clamping: report.first.rawValue))
                map["last"] = .int(Int64(clamping: report.last.rawValue))
                var defect = report.defect
                // A damaged log opens up to its damage, and what it opens is sound.
                if case .rescue(let found) = writer.sequencer.log.state { defect = found }
                map["fault"] = defect.map { .text($0.description) }
                map["hash"] = .text(String(report.hash.bytes.hexadecimal.prefix(16)))
            } catch {
                map["fault"] = .text(error.description)
            }
            return map
        }
        return .json { write("logs", reports, &$0) }
    }

    func makeToken(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let lifetime = request["lifetime"] ?? "30d"
        guard let age = Age(lifetime) else {
            throw Refusal(
                .malformed, filter: "request", subject: "lifetime \(printable(lifetime))",
                reason: "is no age", remedy: "write it as 30d, 12h, 90m or 60s")
        }
        let id = entropy.identifier(at: clock.now)
        let random = (0..<4).flatMap { _ in
            let word = entropy.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
        }
        let data: ValueMap = [
            "digest": .bytes(TokenCheck.digest(random)), "node": .text(node.name),
            "scope": .text(request["scope"] ?? "read"),
            "prefix": .text(request["prefix"] ?? "/"),
            "expires": .int(clock.now.advanced(byMilliseconds: age.milliseconds).milliseconds),
        ]
        let name: ResourceName
        do throws(NameError) {
            name = try ResourceName(request["name"] ?? id.description.lowercased())
        } catch {
            throw Refusal(
                .invalidName, filter: "request", subject: "token name '\(error.text)'",
                reason: error.reason)
        }
        let batch = Batch([
            .create(
                Draft(
                    id: id, type: CoreTypes.token.name, namespace: .root, name: name, data: data))
        ])
        let outcome = node.circle.fleet.propose(
            Proposal(caller: request.caller, batch: batch, time: clock.now))
        let receipt = try outcome.get()
        return .json { writer in
            writer.object { writer in
                writer.member("token", TokenCheck.secret(of: id, random: random))
                writer.member("id", id.description)
                writer.member("position", receipt.position.rawValue)
            }
        }
    }

    func makeLink(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdministrator(request, to: "open the console")
        let base = node.endpoints["api"]?.text ?? ""
        let link = "\(base)/console?ticket=\(doorkeeper.makeTicket())"
        return .json { $0.object { $0.member("link", link) } }
    }

    func requireAdministrator(
        _ request: HTTPRequest, to what: String
    ) throws(Refusal) {
        if case .administrator = request.caller.right { return }
        throw Refusal(
            .forbidden, filter: "permission", subject: "\(request.caller.identity)",
            reason: "may not \(what)", remedy: "ask on the node's own socket")
    }
}
