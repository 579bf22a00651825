/// A machine that the fleet has given up, until it is heard again: what it had is placed elsewhere.
public enum Lapse {
    /// The resource, in `/` under the machine's name. Only the handler of the fleet log that
    /// listens for machines writes it, and it runs only where the pen is.
    public static let type = TypeDefinition(
        name: CoreTypes.known("lapse"),
        summary: "A machine that was silent for too long: its tasks are placed elsewhere.",
        role: .system, writer: writer,
        fields: [
            .init("machine", .text, "The machine.", indexed: true, required: true),
            .init("silent", .int, "How long it had been silent.", unit: "ms", required: true),
            .init("by", .text, "The machine that held the pen and decided it.", required: true),
            .init("epoch", .int, "The epoch of the pen it was decided in.", required: true),
            .init("reason", .text, "Why, in words."),
        ], columns: ["machine", "silent", "by", "reason"])

    /// Who writes it.
    public static let writer = "lapses"

    /// The type of machines as the fleet has them.
    public static let node = CoreTypes.known("node")
}
