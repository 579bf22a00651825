internal import Resources

@testable internal import Bus
@testable internal import Trust

extension FuzzTarget {
    /// Certificates and requests to join: what is accepted is encoded again as the same bytes.
    @Sendable static func certificate(_ input: [UInt8]) -> String? {
        if let certificate = try? Certificate(bytes: input) {
            let body = certificate.signed
            let again = DER.list(body, OID.ed25519, DER.bitString(certificate.signature))
            if again != input { return "accepted a certificate of another form" }
        }
        guard let request = try? JoinRequest(bytes: input) else { return nil }
        return request.bytes == input ? nil : "accepted a request of another form"
    }

    /// Invitations as people type them: what is accepted reads back from its own text.
    @Sendable static func invitation(_ input: [UInt8]) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        guard let read = try? Invitation(text) else { return nil }
        guard let again = try? Invitation(read.text) else { return "does not read its own text" }
        return again == read ? nil : "is another invitation when written and read again"
    }

    /// Messages between nodes: what is accepted is written again as the same bytes.
    @Sendable static func peer(_ input: [UInt8]) -> String? {
        if let message = try? PeerMessage(bytes: input), message.bytes != input {
            return "accepted a message that is not canonical"
        }
        if let answer = try? JoinAnswer(bytes: input), answer.bytes != input {
            return "accepted an answer that is not canonical"
        }
        return nil
    }
}
