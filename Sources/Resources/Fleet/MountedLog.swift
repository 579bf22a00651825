/// A log mounted on a namespace below `/`. It goes on from the history of the log at `/`: up to
/// the entry that mounted it both are one, behind it what is in the namespace is its own.
public struct MountedLog: Hashable, Sendable {
    /// The identity of the log, which is that of its resource.
    public let id: Identifier
    /// What people call it.
    public let name: ResourceName
    /// The namespace it holds, with all below.
    public let mount: Namespace
    /// The entry of the log at `/` that mounted it; its own first entry is the next position.
    public let origin: Position

    /// The log that `resource` mounts. Throws `invalidValue` or `wrongLog` for one that mounts none.
    public init(_ resource: Resource) throws(Refusal) {
        guard resource.namespace == .root else {
            throw Self.refusal(resource, "namespace", "is in \(resource.namespace)", "put it in /")
        }
        guard let path = resource.data["mount"]?.text else {
            throw Self.refusal(
                resource, "mount", "names no namespace", "give one, as in `mount: /prod`")
        }
        do throws(NameError) { mount = try Namespace(path) } catch {
            throw Self.refusal(resource, "mount", error.reason, "give an absolute path")
        }
        guard mount != .root, !Self.machines.contains(mount) else {
            throw Self.refusal(
                resource, "mount", "names \(mount), which has a log of its own",
                "choose a namespace below / that is not below \(Self.machines)")
        }
        id = resource.id
        name = resource.name
        origin = resource.created.position
    }

    /// The type of the resources that mount logs. Desired state in the log at `/`.
    public static let type = TypeDefinition(
        name: CoreTypes.known("log"),
        summary: "A log of its own for a namespace: its commands no longer go to the log at /.",
        role: .desired, writer: "people",
        fields: [
            .init(
                "mount", .text, "The namespace it holds, with all below; it never changes.",
                indexed: true, required: true)
        ],
        columns: ["mount"])

    /// True for a resource that mounts a log, wherever it is.
    public static func isMade(by resource: Resource) -> Bool { resource.type == type.name }

    private static let machines: Namespace = {
        do throws(NameError) { return try Namespace("/machines") } catch {
            preconditionFailure("/machines is a namespace: \(error.reason)")
        }
    }()

    private static func refusal(
        _ resource: Resource, _ field: String, _ reason: String, _ remedy: String
    ) -> Refusal {
        Refusal(
            .invalidValue, filter: "apply", subject: resource.address, reason: reason,
            remedy: remedy, field: field)
    }
}
