internal import Resources

/// One version of a resource with its stored form, so that it is encoded and hashed once.
final class Version: Sendable {
    let resource: Resource
    let bytes: [UInt8]
    private let known: StateHash?

    /// Encodes a new version.
    init(_ resource: Resource) {
        self.resource = resource
        var writer = CBORWriter(capacity: 256)
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
    /// Versions by identity, and the identities by name: a name never changes while its resource
    /// lives, so both come and go together.
    private struct Generation {
        var versions: [Identifier: Version] = [:]
        var names: [[UInt8]: Identifier] = [:]
    }

    private var young = Generation()
    private var old = Generation()
    private let capacity: Int

    init(capacity: Int) { self.capacity = max(2, capacity) }

    mutating func version(_ id: Identifier) -> Version? {
        if let version = young.versions[id] { return version }
        guard let version = old.versions[id] else { return nil }
        insert(version)
        return version
    }

    /// The identity under a name, when a cached resource has it.
    func identifier(_ nameKey: [UInt8]) -> Identifier? {
        young.names[nameKey] ?? old.names[nameKey]
    }

    /// The version under a name, when it is cached.
    mutating func version(nameKey: [UInt8]) -> Version? {
        identifier(nameKey).flatMap { version($0) }
    }

    mutating func insert(_ version: Version) {
        if young.versions.count >= capacity / 2 { age() }
        let id = version.resource.id
        if let before = young.versions[id] ?? old.versions[id],
            before.resource.created != version.resource.created
        {
            // The identity was given again after a deletion, maybe under another name.
            remove(id)
        }
        if young.versions.updateValue(version, forKey: id) == nil {
            young.names[version.resource.nameKey] = id
        }
    }

    /// Forgets what nobody asked for since the last time.
    mutating func age() {
        old = young
        young = Generation()
    }

    mutating func remove(_ id: Identifier) {
        guard let version = young.versions[id] ?? old.versions[id] else { return }
        let key = version.resource.nameKey
        young.versions[id] = nil
        old.versions[id] = nil
        if young.names[key] == id { young.names[key] = nil }
        if old.names[key] == id { old.names[key] = nil }
    }
}
