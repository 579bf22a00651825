public import Resources

/// A secret as the graph holds it: sealed to the keys of the machines that need it, one box each,
/// and bound to its name and version. Format: Docs/Formats/sealed.md.
///
/// A box opens only as the secret and version it was sealed as: copied to another name, or put back
/// in place of a newer version, it is refused.
public struct SealedValue: Hashable, Sendable {
    /// The boxes in order of the machines' names.
    public let boxes: [Box]

    /// The secret for one machine.
    public struct Box: Hashable, Sendable {
        /// The machine's name.
        public var machine: String
        /// The key it was sealed to.
        public var recipient: Fingerprint
        /// The address it was sealed as; proven only by opening.
        public var secret: String
        /// The version it was sealed as; proven only by opening.
        public var version: Int64
        /// The encapsulated key, 32 bytes.
        public var key: [UInt8]
        /// The sealed content and its tag.
        public var box: [UInt8]
    }

    /// A machine that may open it.
    public struct Recipient: Hashable, Sendable {
        /// The machine's name.
        public var machine: String
        /// Its key.
        public var key: SealingKey

        /// The machine of that name and key.
        public init(machine: String, key: SealingKey) {
            self.machine = machine
            self.key = key
        }
    }

    /// What a value is sealed for: a box of one purpose does not open for another.
    public enum Purpose: String, Sendable, CaseIterable {
        /// To be given to tasks.
        case secret
        /// To vouch for machines.
        case authority

        /// HPKE's `info`.
        var info: [UInt8] { Array("pisces \(rawValue) 1".utf8) }
    }

    init(boxes: [Box]) { self.boxes = boxes }

    /// Seals `content` as the version of a secret to each of the machines.
    public init(
        sealing content: SecretBytes, as name: SecretName, version: Int64,
        for recipients: [Recipient], purpose: Purpose = .secret
    ) throws(TrustError) {
        try Self.check(content, name, recipients)
        var plain = content.withBytes(Self.padded)
        defer { wipe(&plain) }
        var boxes: [Box] = []
        for recipient in recipients.sorted(by: { $0.machine < $1.machine }) {
            let data = name.authenticated(version: version, machine: recipient.machine)
            guard
                let sealed = SealedBox.seal(
                    plain, to: recipient.key, info: purpose.info, authenticating: data)
            else { throw Self.weak(recipient, name) }
            boxes.append(
                Box(
                    machine: recipient.machine, recipient: recipient.key.fingerprint,
                    secret: name.description, version: version, key: sealed.encapsulated,
                    box: sealed.ciphertext))
        }
        self.boxes = boxes
    }

    /// Opens the box of the machine that holds `key`, as that version of that secret.
    public func open(
        with key: MachineKey, as name: SecretName, version: Int64, purpose: Purpose = .secret
    ) throws(TrustError) -> SecretBytes {
        let fingerprint = key.sealingKey.fingerprint
        guard let box = boxes.first(where: { $0.recipient == fingerprint }) else {
            throw notForThisMachine(name, fingerprint)
        }
        guard box.secret == name.description else { throw Self.otherName(name, box) }
        guard box.version == version else { throw Self.otherVersion(name, version, box) }
        let data = name.authenticated(version: version, machine: box.machine)
        guard
            let plain = SealedBox.open(
                encapsulated: box.key, box.box, with: key, info: purpose.info, authenticating: data),
            let content = plain.withBytes(Self.unpadded)
        else { throw Self.damaged(name) }
        return content
    }

    /// The same secret, of the same version, sealed to one machine more by one that can open it.
    public func adding(
        _ recipient: Recipient, by key: MachineKey, as name: SecretName, version: Int64,
        purpose: Purpose = .secret
    ) throws(TrustError) -> SealedValue {
        let content = try open(with: key, as: name, version: version, purpose: purpose)
        let others = boxes.filter { $0.machine != recipient.machine }
        let added = try SealedValue(
            sealing: content, as: name, version: version, for: [recipient], purpose: purpose)
        let all = (others + added.boxes).sorted { $0.machine < $1.machine }
        try Self.check(size: content.count, name, machines: all.count)
        return SealedValue(boxes: all)
    }
}

/// The address of a secret: what its boxes are bound to.
public struct SecretName: Hashable, Sendable, CustomStringConvertible {
    /// The namespace.
    public let namespace: Namespace
    /// The name.
    public let name: ResourceName

    /// The secret of that name there.
    public init(namespace: Namespace, name: ResourceName) {
        self.namespace = namespace
        self.name = name
    }

    /// `/prod/secret/guestbook-key`.
    public var description: String {
        (namespace == .root ? "" : namespace.path) + "/secret/" + name.text
    }

    /// What a box is bound to: a CBOR list of namespace, name, version and machine.
    func authenticated(version: Int64, machine: String) -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(4)
        writer.write(namespace.path)
        writer.write(name.text)
        writer.write(version)
        writer.write(machine)
        return writer.bytes
    }
}

extension SealedValue {
    /// Content is padded, so that a box does not tell how long a password is.
    static let padding = 64

    /// The count in 4 bytes, little-endian, the content, zeros up to a multiple of 64.
    static func padded(_ content: [UInt8]) -> [UInt8] {
        let size = (4 + content.count + padding - 1) / padding * padding
        var plain: [UInt8] = []
        plain.reserveCapacity(size)
        for shift in stride(from: 0, to: 32, by: 8) {
            plain.append(UInt8(truncatingIfNeeded: content.count >> shift))
        }
        plain += content
        plain.append(contentsOf: repeatElement(0, count: size - plain.count))
        return plain
    }

    static func unpadded(_ plain: [UInt8]) -> SecretBytes? {
        guard plain.count >= 4 else { return nil }
        let count = plain[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard count <= plain.count - 4 else { return nil }
        return SecretBytes(copying: plain[4..<4 + count])
    }
}
