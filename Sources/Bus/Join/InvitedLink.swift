internal import NIOCore
internal import Resources
internal import Trust

/// A connection of a machine that has nothing but an invitation to a node of the fleet that invites.
///
/// Whoever answers has shown a certificate of the authority that the invitation names, before
/// anything was said.
final class InvitedLink: Sendable {
    /// The authority that was pinned.
    let authority: Certificate
    private let address: String
    private let link: PeerLink

    /// Connects to `address`; blocks at most `milliseconds`.
    init(
        to address: String, with invitation: Invitation, loops: BusLoops, milliseconds: Int
    ) throws(BusError) {
        guard let place = HostPort(address) else {
            throw Self.unreachable(address, "it is no numeric address and port")
        }
        let pinned = PinnedAuthority()
        let link: PeerLink
        do throws(LinkFailure) {
            link = try PeerLink.dial(
                place, identity: try Self.nobody(), loops: loops, milliseconds: milliseconds
            ) { (chain) throws(TrustError) in try pinned.accept(chain, invitation) }
        } catch {
            switch error {
            case .refused(let refusal): throw Self.forbidden(address, refusal)
            case .failed(let cause): throw Self.unreachable(address, cause)
            }
        }
        guard let authority = pinned.authority else {
            link.close()
            throw Self.unreachable(address, "it showed no certificate")
        }
        self.authority = authority
        self.address = address
        self.link = link
    }

    /// False once the connection has ended.
    var isOpen: Bool { link.isOpen }

    /// Asks, and waits for the answer.
    func ask(_ request: PeerRequest) throws(BusError) -> PeerAnswer {
        let outcome: PeerLink.Outcome
        do { outcome = try link.send(request, to: address).wait() } catch {
            throw Self.unreachable(address, "\(error)")
        }
        return try outcome.get()
    }

    func close() { link.close() }

    private static func nobody() throws(LinkFailure) -> TLSIdentity {
        do throws(BusError) { return try TLSIdentity() } catch { throw .failed(error.cause) }
    }

    static func unreachable(_ address: String, _ cause: String) -> BusError {
        BusError(
            .unreachable, operation: "ask", subject: printable(address), cause: cause,
            remedy: "see that a node of the fleet runs there")
    }

    static func forbidden(_ subject: String, _ error: TrustError) -> BusError {
        BusError(
            .forbidden, operation: "trust", subject: printable(subject), cause: error.cause,
            remedy: error.remedy)
    }
}
