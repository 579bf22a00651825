internal import Host
public import Resources
internal import Synchronization

extension SharedLog {
    /// An epoch beyond those that the cluster may have used since it was heard.
    public var leapedEpoch: UInt64 {
        let known = state.withLock { $0.chain }?.version ?? 0
        let least = max(known, copy.chain.version, copy.activeEpoch)
        return least + UInt64(Limits.refoundingLeap.value)
    }

    /// Goes on in files of this machine with entries of `epoch`, without the cluster, whose voters
    /// are lost: only by a person's word, because what the cluster had behind the copy is given up.
    /// Repeated after a crash at any step it ends in the same place. On the appending thread.
    ///
    /// Throws ``LogError/behind(tail:)`` for a copy that does not end at `position`.
    public func abandon(behind position: Position, epoch: UInt64) throws(LogError) {
        guard cluster != nil else { return }
        guard copy.tail == position else { throw .behind(tail: copy.tail) }
        // From here on nobody else has them for certain.
        try copy.sync()
        if copy.activeEpoch < epoch || copy.isSealed { try copy.extend(epoch: epoch) }
        try copy.clearForward()
        state.withLock { $0 = State() }
    }
}
