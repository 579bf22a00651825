public import Resources

/// How often and how far a system may copy itself: what resources of type `birthpolicy` say,
/// the strictest of each.
public struct BirthPolicy: Hashable, Sendable {
    /// The kill switch.
    public private(set) var isStopped = false
    /// The most systems each may make.
    public private(set) var children = Int64(Limits.births.value)
    /// The most births between a system and its founder.
    public private(set) var depth = Int64(Limits.birthDepth.value)
    /// The most bytes of a copy; nil without a bound.
    public private(set) var disk: Int64?
    /// The most bytes a second; nil without a bound.
    public private(set) var bandwidth: Int64?

    /// What the `data` of all resources of the type say together; the usual bounds without any. A
    /// field of another kind than its type has counts as the strictest: 0, or stopped.
    public init(_ policies: [ValueMap] = []) {
        isStopped = policies.contains { ($0["stopped"] ?? false) != false }
        func least(_ field: String) -> Int64? {
            policies.compactMap { $0[field].map { max(0, $0.int ?? 0) } }.min()
        }
        children = least("children") ?? children
        depth = least("depth") ?? depth
        disk = least("disk")
        bandwidth = least("bandwidth")
    }

    /// Refuses a birth of so many bytes by a system that lies `depth` births behind its founder
    /// and made `children` systems.
    public func check(
        children made: Int64, depth own: Int64, bytes: Int64
    ) throws(ReproductionError) {
        if isStopped {
            throw refusal("births are switched off", "set stopped to false in birthpolicy")
        }
        guard made < children else {
            throw refusal(
                "this system made \(made) others; the limit is \(children)",
                "raise children in birthpolicy")
        }
        guard own < depth else {
            throw refusal(
                "this system lies \(own) births behind its founder; the limit is \(depth)",
                "raise depth in birthpolicy, or copy a system nearer to the founder")
        }
        if let disk, bytes > disk {
            throw refusal(
                "the copy takes \(bytes) bytes; the limit is \(disk)",
                "raise disk in birthpolicy, or remove apps")
        }
    }

    private func refusal(_ cause: String, _ remedy: String) -> ReproductionError {
        ReproductionError(
            .notAllowed, operation: "make", subject: "another system", cause: cause,
            remedy: remedy)
    }
}
