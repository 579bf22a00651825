internal import NIOCore
public import Resources
public import Trust

/// A machine that joins a fleet by an invitation, and later renews what it was given.
public struct Joiner: Sendable {
    private let key: MachineKey
    private let name: String
    private let addresses: [String]
    private let loops: BusLoops

    /// The machine of that name and key, which others may reach at `addresses`.
    public init(name: String, key: MachineKey, addresses: [String], loops: BusLoops) {
        self.name = name
        self.key = key
        self.addresses = addresses
        self.loops = loops
    }

    /// Asks the fleet that invited; blocks at most `milliseconds`.
    ///
    /// The addresses of the invitation are tried in turn. Whoever answers must show a certificate
    /// of the authority whose fingerprint the invitation has, before the secret is sent. Asking
    /// again with the same invitation and key gives the same answer; `waiting` means that somebody
    /// must approve first.
    public func join(
        _ invitation: Invitation, milliseconds: Int
    ) throws(BusError) -> JoinAnswer {
        let end = NIODeadline.now() + .milliseconds(Int64(milliseconds))
        var open = invitation.addresses
        var tried: [String] = []
        var refusals: [String] = []
        while let address = open.first {
            open.removeFirst()
            guard !tried.contains(address), tried.count < 2 * Limits.nodeAddresses.value else {
                continue
            }
            tried.append(address)
            let left = Int((end - .now()).nanoseconds / 1_000_000)
            guard left > 0 else { break }
            do throws(BusError) {
                let answer = try ask(address, invitation, milliseconds: left)
                guard case .elsewhere(let others) = answer else { return answer }
                refusals.append("\(printable(address)) cannot vouch")
                open += others
            } catch {
                // What the fleet says of the invitation, all its nodes say.
                guard error.kind == .unreachable || error.kind == .unanswered else { throw error }
                refusals.append("\(printable(address)): \(error.cause)")
            }
        }
        throw BusError(
            .unreachable, operation: "join", subject: "the fleet",
            cause: refusals.isEmpty
                ? "the invitation has no address" : refusals.joined(separator: "; "),
            remedy: "see that a node of the fleet runs and can be reached from here")
    }

    private func ask(
        _ address: String, _ invitation: Invitation, milliseconds: Int
    ) throws(BusError) -> JoinAnswer {
        let link = try InvitedLink(
            to: address, with: invitation, loops: loops,
            milliseconds: min(milliseconds, Limits.busArrival.value))
        defer { link.close() }
        let authority = link.authority
        let request: JoinRequest
        do throws(TrustError) {
            request = try JoinRequest(
                name: name, addresses: addresses, invitation: invitation.id,
                authority: authority.passport.key.fingerprint, signedBy: key)
        } catch { throw InvitedLink.forbidden(address, error) }
        let asked = PeerRequest(
            path: PeerGate.joinPath,
            body: JoinMessage.bytes(secret: invitation.secret, request),
            milliseconds: milliseconds)
        return try check(try JoinAnswer(bytes: try link.ask(asked).body), authority)
    }

    /// What is given must be for this machine, by the authority that was pinned.
    private func check(
        _ answer: JoinAnswer, _ authority: Certificate
    ) throws(BusError) -> JoinAnswer {
        guard case .member(let certificate, let roll) = answer else { return answer }
        do throws(TrustError) {
            guard roll.authority == authority, certificate.passport.key == key.signerKey,
                certificate.passport.name == name
            else {
                throw TrustError(
                    .badKey, operation: "accept", subject: "the certificate that was given",
                    cause: "it is for another machine or of another authority",
                    remedy: "use another invitation")
            }
            try CertificateCheck(authorities: [authority], now: nil, position: nil)
                .accept(certificate)
        } catch { throw InvitedLink.forbidden("the fleet", error) }
        return answer
    }

    /// Asks one machine after the other, until one gives a certificate in place of the one this
    /// machine has. Who was away for long knows of some that are gone, or that no longer vouch.
    public func renew(
        from others: [ResourceName], of peers: TLSPeers, authority: Certificate, milliseconds: Int
    ) throws(BusError) -> JoinAnswer {
        var failure = BusError(
            .unreachable, operation: "renew", subject: "the certificate of \(printable(name))",
            cause: "none of the machines asked holds the key of the fleet's authority",
            remedy: "start a voter of the fleet; it is tried again")
        for other in others {
            do throws(BusError) {
                let answer = try renew(
                    from: other, of: peers, authority: authority, milliseconds: milliseconds)
                if case .member = answer { return answer }
            } catch { failure = error }
        }
        throw failure
    }

    /// Asks `peer` for a certificate in place of the one this machine has, which may have ended.
    public func renew(
        from peer: ResourceName, of peers: TLSPeers, authority: Certificate, milliseconds: Int
    ) throws(BusError) -> JoinAnswer {
        let request: JoinRequest
        do throws(TrustError) {
            request = try JoinRequest(
                name: name, addresses: addresses, invitation: nil,
                authority: authority.passport.key.fingerprint, signedBy: key)
        } catch { throw InvitedLink.forbidden(peer.text, error) }
        let answer = try peers.call(
            peer,
            PeerRequest(
                path: PeerGate.renewPath, body: request.bytes, milliseconds: milliseconds))
        return try check(try JoinAnswer(bytes: answer.body), authority)
    }
}
