internal import Resources

/// A public key in a text file of OpenSSH: the type's name and the key in base 64.
struct PublicKey: Hashable, Sendable {
    var type: String
    /// As `ssh-keygen -l` writes it.
    var fingerprint: String
    /// The length of the modulus or of the curve's numbers, in bits.
    var bits: Int?

    /// Reads the two words; nil when the key does not name the same type.
    init?(_ type: Substring, _ text: Substring) {
        guard let blob = Base64.decode(String(text)) else { return nil }
        self.init(blob[...])
        guard self.type == type else { return nil }
    }

    /// Reads a key in the form of RFC 4253: texts with their lengths before them.
    init?(_ blob: ArraySlice<UInt8>) {
        var rest = blob
        guard let name = sshText(&rest), !name.isEmpty, name.count < 64 else { return nil }
        type = lossyText(name)
        fingerprint = "SHA256:" + Base64.encode(SHA256.digest(blob)).prefix { $0 != "=" }
        switch type {
        case "ssh-rsa":
            _ = sshText(&rest)
            bits = sshText(&rest).map { bitCount($0) }
        case "ssh-dss": bits = sshText(&rest).map { bitCount($0) }
        case "ssh-ed25519", "sk-ssh-ed25519@openssh.com": bits = 256
        default:
            let curve = type.firstRange(of: "nistp").map { type[$0.upperBound...] }
            bits = curve.flatMap { Int($0.prefix { $0.isNumber }) }
        }
    }
}

/// Takes a text with its length in four bytes before it.
func sshText(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard bytes.count >= 4 else { return nil }
    let count = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard count <= bytes.count - 4 else { return nil }
    let text = bytes.dropFirst(4).prefix(count)
    bytes = bytes.dropFirst(4 + count)
    return text
}

/// Bits of a number written with the most significant byte first.
func bitCount(_ bytes: ArraySlice<UInt8>) -> Int {
    let rest = bytes.drop { $0 == 0 }
    guard let first = rest.first else { return 0 }
    return rest.count * 8 - first.leadingZeroBitCount
}

/// A line of `authorized_keys` (sshd(8)).
struct AuthorizedKey: Hashable, Sendable {
    var key: PublicKey
    var comment: String
    /// The names of its options; their values may tell secrets.
    var options: [String]

    init?(_ text: String) {
        var fields = Self.fields(text)
        guard fields.count >= 2 else { return nil }
        options = []
        if let key = PublicKey(fields[0], fields[1]) {
            self.key = key
        } else if fields.count >= 3, let key = PublicKey(fields[1], fields[2]) {
            options = Self.names(fields.removeFirst())
            self.key = key
        } else {
            return nil
        }
        comment = fields.dropFirst(2).joined(separator: " ")
    }

    /// The fields of a line; a space in quotes does not divide.
    private static func fields(_ text: String) -> [Substring] {
        split(text[...]) { $0 == " " || $0 == "\t" }
    }

    private static func names(_ options: Substring) -> [String] {
        split(options) { $0 == "," }.map { option in String(option.prefix { $0 != "=" }) }
    }

    private static func split(
        _ text: Substring, _ divides: (Character) -> Bool
    ) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var (inQuotes, isEscaped) = (false, false)
        for index in text.indices {
            let one = text[index]
            if one == "\"", !isEscaped { inQuotes.toggle() }
            isEscaped = one == "\\" && !isEscaped
            if !inQuotes, divides(one) {
                if start < index { parts.append(text[start..<index]) }
                start = text.index(after: index)
            }
        }
        if start < text.endIndex { parts.append(text[start...]) }
        return parts
    }
}

/// A line of `known_hosts` (sshd(8)).
struct KnownHost: Hashable, Sendable {
    /// Names and addresses; none where they are hashed.
    var hosts: [String]
    var isHashed: Bool
    /// `cert-authority` or `revoked`.
    var marker: String?
    var key: PublicKey

    init?(_ text: String) {
        var fields = text.split { $0 == " " || $0 == "\t" }[...]
        if let first = fields.first, first.hasPrefix("@") {
            marker = String(first.dropFirst())
            fields = fields.dropFirst()
        }
        guard let names = fields.popFirst(), let type = fields.popFirst(),
            let text = fields.popFirst(), let key = PublicKey(type, text)
        else { return nil }
        self.key = key
        isHashed = names.hasPrefix("|")
        hosts = isHashed ? [] : names.split(separator: ",").map { String($0) }
    }
}

/// What a file of a private key tells without its secret.
struct PrivateKey: Hashable, Sendable {
    var format: String
    var isEncrypted: Bool
    /// The public half, where the file has it in clear.
    var key: PublicKey?

    /// Bytes at a file's beginning that hold the public half of any usual key.
    static let head = 4096

    /// Reads the beginning of a file; nil for what is no private key.
    init?(_ bytes: [UInt8]) {
        let lines = ConfigLine.all(bytes[...])
        guard let first = lines.first?.text, first.hasPrefix("-----BEGIN "),
            first.hasSuffix("PRIVATE KEY-----")
        else { return nil }
        let label = first.dropFirst(11).dropLast(5)
        format = String(label)
        switch label {
        case "OPENSSH PRIVATE KEY":
            guard let (cipher, key) = Self.openSSH(lines) else { return nil }
            isEncrypted = cipher != "none"
            self.key = key
        case "ENCRYPTED PRIVATE KEY": isEncrypted = true
        default:
            isEncrypted = lines.prefix(4).contains {
                $0.text.hasPrefix("Proc-Type:") && $0.text.contains("ENCRYPTED")
            }
        }
    }

    /// The cipher and the public key (OpenSSH's PROTOCOL.key).
    private static func openSSH(_ lines: [ConfigLine]) -> (String, PublicKey?)? {
        var text = lines.dropFirst().prefix { !$0.text.hasPrefix("-") }.map(\.text).joined()
        // The head of a long file ends anywhere: what is no whole group of four is left out.
        while text.utf8.count % 4 != 0 { text.removeLast() }
        guard let bytes = Base64.decode(text) else { return nil }
        let magic = Array("openssh-key-v1\0".utf8)
        guard bytes.starts(with: magic) else { return nil }
        var rest = bytes[magic.count...]
        guard let cipher = sshText(&rest), sshText(&rest) != nil, sshText(&rest) != nil else {
            return nil
        }
        rest = rest.dropFirst(4)
        return (lossyText(cipher), sshText(&rest).flatMap { PublicKey($0) })
    }
}
