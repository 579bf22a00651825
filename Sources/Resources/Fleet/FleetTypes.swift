/// The machines of a fleet and how they are let in: desired state, in the fleet log.
public enum FleetTypes {
    /// Those of the members; the pen and replication are in an extension.
    public static let members = [node, invitation, authority, Overlay.type]

    /// A machine of the fleet, named as the machine is.
    public static let node = TypeDefinition(
        name: CoreTypes.known("node"), summary: "A machine of the fleet.", role: .desired,
        writer: "people",
        fields: [
            .init(
                "key", .bytes, "The public key it signs and connects with (Ed25519).",
                required: true),
            .init(
                "sealing", .bytes, "The public key that values are sealed to for it (X25519).",
                required: true),
            .init("certificate", .bytes, "Its present certificate (X.509, DER)."),
            .init("serial", .text, "The number of that certificate."),
            .init(
                "addresses", .list, "Where it may be reached, as host:port: hints that may be old."),
            .init(
                "role", .text, "What it is in the fleet.", indexed: true, required: true,
                oneOf: NodeRole.allCases.map(\.rawValue)),
            .init(
                "state", .text, "Where it is in its life in the fleet.", indexed: true,
                required: true, oneOf: NodeState.allCases.map(\.rawValue)),
            .init("approved", .text, "Who let it in."),
            .init("invitation", .text, "The invitation it came with."),
            .init("former", .list, "Keys it had before it was removed; refused for ever."),
            .init("since", .int, "The position of the log at which it came."),
            .init(
                "renew", .int, "The position of the log by which its certificate is renewed."),
            .init(
                "step", .int, "How far it has followed the replacement of etcd's authority."),
            .init("tunnel", .bytes, "The public key of its end of tunnels (WireGuard)."),
            .init("tunnelAddress", .text, "Its address in the network of tunnels."),
        ],
        columns: ["role", "state", "addresses", "approved", "renew"],
        health: "state = 'active' or state = 'draining'")

    /// The right to join, for one machine and once, named by its identifier.
    public static let invitation = TypeDefinition(
        name: CoreTypes.known("invitation"), summary: "The right of one machine to join, once.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "digest", .bytes, "SHA-256 of the secret; the secret is shown once.",
                required: true),
            .init(
                "expires", .int, "When it ends, in wall time.", unit: "ms since 1970",
                required: true),
            .init(
                "state", .text, "Whether it can still be used.", indexed: true, required: true,
                oneOf: ["open", "used", "revoked"]),
            .init(
                "role", .text, "What the machine will be.", required: true,
                oneOf: NodeRole.allCases.map(\.rawValue)),
            .init("automatic", .bool, "Whoever has it is let in without approval.", standard: true),
            .init("node", .text, "The machine that used it."),
            .init("maker", .text, "Who invited."),
        ],
        columns: ["state", "role", "automatic", "node", "expires"])

    /// What vouches for the machines of the fleet; `fleet` in `/`.
    public static let authority = TypeDefinition(
        name: CoreTypes.known("authority"), summary: "What vouches for the machines of the fleet.",
        role: .desired, writer: "people",
        fields: [
            .init("certificate", .bytes, "Its certificate (X.509, DER).", required: true),
            .init(
                "former", .list, "Certificates of former ones that are still accepted, DER."),
            .init("fingerprint", .text, "The short name of its key.", required: true),
            .init(
                "sealed", .list, "Its private key, sealed to the nodes that may use it.",
                required: true),
            .init("version", .int, "How often its key was sealed.", required: true),
            .init("holders", .list, "Keys of the machines that have ever had its private key."),
            .init(
                "step", .int,
                "How many steps of replacements there were; each machine follows each of them."),
        ],
        columns: ["fingerprint", "version"])
}
