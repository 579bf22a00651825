internal import Resources

/// The mounts of a namespace and the names they are known by.
///
/// A mount keeps the name it was first seen under while it lives: its mount point, or that and
/// its identifier when another mount lies on the same point already.
struct MountTable: Sendable {
    private var names: [String: String] = [:]
    private var holders: [String: String] = [:]

    init() {}

    /// The subjects of a whole table, in the order of which the kernel mounted them; `devices` are
    /// the block devices by what `MountRecord.device` says of them.
    mutating func seen(_ records: [MountRecord], on devices: [String: String]) -> [Seen] {
        let identities = Set(records.map(\.identity))
        for (identity, name) in names where !identities.contains(identity) {
            names[identity] = nil
            if holders[name] == identity { holders[name] = nil }
        }
        for record in records where names[record.identity] == nil {
            let isFree = holders[record.point] == nil
            let name = isFree ? record.point : "\(record.point)#\(record.unique ?? record.reused)"
            names[record.identity] = name
            holders[name] = record.identity
        }
        let byNumber = Dictionary(records.map { ($0.reused, $0) }, uniquingKeysWith: { $1 })
        var tops: [String: UInt64] = [:]
        for record in records { tops[record.point] = record.reused }
        return records.map { record in
            var one = seen(record, byNumber, isHidden: tops[record.point] != record.reused)
            if let device = devices[record.device] {
                one.links["ON"] = [BlockSource.subject(device)]
            }
            return one
        }
    }

    /// A mount that was gone before it could be read: of it there is only its identifier.
    static func passed(_ unique: UInt64) -> Seen {
        Seen(
            subject: Observation.Subject(type: Kind.mount, name: subjectName("#\(unique)")),
            identity: "mount:\(unique)",
            data: ["unread": .list(["mountPoint", "fileSystem", "source", "options"])])
    }

    private func subject(_ record: MountRecord) -> Observation.Subject {
        Observation.Subject(
            type: Kind.mount, name: subjectName(names[record.identity] ?? record.point))
    }

    private func seen(
        _ record: MountRecord, _ all: [UInt64: MountRecord], isHidden: Bool
    ) -> Seen {
        var one = Seen(
            subject: subject(record), identity: record.identity,
            data: [
                "mountPoint": .text(record.point), "fileSystem": .text(record.fileSystem),
                "source": .text(record.source), "root": .text(record.root),
                "device": .text(record.device),
                "options": .list(split(record.options)),
                "superOptions": .list(split(record.superOptions)),
                "readOnly": .bool(split(record.options).contains("ro")),
                "hidden": .bool(isHidden),
            ])
        if !record.propagation.isEmpty {
            one.data["propagation"] = .list(record.propagation.map { .text($0) })
        }
        if let parent = all[record.parent], parent.reused != record.reused {
            one.links["PARENT"] = [subject(parent)]
        }
        return one
    }

    private func split(_ options: String) -> [Value] {
        options.split(separator: ",").map { .text(String($0)) }
    }
}

extension MountRecord {
    /// The unique identifier; without one, all that a mount keeps for its life.
    var identity: String {
        unique.map { "mount:\($0)" } ?? "mount:\(reused):\(device):\(fileSystem):\(root):\(point)"
    }
}
