internal import Crypto
public import MMSGraph
public import Resources

/// What a bearer of a secret may do: the pure part of signing in with a token.
public struct TokenCheck: Sendable {
    /// The node that is asked.
    public let node: String

    /// The check of the node of that name.
    public init(node: String) { self.node = node }

    /// The secret as shown once: `pisces_`, then the token's identifier and 32 random bytes in
    /// URL-safe base 64.
    public static func secret(of id: Identifier, random: [UInt8]) -> String {
        "pisces_" + Base64.encodeURL(id.bytes + random)
    }

    /// The digest that the token's resource keeps.
    public static func digest(_ random: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: random)) }

    /// The caller that `secret` proves, on the state `graph` at the time `now`, and until when.
    public func caller(
        secret: String, on graph: some GraphReader, now: WallTime
    ) throws(Refusal) -> (caller: Caller, end: WallTime) {
        guard secret.hasPrefix("pisces_"),
            let bytes = Base64.decodeURL(String(secret.dropFirst(7))), bytes.count == 48,
            let id = Identifier(bytes: bytes.prefix(16))
        else { throw refusal("is not in the form of a token") }
        let found = try reading { () throws(GraphError) in try graph.resource(id) }
        guard let token = found, token.type == CoreTypes.token.name,
            equal(Self.digest(Array(bytes.dropFirst(16))), token.data["digest"]?.bytes ?? [])
        else { throw refusal("is not known here, or was revoked") }
        guard token.data["node"]?.text == node else {
            throw refusal("is for the node \(token.data["node"]?.text ?? "?")")
        }
        guard let expires = token.data["expires"]?.int, expires > now.milliseconds else {
            throw refusal("has expired")
        }
        guard let right = Grant(token: token.data), let identity = Identity("token:\(token.name)")
        else { throw refusal("is damaged") }
        let caller = Caller(identity: identity, right: .token(right))
        return (caller, WallTime(milliseconds: expires))
    }

    private func refusal(_ reason: String) -> Refusal {
        Refusal(
            .unauthenticated, filter: "permission", subject: "the token", reason: reason,
            remedy: "make one with pisces token")
    }

    /// Compares in a time that does not depend on where the bytes differ.
    private func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
