/// How long to leave a cluster alone after it refused a change: etcd calls itself unhealthy for
/// some five seconds after each, until new connections have lasted that long.
public struct MemberPatience: Hashable, Sendable {
    /// Before that time nothing is changed.
    public private(set) var notBefore = Ticks.zero
    private var refusals = 0

    /// No refusal yet.
    public init() {}

    /// The cluster refused, or did not answer.
    public mutating func refused(at now: Ticks) {
        let first = UInt64(Limits.memberRetry.value)
        let most = UInt64(Limits.memberRetryMost.value)
        let wait = min(most, first << UInt64(min(refusals, 16)))
        refusals += 1
        notBefore = now.advanced(byMilliseconds: wait)
    }

    /// The cluster did it.
    public mutating func done(at now: Ticks) {
        refusals = 0
        notBefore = now
    }
}
