internal import Resources

/// What an X.509 certificate (RFC 5280) says.
struct Certificate: Hashable, Sendable {
    /// SHA-256 of all of it, in hexadecimal digits.
    var fingerprint: String
    var serial: String
    var subject: String, issuer: String, commonName: String
    /// Milliseconds since 1970.
    var notBefore: Int64, notAfter: Int64
    var signature: String
    var key: String, keyBits: Int?
    var isAuthority = false
    var isSelfIssued: Bool
    var usage: [String] = []
    var alternatives: [String] = []
    var subjectKey: String?, authorityKey: String?

    /// Reads a certificate; nil for anything else, or what is cut short.
    init?(_ bytes: ArraySlice<UInt8>) {
        var outer = DER(bytes)
        guard let all = outer.next(0x30), all.whole.count == bytes.count else { return nil }
        var parts = DER(all.body)
        guard let signed = parts.next(0x30), let algorithm = parts.next(0x30),
            parts.next(0x03) != nil
        else { return nil }
        var fields = DER(signed.body)
        _ = fields.next(0xA0)
        guard let serial = fields.next(0x02), fields.next(0x30) != nil,
            let issuer = fields.next(0x30), let validity = fields.next(0x30),
            let subject = fields.next(0x30), let key = fields.next(0x30)
        else { return nil }
        var times = DER(validity.body)
        guard let start = times.next().flatMap({ DER.time($0) }),
            let end = times.next().flatMap({ DER.time($0) }),
            let (name, bits) = Self.key(key.body)
        else { return nil }
        fingerprint = hex(SHA256.digest(all.whole))
        let digits = serial.body.drop { $0 == 0 }
        self.serial = hex(digits.isEmpty ? [0] : digits)
        let names = Self.names(subject.body)
        self.subject = Self.text(names)
        self.issuer = Self.text(Self.names(issuer.body))
        commonName = names.last { $0.key == "CN" }?.value ?? ""
        notBefore = start
        notAfter = end
        signature = Self.algorithm(algorithm.body)
        self.key = name
        keyBits = bits
        isSelfIssued = subject.body == issuer.body
        while let one = fields.next() {
            if one.tag == 0xA3 { readExtensions(one.body) }
        }
    }

    private static func names(_ body: ArraySlice<UInt8>) -> [(key: String, value: String)] {
        var result: [(key: String, value: String)] = []
        var sets = DER(body)
        while let set = sets.next(0x31), result.count < 64 {
            var pairs = DER(set.body)
            while let pair = pairs.next(0x30) {
                var parts = DER(pair.body)
                guard let kind = parts.next(0x06), let value = parts.next() else { continue }
                let name = DER.identifier(kind.body)
                result.append((OIDs.attributes[name] ?? name, DER.text(value)))
            }
        }
        return result
    }

    private static func text(_ names: [(key: String, value: String)]) -> String {
        names.map { name in
            "\(name.key)=" + name.value.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
        }.joined(separator: ", ")
    }

    private static func algorithm(_ body: ArraySlice<UInt8>) -> String {
        var parts = DER(body)
        guard let kind = parts.next(0x06) else { return "" }
        let name = DER.identifier(kind.body)
        return OIDs.algorithms[name] ?? name
    }

    /// The algorithm of a public key, and its length.
    private static func key(_ body: ArraySlice<UInt8>) -> (String, Int?)? {
        var parts = DER(body)
        guard let algorithm = parts.next(0x30), let key = parts.next(0x03) else { return nil }
        let name = Self.algorithm(algorithm.body)
        if name == "RSA" {
            // A bit string, behind its count of unused bits, holds modulus and exponent.
            var numbers = DER(key.body.dropFirst())
            guard let pair = numbers.next(0x30) else { return (name, nil) }
            var two = DER(pair.body)
            return (name, two.next(0x02).map { bitCount($0.body) })
        }
        var inside = DER(algorithm.body)
        _ = inside.next()
        guard let curve = inside.next(0x06), name == "EC" else {
            return (name, OIDs.bits[name])
        }
        let text = DER.identifier(curve.body)
        let known = OIDs.algorithms[text] ?? text
        return ("EC \(known)", OIDs.bits[known])
    }

