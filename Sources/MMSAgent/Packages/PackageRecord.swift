internal import Resources

/// A package as its manager's records tell of it.
struct PackageRecord: Hashable, Sendable {
    var manager: String
    var name: String
    var architecture: String?
    /// The folder, for managers that install a package once a folder.
    var location: String?
    /// What it is called in the graph: a dpkg package as dpkg calls it, `name` or `name:arch`;
    /// others `name@folder`.
    var label: String
    var data: ValueMap
    /// What tells it from others of its name that are installed beside it: a slot, a branch.
    var instance: String?
    /// What its needs are looked for in, where that is not its folder.
    var group: String?
    /// What it needs: each a list of names of which one is enough.
    var needs: [[String]] = []
    /// The names it answers to besides its own.
    var provides: [String] = []

    var subject: Observation.Subject {
        Observation.Subject(type: Kind.package, name: subjectName(label))
    }

    /// What stays when a new version is installed: manager, name, architecture, folder.
    var identity: String {
        let parts = [manager, name, architecture, group ?? location, instance].compactMap(\.self)
        return parts.joined(separator: ":")
    }
}

/// Packages that are installed together, and how they need each other.
enum PackageGraph {
    /// The subjects, with links to the installed packages that fulfil what each one needs.
    static func seen(_ records: [PackageRecord]) -> [Seen] {
        var named: [String: [Int]] = [:]
        for (index, record) in records.enumerated() {
            for name in [record.name] + record.provides {
                named[key(record, name), default: []].append(index)
            }
        }
        return records.enumerated().map { index, record in
            var one = Seen(
                subject: record.subject, identity: record.identity, data: record.data)
            one.data["name"] = .text(record.name)
            one.data["manager"] = .text(record.manager)
            if let architecture = record.architecture {
                one.data["architecture"] = .text(architecture)
            }
            if let location = record.location { one.data["location"] = .text(location) }
            var targets = Set<Int>()
            for alternatives in record.needs {
                for name in alternatives {
                    targets.formUnion(fitting(named[key(record, name)] ?? [], record, records))
                }
            }
            targets.remove(index)
            if !targets.isEmpty {
                let labels = targets.sorted().prefix(Limits.links.value)
                one.links["DEPENDS"] = labels.map { records[$0].subject }
            }
            return one
        }
    }

    private static func key(_ record: PackageRecord, _ name: String) -> String {
        "\(record.manager) \(record.group ?? record.location ?? "") \(name)"
    }

    /// Of several architectures the package's own is meant, where it is there.
    private static func fitting(
        _ found: [Int], _ record: PackageRecord, _ records: [PackageRecord]
    ) -> [Int] {
        let same = found.filter { records[$0].architecture == record.architecture }
        return same.isEmpty ? found : same
    }
}
