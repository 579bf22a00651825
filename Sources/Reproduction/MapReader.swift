internal import Resources
internal import Trust

/// Takes the keys of a map one by one, names the path of what is wrong, and refuses keys that
/// nobody took: a document has no room for what a reader would not see.
struct MapReader {
    private var rest: ValueMap
    private let path: String
    private let subject: String

    init(_ map: ValueMap, path: String, of subject: String = "the description") {
        rest = map
        self.path = path
        self.subject = subject
    }

    /// Refuses what is left.
    func finish() throws(ReproductionError) {
        if let key = rest.keys.first { throw wrong(printable(key), "is no key of this format") }
    }

    /// The value of a key, which is then done with.
    mutating func take(_ key: String) -> Value? {
        let value = rest[key]
        rest[key] = nil
        return value
    }

    mutating func int(_ key: String) throws(ReproductionError) -> Int64 {
        guard let int = take(key)?.int else { throw wrong(key, "must be an integer") }
        return int
    }

    mutating func text(_ key: String) throws(ReproductionError) -> String {
        guard let text = take(key)?.text else { throw wrong(key, "must be a text") }
        return text
    }

    mutating func optionalText(_ key: String) throws(ReproductionError) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.text else { throw wrong(key, "must be a text") }
        return text
    }

    mutating func bytes(_ key: String) throws(ReproductionError) -> [UInt8] {
        guard let bytes = take(key)?.bytes else { throw wrong(key, "must be bytes") }
        return bytes
    }

    /// Bytes, or null.
    mutating func optionalBytes(_ key: String) throws(ReproductionError) -> [UInt8]? {
        let value = take(key)
        if value == .null { return nil }
        guard let bytes = value?.bytes else { throw wrong(key, "must be bytes or null") }
        return bytes
    }

    mutating func digest(_ key: String) throws(ReproductionError) -> ContentDigest {
        guard let digest = ContentDigest(bytes: try bytes(key)) else {
            throw wrong(key, "must be the 32 bytes of a SHA-256")
        }
        return digest
    }

    mutating func values(_ key: String) throws(ReproductionError) -> ValueMap {
        guard let map = take(key)?.map else { throw wrong(key, "must be a map") }
        return map
    }

    mutating func list(_ key: String) throws(ReproductionError) -> [Value] {
        guard let list = take(key)?.list else { throw wrong(key, "must be a list") }
        return list
    }

    mutating func texts(_ key: String) throws(ReproductionError) -> [String] {
        let list = try list(key)
        let texts = list.compactMap(\.text)
        guard texts.count == list.count else { throw wrong(key, "must be a list of texts") }
        return texts
    }

    mutating func blob(_ key: String) throws(ReproductionError) -> Blob {
        guard let blob = take(key).flatMap(Blob.init) else {
            throw wrong(key, "must be a digest of 32 bytes and a size")
        }
        return blob
    }

    mutating func blobs(_ key: String) throws(ReproductionError) -> [Blob] {
        let list = try list(key)
        let blobs = list.compactMap { Blob($0) }
        guard blobs.count == list.count else {
            throw wrong(key, "must be a list of digests of 32 bytes and sizes")
        }
        return blobs
    }

    mutating func named<Name>(
        _ key: String, _ make: (String) throws(NameError) -> Name
    ) throws(ReproductionError) -> Name {
        let text = try text(key)
        do throws(NameError) { return try make(text) } catch { throw wrong(key, error.reason) }
    }

    mutating func map<Part>(
        _ key: String, _ make: (inout MapReader) throws(ReproductionError) -> Part
    ) throws(ReproductionError) -> Part {
        try part(try values(key), at: key, make)
    }

    /// A map, or null.
    mutating func optionalMap<Part>(
        _ key: String, _ make: (inout MapReader) throws(ReproductionError) -> Part
    ) throws(ReproductionError) -> Part? {
        if rest[key] == .null {
            rest[key] = nil
            return nil
        }
        return try map(key, make)
    }

    mutating func maps<Part>(
        _ key: String, _ make: (inout MapReader) throws(ReproductionError) -> Part
    ) throws(ReproductionError) -> [Part] {
        var parts: [Part] = []
        for (index, value) in try list(key).enumerated() {
            guard let map = value.map else { throw wrong("\(key).\(index)", "must be a map") }
            parts.append(try part(map, at: "\(key).\(index)", make))
        }
        return parts
    }

    private func part<Part>(
        _ map: ValueMap, at key: String,
        _ make: (inout MapReader) throws(ReproductionError) -> Part
    ) throws(ReproductionError) -> Part {
        var reader = MapReader(map, path: "\(path)\(key).", of: subject)
        let part = try make(&reader)
        try reader.finish()
        return part
    }

    func wrong(_ key: String, _ cause: String) -> ReproductionError {
        ReproductionError(
            .badForm, operation: "read", subject: subject, cause: "\(path)\(key) \(cause)",
            remedy: "copy it again from where it was made")
    }
}

extension Blob {
    /// Reads a list of digest and size.
    init?(_ value: Value) {
        guard let list = value.list, list.count == 2,
            let digest = list[0].bytes.flatMap({ ContentDigest(bytes: $0) }),
            let size = list[1].int, size >= 0
        else { return nil }
        self.init(digest, size: size)
    }
}
