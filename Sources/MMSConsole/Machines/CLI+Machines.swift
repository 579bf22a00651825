internal import Resources

/// Machines that a machine makes.
extension CLI {
    func machines() throws(ClientError) {
        switch invocation.verb.operation {
        case .machineAdd: try machineAdd()
        case .machineRemove: try machineRemove()
        default: try machineList()
        }
    }

    private func machineList() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "machines"])
        if print(answer, as: try format) { return }
        var table = Table(["NAME", "ON", "AT", "STATE", "GENERATION", "WHY"])
        for machine in answer.map?["items"]?.list?.compactMap(\.map) ?? [] {
            let generation = machine["generation"]?.text ?? "-"
            table.add([
                Rendering.cell(machine["name"]), Rendering.cell(machine["on"]),
                Rendering.cell(machine["address"] ?? machine["console"] ?? "qemu"),
                Rendering.cell(machine["state"]),
                Rendering.printable(line: String(generation.prefix(19))),
                machine["reason"].map { Rendering.cell($0) } ?? "-",
            ])
        }
        screen.write(table.text)
    }

    /// Options that name files.
    private static let files = ["key", "known-hosts", "image"]

    private func machineAdd() throws(ClientError) {
        let (name, address) = (invocation.positionals[0], invocation.positionals[1])
        var parameters = query.filter { !Self.files.contains($0.0) }
        for file in Self.files {
            if let path = invocation[file] { parameters.append((file, Self.absolute(path))) }
        }
        _ = try client.call(
            "POST", ["v1", "machines", name], parameters + [("address", address)])
        screen.write(
            "machinespec/\(Rendering.printable(line: name)) is wanted; "
                + "pisces machine list shows how far it is\n")
    }

    private func machineRemove() throws(ClientError) {
        let name = invocation.positionals[0]
        let spec = try client.call("GET", ["v1", "resources", "machinespec", name])
        try delete(spec)
        screen.write(
            "machinespec/\(Rendering.printable(line: name)) is wanted no more; "
                + "pisces machine list shows it until it has ended\n")
    }
}
