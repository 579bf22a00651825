internal import Host
internal import Resources

/// What has been reported of files, in digests: some 150 bytes a file.
struct FileTable: Sendable {
    struct Entry: Hashable, Sendable {
        var identity: Int
        var announced: Int
        var silent: Int
        var isFolder: Bool
    }

    /// How a file differs from what was reported.
    enum Difference { case none, silent, announced }

    private(set) var entries: [String: Entry] = [:]
    var names = OwnerNames()

    init() {}

    var count: Int { entries.count }

    subscript(_ path: String) -> Entry? { entries[path] }

    private func entry(_ record: FileRecord) -> Entry {
        var (announced, silent) = record.marks()
        var hasher = Hasher()
        hasher.combine(announced)
        hasher.combine(names.users[record.status.user])
        hasher.combine(names.groups[record.status.group])
        announced = hasher.finalize()
        if record.isFolder { silent = 0 }
        return Entry(
            identity: record.identity.hashValue, announced: announced, silent: silent,
            isFolder: record.isFolder)
    }

    /// How a file differs; nil stands for one that is not there.
    func difference(_ path: String, _ record: FileRecord?) -> Difference {
        guard let record else { return entries[path] == nil ? .none : .announced }
        guard let old = entries[path] else { return .announced }
        let new = entry(record)
        if old.identity != new.identity || old.announced != new.announced { return .announced }
        return old.silent == new.silent ? .none : .silent
    }

    /// Reports a file unless it is as it was reported; true when it was not.
    @discardableResult
    mutating func see(
        _ record: FileRecord, _ cause: FileCause?, _ origin: Origin, _ now: WallTime,
        _ out: inout [Observation]
    ) -> Bool {
        let new = entry(record)
        let old = entries[record.path]
        guard old != new else { return false }
        let subject = FileRecord.subject(record.path)
        if let old, old.identity != new.identity {
            out.append(.absent(subject, origin: origin, sensed: now))
        }
        entries[record.path] = new
        var data = record.data(names)
        var links = record.links(names)
        var meant: [Observation.Subject: String] = [:]
        cause?.add(to: &data, &links, &meant)
        out.append(
            .present(
                Observation.Sighting(
                    subject, identity: record.identity, data: data, links: links, meant: meant,
                    origin: origin, sensed: now)))
        return true
    }

    /// Reports files as gone, the deepest first.
    mutating func lose(
        _ paths: some Collection<String>, _ origin: Origin, _ now: WallTime,
        _ out: inout [Observation]
    ) {
        for path in paths.sorted(by: >) where entries.removeValue(forKey: path) != nil {
            out.append(.absent(FileRecord.subject(path), origin: origin, sensed: now))
        }
    }

    /// The files reported that lie below any of these folders.
    func below(_ folders: Set<String>) -> [String] {
        entries.keys.filter { path in
            var rest = path[...]
            while let slash = rest.lastIndex(of: "/"), slash != path.startIndex {
                rest = rest[..<slash]
                if folders.contains(String(rest)) { return true }
            }
            return false
        }
    }
}

/// Who made a change: a process that is proven to be the one the event is of.
struct FileCause: Hashable, Sendable {
    /// Its number and start, as the sensor of processes gives its identity.
    var process: Int32
    var identity: String
    /// Its short name.
    var name: String

    func add(
        to data: inout ValueMap, _ links: inout SortedMap<[Observation.Subject]>,
        _ meant: inout [Observation.Subject: String]
    ) {
        let subject = ProcessIdentities.subject(process)
        data["changedBy"] = .text(name)
        links["CHANGED_BY"] = [subject]
        meant[subject] = identity
    }
}
