internal import Resources
public import Trust

/// Who asks, as far as the connection proves it.
public enum PeerCaller: Hashable, Sendable {
    /// A node of the fleet whose certificate holds.
    case node(Passport)
    /// A node whose certificate has ended: it may ask for a new one.
    case lapsed(Passport)
    /// Somebody without a certificate: may ask to join, or for the content of a birth.
    case stranger

    /// The node's name.
    public var name: String? {
        switch self {
        case .node(let passport), .lapsed(let passport): passport.name
        case .stranger: nil
        }
    }
}

/// Lets requests in or refuses them: every one, on connections that are open already too.
public struct PeerGate: Sendable {
    /// What certificates are held against now: authorities, time, position of the log.
    let trust: @Sendable () -> CertificateCheck
    /// Refuses a node that was removed or may not use a path. May read the graph; runs on a thread
    /// for requests, before each request is carried out and again before its answer is sent.
    let authorise: @Sendable (_ node: Passport, _ path: String) throws(BusError) -> Void

    /// A gate by those rules.
    public init(
        trust: @escaping @Sendable () -> CertificateCheck,
        authorise: @escaping @Sendable (_ node: Passport, _ path: String) throws(BusError) -> Void
    ) {
        self.trust = trust
        self.authorise = authorise
    }

    /// The path of those who are no nodes yet.
    public static let joinPath = "/bus/join"
    /// The path of blank machines that have an invitation and fetch the system they become.
    public static let birthPath = "/bus/birth"
    /// The path of nodes that renew their certificates.
    public static let renewPath = "/bus/renew"

    /// The path of nodes that ask whether the log was founded anew: also those that belong no more,
    /// because they hear it nowhere else.
    public static let foundingPath = "/bus/founding"

    /// What the other side showed when it connected.
    enum Shown: Sendable {
        case nothing
        case certificate(Certificate)
        /// Something that is no certificate of a fleet.
        case other(TrustError)
    }

    /// The caller of a request to `path`, or why it is refused. `proven` has the authorities that
    /// the signature of the certificate was held against: it need not be checked twice.
    func admit(
        _ shown: Shown, _ path: String, proven: inout [Certificate]
    ) throws(BusError) -> PeerCaller {
        if path == Self.joinPath || path == Self.birthPath { return .stranger }
        let certificate: Certificate
        switch shown {
        case .nothing:
            throw Self.forbidden(
                path, "no certificate was shown",
                "join the fleet with an invitation of pisces node invite")
        case .other(let error): throw Self.forbidden(path, error.cause, error.remedy)
        case .certificate(let shown): certificate = shown
        }
        let check = trust()
        let passport = certificate.passport
        do throws(TrustError) {
            if proven == check.authorities, !proven.isEmpty {
                try check.stillAccept(certificate)
            } else {
                try check.accept(certificate)
                proven = check.authorities
            }
        } catch {
            if path == Self.foundingPath, error.kind == .expired || error.kind == .revoked {
                return .lapsed(passport)
            }
            guard error.kind == .expired, path == Self.renewPath else {
                throw Self.forbidden(
                    path, "\(error.subject): \(error.cause)", error.remedy,
                    error.kind == .expired ? .expired : .forbidden)
            }
            try authorise(passport, path)
            return .lapsed(passport)
        }
        // Who was removed is in the log with another key, or with none.
        if path != Self.foundingPath { try authorise(passport, path) }
        return .node(passport)
    }

    private static func forbidden(
        _ path: String, _ cause: String, _ remedy: String, _ kind: BusError.Kind = .forbidden
    ) -> BusError {
        BusError(
            kind, operation: "ask", subject: printable(path), cause: cause, remedy: remedy)
    }
}
