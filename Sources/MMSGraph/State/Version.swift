internal import Resources

/// One version of a resource with its stored form, so that it is encoded and hashed once.
final class Version: Sendable {
    let resource: Resource
    let bytes: [UInt8]
    private let known: StateHash?

    /// Encodes a new version.
    init(_ resource: Resource) {
        self.resource = resource
        var writer = CBORWriter(capacity: 512)
        writer.write(resource)
        bytes = writer.bytes
        known = StateHash(of: bytes)
    }

    /// Decodes a stored version.
    init(stored bytes: [UInt8]) throws(GraphError) {
        var reader = CBORReader(bytes)
        do throws(CBORError) {
            resource = try reader.readResource()
            try reader.finish()
        } catch {
            throw GraphError(
                operation: "decode", subject: "a stored resource",
                cause: "offset \(error.offset): \(error.reason.rawValue)")
        }
        self.bytes = bytes
        known = nil
    }

    /// The digest of this version alone; most stored versions are read and never need it.
    var digest: StateHash { known ?? StateHash(of: bytes) }
}

/// Versions by identity in bounded memory: two generations, the older of which is forgotten when
/// the younger is full, so what is used stays and no list of uses is kept.
struct VersionCache {
    private var young: [Identifier: Version] = [:]
    private var old: [Identifier: Version] = [:]
    private let capacity: Int

    init(capacity: Int) { self.capacity = max(2, capacity) }

    mutating func version(_ id: Identifier) -> Version? {
        if let version = young[id] { return version }
        guard let version = old[id] else { return nil }
        insert(version)
        return version
    }

    mutating func insert(_ version: Version) {
        if young.count >= capacity / 2 {
            old = young
            young = [:]
        }
        young[version.resource.id] = version
    }

    mutating func remove(_ id: Identifier) {
        young[id] = nil
        old[id] = nil
    }
}
