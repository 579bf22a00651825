internal import Bus
internal import Log
public import Resources
internal import Synchronization

/// Where several machines vote, and too few of them are left.
extension FleetNode {
    /// Asks the voters of a cluster that is not heard whether they run: who writes is told what a
    /// person can do.
    func watchVoters(_ view: FleetView) {
        guard shared?.cluster != nil, view.voters.count > 1, isClusterSilent else {
            return state.withLock { $0.lost = nil }
        }
        let silent = view.voters.filter { $0 != name && !isHeard($0) }
        let lost = LostVoters(voters: view.voters, silent: silent, machine: name)
        state.withLock { $0.lost = lost }
    }

    /// True while what orders the log does not answer this machine.
    var isClusterSilent: Bool {
        let (keeping, follower) = state.withLock { ($0.keeping, $0.follower) }
        let isHeard = keeping?.keeper.latest.map { $0.sight != nil } ?? true
        return !isHeard || follower?.status.failure != nil
    }

    /// The voters that are lost, as far as this machine knows; nil while enough are heard.
    public var lostVoters: LostVoters? { state.withLock { $0.lost } }
}
