extension Limits {
    /// Bytes of a bundle that are asked of another machine at once.
    public static let fetchRange = Limit(
        name: "range of a bundle", unit: "bytes", value: 1 << 20, range: 1 << 12...16 << 20,
        why: "a request costs a way there and back; what is asked for is held in memory")
    /// Bytes of a bundle that a node hands out in one answer.
    public static let serveRange = Limit(
        name: "answer with a bundle", unit: "bytes", value: 4 << 20, range: 1 << 16...64 << 20,
        why: "an answer is made whole before it is sent; the rest is asked for from there")
    /// Milliseconds one of those requests may take.
    public static let fetchWait = Limit(
        name: "wait for a part of a bundle", unit: "ms", value: 60_000, range: 1000...600_000,
        why: "a part that takes longer comes at less than 17 kB/s")
    /// Times a part of a bundle is asked for before it is given up.
    public static let fetchAttempts = Limit(
        name: "attempts at a part of a bundle", unit: "attempts", value: 4, range: 1...20,
        why: "a short fault of the network costs no bundle; adding it again goes on where it ended")
    /// Redirections that are followed to a bundle.
    public static let fetchRedirects = Limit(
        name: "redirections to a bundle", unit: "hops", value: 5, range: 0...20,
        why: "large files are often kept elsewhere; a ring ends")

    static let fetching = [fetchRange, serveRange, fetchWait, fetchAttempts, fetchRedirects]
}
