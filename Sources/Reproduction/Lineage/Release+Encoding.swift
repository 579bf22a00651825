internal import Resources
internal import Trust

extension Release {
    /// Its canonical bytes: a CBOR map.
    public var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.write(
            [
                "format": .int(Self.format), "generation": .bytes(generation.bytes),
                "sequence": .int(sequence), "issued": .int(issued.milliseconds),
                "expires": .int(expires.milliseconds),
                "signatures": .list(
                    signatures.map { [.bytes($0.key.bytes), .bytes($0.signature.bytes)] }),
            ] as ValueMap)
        return writer.bytes
    }

    /// Reads its bytes; whose signatures count is checked by `ReleaseTrust`.
    public init(_ bytes: [UInt8]) throws(ReproductionError) {
        guard bytes.count <= 64 << 10, let map = (try? CBORReader.decode(bytes))?.map else {
            throw ReproductionError(
                .badForm, operation: "read", subject: "a release",
                cause: "it is no canonical CBOR map of at most 64 KiB",
                remedy: "get it again from where it was signed")
        }
        var reader = MapReader(map, path: "", of: "a release")
        guard try reader.int("format") == Self.format else {
            throw reader.wrong("format", "is not \(Self.format)")
        }
        generation = try reader.digest("generation")
        sequence = try reader.int("sequence")
        issued = WallTime(milliseconds: try reader.int("issued"))
        expires = WallTime(milliseconds: try reader.int("expires"))
        let list = try reader.list("signatures")
        try reader.finish()
        guard list.count <= Limits.descriptionKeys.value else {
            throw reader.wrong("signatures", "are more than \(Limits.descriptionKeys.value)")
        }
        for value in list { signatures.append(try Self.vote(value, reader)) }
        let keys = signatures.map(\.key.bytes)
        for (before, key) in zip(keys, keys.dropFirst())
        where !before.lexicographicallyPrecedes(key) {
            throw reader.wrong("signatures", "are out of order")
        }
    }

    private static func vote(
        _ value: Value, _ reader: MapReader
    ) throws(ReproductionError) -> Vote {
        guard let pair = value.list, pair.count == 2, let key = pair[0].bytes,
            let signature = pair[1].bytes
        else { throw reader.wrong("signatures", "must be pairs of a key and a signature") }
        do throws(TrustError) {
            return Vote(
                key: try SignerKey(bytes: key), signature: try Signature(bytes: signature))
        } catch { throw ReproductionError(error) }
    }
}
