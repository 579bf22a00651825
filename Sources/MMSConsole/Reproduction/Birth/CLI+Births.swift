internal import Host
internal import Resources

/// Who made this system, whom it made, and whom it invites to become one.
extension CLI {
    func births() throws(ClientError) {
        switch invocation.verb.operation {
        case .birthInvite: try birthInvite()
        case .lineageCertify: try lineageCertify()
        case .lineageTake: try lineageTake()
        default: try lineage()
        }
    }

    private func lineage() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "lineage"])
        if print(answer, as: try format) { return }
        show(answer.map ?? [:])
    }

    /// The ticket alone goes to the output, so that it can be written to a disk.
    private func birthInvite() throws(ClientError) {
        let name = invocation.positionals[0]
        let answer = try client.call("POST", ["v1", "births", name], query)
        screen.write(answer.map?["ticket"]?.text ?? "")
        screen.note(
            "valid until \(Rendering.cell(answer.map?["expires"])), for one machine; write it to "
                + "the start of a disk or stick of that machine")
    }

    private func lineageCertify() throws(ClientError) {
        let key = invocation.positionals[0]
        let answer = try client.call(
            "POST", ["v1", "lineage", "certificates"], query + [("child", key)])
        screen.write(answer.text ?? "")
    }

    private func lineageTake() throws(ClientError) {
        let path = invocation.positionals[0]
        let bytes: [UInt8]
        do throws(LinuxFile.Failure) {
            bytes = try LinuxFile.read(path == "-" ? "/dev/stdin" : path)
        } catch { throw .broken("cannot read \(printable(path)): \(error.cause)") }
        show(try client.call("POST", ["v1", "lineage"], body: bytes).map ?? [:])
    }

    private func show(_ map: ValueMap) {
        var table = Table(["WHAT", "IS"])
        for key in ["key", "generation", "number", "founder"] {
            table.add([key, Rendering.cell(map[key])])
        }
        for (name, list) in [("birth", "births"), ("child", "children")] {
            for link in map[list]?.list?.compactMap(\.map) ?? [] {
                table.add([
                    "\(name) \(Rendering.cell(link["number"]))",
                    "\(Rendering.cell(link["child"])) of \(Rendering.cell(link["parent"])), "
                        + "\(Rendering.cell(link["generation"]))",
                ])
            }
        }
        screen.write(table.text)
        screen.note("every certificate up to the founder is verified")
    }
}
