internal import Drivers
internal import MMSGraph
internal import Node
internal import Reproduction
internal import Resources
internal import ZeroProcs

/// Machines that a machine makes.
extension API {
    /// What is wanted with what is known of it; machines that are let go stand there too.
    func machines(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        let spec = MachineTypes.machinespec.name
        guard request.caller.may(.read, spec, in: .root) else {
            throw forbidden(request.caller, "read", "machinespec")
        }
        let (wanted, seen) = try reading { () throws(GraphError) -> ([Resource], [Resource]) in
            let reader = try node.circle.graph.reader()
            return (
                try reader.resources(of: spec, below: .root),
                try reader.resources(of: MachineTypes.machinestate.name, below: .root)
            )
        }
        let names = Set(wanted.map(\.name)).union(seen.map(\.name)).sorted { $0.text < $1.text }
        let items = names.map { name in
            Self.machine(
                name, wanted.first { $0.name == name }, seen.first { $0.name == name })
        }
        return .json { $0.object { $0.member("items", .list(items)) } }
    }

    private static func machine(
        _ name: ResourceName, _ wanted: Resource?, _ seen: Resource?
    ) -> Value {
        let data = wanted?.data ?? seen?.data["wanted"]?.map ?? [:]
        var map: ValueMap = ["name": .text(name.text), "wanted": .bool(wanted != nil)]
        for key in ["driver", "on", "address", "bus", "role", "image"] { map[key] = data[key] }
        map["state"] = seen?.data["state"] ?? "waiting"
        for key in ["reason", "generation", "pid", "console", "since"] {
            map[key] = seen?.data[key]
        }
        return .map(map)
    }

    /// Says that a host shall be a node, or that there shall be a guest, or that it shall be one
    /// otherwise. What cannot be used is refused here, not when its turn comes.
    func addMachine(_ request: HTTPRequest, name text: String) throws(Refusal) -> HTTPReply {
        let name = try resourceName(text)
        guard let address = request["address"] else { throw malformed("address", "is missing") }
        let data = try wantedMachine(request, address: address)
        try check(MachineSpec(name, data), isGuest: address == "qemu")
        let type = MachineTypes.machinespec.name
        let known = try reading { () throws(GraphError) in
            try node.circle.graph.resource(type, name, in: .root)
        }
        return try put(type, name, .root, data, known, request, "pisces machine add")
    }

    /// What a request says of a machine, as the data of a `machinespec`.
    func wantedMachine(
        _ request: HTTPRequest, address: String
    ) throws(Refusal) -> ValueMap {
        let isGuest = address == "qemu"
        try checkFields(request, isGuest: isGuest)
        var data: ValueMap = [
            "driver": isGuest ? "qemu" : "ssh", "on": .text(request["on"] ?? node.name),
        ]
        if !isGuest { data["address"] = .text(address) }
        for (field, parameter) in [
            ("role", "role"), ("key", "key"), ("knownHosts", "known-hosts"), ("bus", "bus"),
            ("state", "state-directory"), ("listen", "api"), ("image", "image"),
            ("wire", "wire"),
        ] { data[field] = request[parameter].map(Value.text) }
        for field in ["memory", "processors"] {
            guard let text = request[field] else { continue }
            guard let number = Int64(text) else {
                throw malformed("\(field) \(printable(text))", "must be a number")
            }
            data[field] = .int(number)
        }
        if request.flag("erase") { data["erase"] = true }
        return data
    }

    /// What a driver does not know would look as if it counted.
    private func checkFields(_ request: HTTPRequest, isGuest: Bool) throws(Refusal) {
        let others =
            isGuest
            ? ["role", "key", "known-hosts", "state-directory"]
            : ["image", "memory", "processors", "wire"]
        for field in others where request[field] != nil {
            throw malformed(field, "means nothing for \(isGuest ? "a guest" : "a host")")
        }
        if isGuest {
            let isWired = request["wire"] != nil
            guard isWired == (request["bus"] != nil), !isWired || request["api"] == nil else {
                throw malformed(
                    "wire",
                    "a guest that joins the fleet has --bus and --wire, and no --api; one "
                        + "that reaches nothing has --api alone")
            }
        }
        if !isGuest, request["bus"] == nil {
            throw malformed("bus", "is missing: where other machines reach it, as 10.0.0.8:7118")
        }
    }

    private func check(_ spec: MachineSpec, isGuest: Bool) throws(Refusal) {
        if isGuest {
            do throws(DriverError) { _ = try spec.guest() } catch { throw refusal(of: error) }
        } else if spec.maker == node.name {
            // Files of another machine cannot be looked at from here.
            _ = try reproducing { () throws(ReproductionError) in try spec.node(clock) }
        }
    }
}
