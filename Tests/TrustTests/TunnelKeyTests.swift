import Resources
import Testing
import Trust

@Suite struct TunnelKeyTests {
    /// The key of wg(8)'s own examples, and its public key as `wg pubkey` gives it.
    private static let text = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    private static let known = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="

    private func key(_ text: String) throws -> TunnelKey {
        try TunnelKey(text: SecretBytes(copying: Array(text.utf8)))
    }

    @Test func aKeyIsTheOneThatWireGuardsToolsKnow() throws {
        for text in [Self.text, Self.text + "\n"] {
            let key = try key(text)
            #expect(Base64.encode(key.publicKey) == Self.known)
            key.secret.withBytes { #expect(Base64.encode($0) == Self.text) }
            key.text.withBytes { #expect(String(decoding: $0, as: UTF8.self) == Self.text + "\n") }
        }
    }

    @Test func newKeysDifferAndAreReadBack() throws {
        let (one, other) = (TunnelKey(), TunnelKey())
        #expect(one.publicKey != other.publicKey && one.publicKey.count == 32)
        #expect(try TunnelKey(text: one.text).publicKey == one.publicKey)
    }

    @Test(arguments: [
        "", "\n", "short=", "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBm!=", "no key at all",
    ])
    func whatIsNoKeyIsRefused(_ text: String) {
        let error = #expect(throws: TrustError.self) { try key(text) }
        #expect(error?.kind == .badKey)
    }
}
