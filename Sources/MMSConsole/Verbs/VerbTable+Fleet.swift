/// The verbs of the fleet (design/01).
extension VerbTable {
    static let fleet =
        [
            Verb(
                .nodeList, "node list", "Lists the machines of the fleet, and where its log rests.",
                parameters: [output],
                route: .init("GET", "/v1/nodes", reply: "The nodes, and the rest of the log.")),
            Verb(
                .nodeInvite, "node invite",
                "Prints an invitation for one machine; the first one makes the fleet.",
                parameters: [
                    .init(
                        name: "role", value: "voter|learner|client",
                        summary: "What the machine will be; voter unless told."),
                    .init(
                        name: "lifetime", value: "AGE", summary: "How long, as 1h; 1h unless told."),
                    .init(
                        name: "approve", value: nil,
                        summary: "Somebody must approve the machine before it is let in."),
                ],
                route: .init("POST", "/v1/invitations", reply: "The invitation."),
                examples: ["node invite", "node invite --role client --lifetime 1d"]),
            Verb(
                .nodeJoin, "node join", "Makes an empty state directory a node of a fleet.",
                positionals: [.init(name: "INVITATION")],
                parameters: [
                    .init(
                        name: "bus", value: "ADDRESS:PORT",
                        summary: "Where other nodes reach this one.", scope: .cli),
                    .init(
                        name: "name", value: "NAME", summary: "The machine's name.", scope: .cli),
                ],
                examples: ["node join pisces-join-… --bus 10.0.0.8:7118"]),
            Verb(
                .nodeAt, "node at",
                "Says where a machine is now, when all have moved and none finds another.",
                positionals: [.init(name: "NAME"), .init(name: "ADDRESS:PORT")],
                route: .init("POST", "/v1/nodes/{name}/at/{address}", reply: "The nodes."),
                examples: ["node at n2 10.0.1.8:7118"]),
            Verb(
                .nodeRefound, "node refound",
                "Founds the fleet log anew from the copy here, when its voters are lost for good.",
                parameters: [
                    .init(
                        name: "from", value: "POSITION",
                        summary: "Confirms where the copy ends; without it that is said, and "
                            + "what may be lost.")
                ],
                route: .init("POST", "/v1/nodes/refound", reply: "The nodes."),
                examples: ["node refound", "node refound --from 4711"]),
        ]
        + changes.map { operation, word, summary in
            Verb(
                operation, "node \(word)", summary, positionals: [.init(name: "NAME")],
                route: .init("POST", "/v1/nodes/{name}/\(word)", reply: "The nodes."))
        }

    private static let changes: [(Operation, String, String)] = [
        (.nodeApprove, "approve", "Lets a machine in that waits for it."),
        (.nodeDrain, "drain", "Gives a machine no new tasks, so that it can be removed."),
        (.nodeResume, "resume", "Gives a machine tasks again."),
        (.nodeRemove, "remove", "Removes a machine; its key is refused from then on."),
        (.nodePromote, "promote", "Makes a machine a voter."),
        (.nodeDemote, "demote", "Makes a voter a client."),
    ]
}
