public import Resources
public import Trust

extension Lineage {
    /// The fields of its resource of type `lineage`.
    public var data: ValueMap {
        [
            "child": .text(child.description), "parent": .text(parent.description),
            "digest": .text(generation.description), "number": .int(number),
            "signature": .bytes(signature.bytes),
        ]
    }

    /// Reads the fields of a resource and verifies the signature.
    public init(data: ValueMap) throws(ReproductionError) {
        guard let child = data["child"]?.text, let parent = data["parent"]?.text,
            let generation = data["digest"]?.text.flatMap({ ContentDigest($0) }),
            let number = data["number"]?.int, let signature = data["signature"]?.bytes
        else { throw Self.refusal(.badForm, "a resource lacks a field or has one of no meaning") }
        do throws(TrustError) {
            self.child = try SignerKey(child)
            self.parent = try SignerKey(parent)
            self.signature = try Signature(bytes: signature)
        } catch { throw ReproductionError(error) }
        self.generation = generation
        self.number = number
        try verify()
    }
}

extension Lineage {
    /// Certificates as text: one in hexadecimal digits a line, the founder's child first.
    public static func text(of chain: [Lineage]) -> String {
        chain.map { ContentHex.text($0.encoded) + "\n" }.joined()
    }

    /// Reads and verifies the text of certificates; the founder is whoever signed the first.
    public static func chain(_ text: String) throws(ReproductionError) -> [Lineage] {
        let lines = text.split(whereSeparator: \.isNewline)
        guard !lines.isEmpty, lines.count <= Limits.lineageDepth.value else {
            throw refusal(
                .badForm, "it has \(lines.count) lines; 1 to \(Limits.lineageDepth.value) are due")
        }
        var chain: [Lineage] = []
        for line in lines {
            guard let bytes = ContentHex.bytes(String(line)) else {
                throw refusal(.badForm, "a line is not of hexadecimal digits")
            }
            chain.append(try Lineage(bytes))
        }
        try verify(chain, founder: chain[0].parent)
        return chain
    }

    /// The births that lead to `key`, the founder's child first, of certificates in any order;
    /// none when it is a founder, or nobody certified it yet.
    public static func chain(
        to key: SignerKey, among all: [Lineage]
    ) throws(ReproductionError) -> [Lineage] {
        var chain: [Lineage] = []
        var next = key
        while let link = all.first(where: { $0.child == next }) {
            chain.insert(link, at: 0)
            guard chain.count <= Limits.lineageDepth.value else {
                throw refusal(.untrusted, "it has no founder: the certificates run in a circle")
            }
            next = link.parent
        }
        try verify(chain, founder: next)
        return chain
    }
}

/// Bytes as lower-case hexadecimal digits.
enum ContentHex {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// The bytes of an even number of digits; nil for anything else.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index...index + 1], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16), !pair.hasPrefix("+") else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
