internal import NIOSSL
public import Trust

/// What a node shows others: its certificate, that of the fleet's authority, and the key to it.
public struct TLSIdentity: Sendable {
    /// The node's certificate; nil for a machine that has none yet.
    public let certificate: Certificate?
    /// The authority's certificate, shown so that a machine that joins can compare it.
    let authority: Certificate?
    let server: NIOSSLContext?
    let client: NIOSSLContext

    /// A node of a fleet.
    public init(
        certificate: Certificate, authority: Certificate, key: MachineKey
    ) throws(BusError) {
        guard certificate.passport.key == key.signerKey else {
            throw BusError(
                .refused, operation: "use", subject: "the certificate of this machine",
                cause: "it is for another key", remedy: "renew it, or restore the machine's key")
        }
        self.certificate = certificate
        self.authority = authority
        do {
            let chain = try [certificate, authority].map {
                NIOSSLCertificateSource.certificate(
                    try NIOSSLCertificate(bytes: $0.bytes, format: .der))
            }
            let secret = try key.forTLS.withBytes {
                try NIOSSLPrivateKey(bytes: $0, format: .der)
            }
            var server = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(secret))
            // Whoever has no certificate may ask to join and nothing else: PeerGate says why.
            server.certificateVerification = .optionalVerification
            var client = TLSConfiguration.makeClientConfiguration()
            client.certificateChain = chain
            client.privateKey = .privateKey(secret)
            self.server = try NIOSSLContext(configuration: server.ours)
            self.client = try NIOSSLContext(configuration: client.ours)
        } catch { throw Self.refusal(error) }
    }

    /// A machine that asks to join.
    public init() throws(BusError) {
        certificate = nil
        authority = nil
        server = nil
        do {
            client = try NIOSSLContext(
                configuration: TLSConfiguration.makeClientConfiguration().ours)
        } catch { throw Self.refusal(error) }
    }

    private static func refusal(_ error: any Error) -> BusError {
        BusError(
            .refused, operation: "use", subject: "the certificate of this machine",
            cause: "the library for TLS refuses it: \(error)", remedy: "renew it")
    }
}

extension TLSConfiguration {
    /// TLS 1.3 and Ed25519 only; who is accepted is ours to say, by key and never by name.
    fileprivate var ours: TLSConfiguration {
        var configuration = self
        configuration.minimumTLSVersion = .tlsv13
        configuration.verifySignatureAlgorithms = [.ed25519]
        configuration.signingSignatureAlgorithms = [.ed25519]
        configuration.trustRoots = .certificates([])
        configuration.sendCANameList = false
        if configuration.certificateVerification != .optionalVerification {
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }
}
