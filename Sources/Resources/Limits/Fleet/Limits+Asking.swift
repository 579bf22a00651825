/// Bounds of questions that another machine answers.
extension Limits {
    /// Bytes of an answer that one machine gives for another.
    public static let askedBytes = Limit(
        name: "answer of another machine", unit: "bytes", value: 3 << 20,
        range: 64 << 10...16 << 20,
        why: "it is one message between nodes; pages of 1,000 resources have some 1 MiB")
    /// Milliseconds that another machine may take to answer a question.
    public static let askPatience = Limit(
        name: "question to another machine", unit: "ms", value: 15_000, range: 100...60_000,
        why: "a query may take 10 s; a machine that is gone is known at once")
    /// Milliseconds that a question waits for the positions of its bookmark.
    public static let bookmarkPatience = Limit(
        name: "wait for a bookmark", unit: "ms", value: 5000, range: 10...60_000,
        why: "who follows is milliseconds behind; who is further behind had better say so")
    /// Milliseconds between two looks at how far the logs are.
    public static let bookmarkLook = Limit(
        name: "look for a bookmark", unit: "ms", value: 5, range: 1...1000,
        why: "a look reads two numbers; only questions with a bookmark look")
    /// Machines that are asked for what this one does not have.
    public static let askedMachines = Limit(
        name: "machines asked", unit: "machines", value: 3, range: 1...64,
        why: "each that is silent costs seconds; voters have the same")

    static let asking = [
        askedBytes, askPatience, bookmarkPatience, bookmarkLook, askedMachines,
    ]
}
