internal import Resources
public import Trust

/// A certificate that one system made another: the parent's word for the child's key and for what
/// the child was when it was born. Format: Docs/Formats/lineage.md.
public struct Lineage: Hashable, Sendable {
    /// What the child signs with.
    public let child: SignerKey
    /// What the parent signs with.
    public let parent: SignerKey
    /// The child's generation at its birth: the digest of its description.
    public let generation: ContentDigest
    /// How many births lie between the child and the founder, from 1.
    public let number: Int64
    /// The parent's signature.
    public let signature: Signature

    /// The number of the format.
    static let format: Int64 = 1

    /// Certifies that the holder of `parent` made the system of that key from the description of
    /// that digest. The founder has number 0 and no certificate.
    public init(
        child: SignerKey, generation: ContentDigest, number: Int64, parent: MachineKey
    ) throws(ReproductionError) {
        self.child = child
        self.parent = parent.signerKey
        self.generation = generation
        self.number = number
        try Self.check(child, parent.signerKey, number)
        let digest = Self.digest(child, parent.signerKey, generation, number)
        do throws(TrustError) { signature = try parent.sign(digest, as: .lineage) } catch {
            throw ReproductionError(error)
        }
    }

    /// Checks that the parent signed it.
    public func verify() throws(ReproductionError) {
        try Self.check(child, parent, number)
        let digest = Self.digest(child, parent, generation, number)
        do throws(TrustError) { try parent.verify(signature, of: digest, as: .lineage) } catch {
            throw ReproductionError(error)
        }
    }

    /// Checks a chain of certificates, the founder's child first: each is signed, and each parent
    /// is the child of the one before.
    public static func verify(
        _ chain: [Lineage], founder: SignerKey
    ) throws(ReproductionError) {
        guard chain.count <= Limits.lineageDepth.value else {
            throw refusal(
                .tooLarge,
                "it has \(chain.count) births; the limit is "
                    + "\(Limits.lineageDepth.value)")
        }
        var (parent, number) = (founder, Int64(0))
        for link in chain {
            try link.verify()
            guard link.parent == parent else {
                throw refusal(
                    .untrusted,
                    "birth \(link.number) was certified by \(link.parent.fingerprint), "
                        + "which is not \(parent.fingerprint)")
            }
            guard link.number == number + 1 else {
                throw refusal(.untrusted, "birth \(link.number) follows birth \(number)")
            }
            (parent, number) = (link.child, link.number)
        }
    }

    private static func check(
        _ child: SignerKey, _ parent: SignerKey, _ number: Int64
    ) throws(ReproductionError) {
        guard number >= 1, number <= Limits.lineageDepth.value else {
            throw refusal(
                .tooLarge, "birth \(number) is not within 1 and \(Limits.lineageDepth.value)")
        }
        guard child != parent else { throw refusal(.untrusted, "nothing is its own parent") }
    }

    /// What is signed: the SHA-256 of a CBOR list.
    private static func digest(
        _ child: SignerKey, _ parent: SignerKey, _ generation: ContentDigest, _ number: Int64
    ) -> ContentDigest {
        var writer = CBORWriter()
        writer.beginList(5)
        writer.write(format)
        writer.write(bytes: child.bytes)
        writer.write(bytes: parent.bytes)
        writer.write(bytes: generation.bytes)
        writer.write(number)
        return ContentDigest(of: writer.bytes)
    }

    static func refusal(_ kind: ReproductionError.Kind, _ cause: String) -> ReproductionError {
        ReproductionError(
            kind, operation: "verify", subject: "the lineage", cause: cause,
            remedy: "get the certificates again from the parent")
    }
}

extension Lineage {
    /// Its canonical bytes: a CBOR map.
    public var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.write(
            [
                "format": .int(Self.format), "child": .bytes(child.bytes),
                "parent": .bytes(parent.bytes), "generation": .bytes(generation.bytes),
                "number": .int(number), "signature": .bytes(signature.bytes),
            ] as ValueMap)
        return writer.bytes
    }

    /// Reads and verifies its bytes.
    public init(_ bytes: [UInt8]) throws(ReproductionError) {
        guard bytes.count <= 1024, let map = (try? CBORReader.decode(bytes))?.map else {
            throw Self.refusal(.badForm, "it is no canonical CBOR map of at most 1024 bytes")
        }
        var reader = MapReader(map, path: "", of: "a certificate of lineage")
        guard try reader.int("format") == Self.format else {
            throw reader.wrong("format", "is not \(Self.format)")
        }
        generation = try reader.digest("generation")
        number = try reader.int("number")
        let keys = (try reader.bytes("child"), try reader.bytes("parent"))
        let signed = try reader.bytes("signature")
        try reader.finish()
        do throws(TrustError) {
            child = try SignerKey(bytes: keys.0)
            parent = try SignerKey(bytes: keys.1)
            signature = try Signature(bytes: signed)
        } catch { throw ReproductionError(error) }
        try verify()
    }
}

extension ReproductionError {
    /// A refusal of a key or a signature.
    init(_ error: TrustError) {
        self.init(
            error.kind == .damaged ? .untrusted : .badForm, operation: error.operation,
            subject: error.subject, cause: error.cause, remedy: error.remedy)
    }
}
