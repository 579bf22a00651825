internal import Host
internal import Node
internal import Resources
internal import Trust

/// The machines of the fleet.
extension CLI {
    func nodeList() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "nodes"])
        if print(answer, as: try format) { return }
        showNodes(answer)
    }

    private func showNodes(_ answer: Value) {
        var table = Table(["NAME", "ROLE", "STATE", "ETCD", "PEN", "MIRRORED", "ADDRESS"])
        for node in answer.map?["items"]?.list?.compactMap(\.map) ?? [] {
            let addresses = node["addresses"]?.list?.compactMap(\.text) ?? []
            table.add([
                Rendering.cell(node["name"]) + (node["here"]?.bool == true ? " (here)" : ""),
                Rendering.cell(node["role"]), Rendering.cell(node["state"]),
                Self.member(node), node["pen"]?.bool == true ? "yes" : "-",
                Self.mirror(node["mirror"]?.map),
                addresses.joined(separator: " "),
            ])
        }
        screen.write(table.text)
        let log = answer.map?["log"]?.map ?? [:]
        screen.write("\nthe fleet log rests on \(Rendering.cell(log["rests"]))")
        if let reason = log["reason"]?.text { screen.write("; \(reason)") }
        screen.write("\n")
        if let isReplicated = log["replicated"]?.bool {
            screen.write(
                isReplicated
                    ? "more than half of the voters have all of it\n"
                    : "not all of it is on more than half of the voters yet\n")
        }
        if let text = log["authority"]?.text { screen.write("\(text)\n") }
        for field in ["member", "checks", "memberFailure", "moveFailure", "followFailure"] {
            if let text = log[field]?.text { screen.write("\(Self.label(field)): \(text)\n") }
        }
    }

    /// What a machine is in the cluster of etcd, and how it is there.
    private static func member(_ node: ValueMap) -> String {
        guard let state = node["member"]?.text else { return "-" }
        return (node["votes"]?.bool == false ? "learner, " : "voter, ") + state
    }

    /// How far this node knows another machine's log, or why not.
    private static func mirror(_ mirror: ValueMap?) -> String {
        guard let mirror else { return "-" }
        if let failure = mirror["failure"]?.text { return failure }
        let silent = mirror["silent"]?.int.map { ", heard \($0) ms ago" } ?? ""
        return "@\(mirror["position"]?.int ?? 0)\(silent)"
    }

    private static func label(_ field: String) -> String {
        switch field {
        case "member": "member of etcd"
        case "checks": "what is asked of etcd"
        case "memberFailure": "member of etcd failed"
        case "moveFailure": "the move waits"
        default: "following waits"
        }
    }

    func nodeInvite() throws(ClientError) {
        let answer = try client.call("POST", ["v1", "invitations"], query)
        screen.note("for one machine, until \(Rendering.cell(answer.map?["expires"])); shown once")
        screen.write((answer.map?["invitation"]?.text ?? "") + "\n")
    }

    func nodeAt() throws(ClientError) {
        let words = invocation.positionals
        showNodes(try client.call("POST", ["v1", "nodes", words[0], "at", words[1]], query))
    }

    func nodeRefound() throws(ClientError) {
        showNodes(try client.call("POST", ["v1", "nodes", "refound"], query))
    }

    /// Each change is the last word of its verb, in the API as here.
    func nodeChange() throws(ClientError) {
        let name = invocation.positionals[0]
        let change = invocation.verb.words.last ?? ""
        showNodes(try client.call("POST", ["v1", "nodes", name, change], query))
    }
}

/// `pisces node join`: makes an empty state directory that of a node of the fleet that invited.
struct NodeJoining {
    let invocation: Invocation
    let environment: [String: String]
    let screen: Screen

    func run() throws(ClientError) {
        guard let bus = invocation["bus"] else {
            throw .usage("needs --bus ADDRESS:PORT, where other nodes reach this one")
        }
        guard let address = BusAddress(bus) else {
            throw .usage("--bus must be a numeric address and port, not \(printable(bus))")
        }
        let invitation: Invitation
        let text = try text()
        do throws(TrustError) { invitation = try Invitation(text) } catch {
            throw .usage("\(error.subject): \(error.cause); \(error.remedy)")
        }
        let directory = StateDirectory.path(invocation["state"], environment: environment)
        do throws(NodeError) {
            let nodes = try FleetNode.join(
                directory: directory, name: invocation["name"], address: address,
                invitation: invitation, milliseconds: Limits.joinPatience.value)
            screen.write(
                "joined a fleet of \(nodes) nodes; now run\n"
                    + "  pisces up --state \(directory) --bus \(address)\n")
        } catch { throw .broken(error.message) }
    }

    /// The invitation; `-` reads it from standard input, where no list of processes shows it.
    private func text() throws(ClientError) -> String {
        guard invocation.positionals[0] == "-" else { return invocation.positionals[0] }
        do throws(LinuxFile.Failure) {
            let bytes = try LinuxFile.read("/dev/stdin", limit: Limits.invitationText.value)
            return String(decoding: bytes, as: UTF8.self)
        } catch { throw .broken("cannot read the invitation: \(error.cause)") }
    }
}
