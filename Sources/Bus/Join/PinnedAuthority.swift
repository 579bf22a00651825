internal import Resources
internal import Synchronization
internal import Trust

/// The authority that an invitation names by its fingerprint, found in what a peer shows that it
/// names too: machines that were removed may have copied the authority's key.
final class PinnedAuthority: Sendable {
    private let found = Mutex<Certificate?>(nil)

    /// The authority's certificate, once a peer showed it.
    var authority: Certificate? { found.withLock { $0 } }

    /// Accepts a peer that the pinned authority vouches for. The calendar is not judged: a board
    /// that joins may have no clock yet; that the invitation still holds, the fleet judges.
    func accept(_ chain: [Certificate], _ invitation: Invitation) throws(TrustError) {
        guard let peer = chain.first,
            let authority = chain.dropFirst().first(where: { one in
                one.passport.use == .authority && one.isSelfSigned
                    && invitation.isOf(one.passport.key.fingerprint)
            })
        else {
            let shown = chain.last?.passport.authority.description ?? "none"
            throw TrustError(
                .otherAuthority, operation: "accept", subject: "a peer",
                cause: "its fleet's authority is \(shown), not that of the invitation",
                remedy: "another fleet answers there: see the addresses of the invitation")
        }
        try CertificateCheck(authorities: [authority], now: nil, position: nil).accept(peer)
        let machine = peer.passport.key.fingerprint
        guard invitation.names(machine) else {
            throw TrustError(
                .badKey, operation: "accept", subject: "a peer",
                cause: "its key is \(machine), which the invitation does not name",
                remedy: "when that machine has joined anew since, take another invitation; else "
                    + "somebody else answers at its address")
        }
        found.withLock { $0 = authority }
    }
}