    // MARK: Extensions

    private mutating func readExtensions(_ body: ArraySlice<UInt8>) {
        var outer = DER(body)
        guard let list = outer.next(0x30) else { return }
        var all = DER(list.body)
        var count = 0
        while let one = all.next(0x30), count < 256 {
            count += 1
            var parts = DER(one.body)
            guard let kind = parts.next(0x06) else { continue }
            _ = parts.next(0x01)
            guard let value = parts.next(0x04) else { continue }
            read(DER.identifier(kind.body), DER(value.body))
        }
    }

    private mutating func read(_ kind: String, _ value: DER) {
        var value = value
        switch kind {
        case "2.5.29.19":
            var inside = DER(value.next(0x30)?.body ?? [])
            isAuthority = inside.next(0x01)?.body.first.map { $0 != 0 } ?? false
        case "2.5.29.14": subjectKey = value.next(0x04).map { hex($0.body) }
        case "2.5.29.35":
            var inside = DER(value.next(0x30)?.body ?? [])
            authorityKey = inside.next(0x80).map { hex($0.body) }
        case "2.5.29.15":
            let bits = value.next(0x03)?.body.dropFirst() ?? []
            usage = OIDs.usages.enumerated().filter { index, _ in
                bits.dropFirst(index / 8).first.map { $0 >> UInt8(7 - index % 8) & 1 == 1 }
                    ?? false
            }.map(\.element)
        case "2.5.29.17":
            var inside = DER(value.next(0x30)?.body ?? [])
            while let one = inside.next(), alternatives.count < 64 {
                // rfc822Name, dNSName and URI are texts; an iPAddress is bytes.
                switch one.tag {
                case 0x81, 0x82, 0x86: alternatives.append(lossyText(one.body))
                case 0x87: alternatives.append(Self.address(one.body))
                default: break
                }
            }
        default: break
        }
    }

    private static func address(_ bytes: ArraySlice<UInt8>) -> String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        return hex(bytes)
    }

    // MARK: Files

    /// The certificates of a file: in PEM (RFC 7468), or one in DER. What is damaged is left out.
    static func all(_ bytes: [UInt8]) -> [Certificate] {
        if bytes.first == 0x30 { return [Certificate(bytes[...])].compactMap(\.self) }
        var result: [Certificate] = []
        var text: String?
        for line in ConfigLine.all(bytes[...]) {
            switch line.text {
            case "-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CERTIFICATE-----": text = ""
            case "-----END CERTIFICATE-----", "-----END X509 CERTIFICATE-----":
                if let whole = text.flatMap({ Base64.decode($0) }),
                    let one = Certificate(whole[...])
                {
                    result.append(one)
                }
                text = nil
            default: text?.append(line.text)
            }
        }
        return result
    }
}

/// Object identifiers and their names.
private enum OIDs {
    static let attributes = [
        "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L",
        "2.5.4.8": "ST", "2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU",
        "2.5.4.12": "title",
        "2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.42": "GN",
        "2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.1": "UID",
        "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
    ]

    static let algorithms = [
        "1.2.840.113549.1.1.1": "RSA", "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5": "sha1WithRSAEncryption", "1.2.840.113549.1.1.10": "rsassaPss",
        "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13": "sha512WithRSAEncryption", "1.2.840.10045.2.1": "EC",
        "1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
        "1.2.840.10040.4.1": "DSA", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448",
        "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", "1.3.132.0.35": "P-521",
        "1.3.132.0.10": "secp256k1",
    ]

    static let bits = [
        "Ed25519": 256, "Ed448": 456, "P-256": 256, "P-384": 384, "P-521": 521, "secp256k1": 256,
    ]

    static let usages = [
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
        "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
    ]
}
