internal import Host
internal import Resources

/// The packages of rpm, whose database since 2020 is an SQLite file: a header a row.
enum RPMReader {
    static let folder = "/var/lib/rpm"
    /// Where the database is; the second is that of systems that keep `/usr` as one image.
    private static let files = ["\(folder)/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite"]

    static func read(_ look: inout PackageLook) -> [PackageRecord] {
        let kernel = look.kernel
        let path = files.first { kernel.status($0, following: true)?.kind == .file }
        guard let path else { return [] }
        _ = look.names(String(path.dropLast("/rpmdb.sqlite".count)))
        let log = kernel.status(path + "-wal", following: true)
        // What is in the log changes the file only when it is folded in.
        let records = look.records((log?.size ?? 0) > 0 ? path + "-wal" : path) {
            for _ in 0..<Limits.dumpAttempts.value {
                let before = marks(path, kernel)
                let found = packages(path, kernel)
                if marks(path, kernel) == before { return found }
            }
            return ([], false)
        }
        return labelled(records)
    }

    private static func marks(_ path: String, _ kernel: any Kernel) -> [FileStatus?] {
        [path, path + "-wal"].map { kernel.status($0, following: true) }
    }

    private static func packages(
        _ path: String, _ kernel: any Kernel
    ) -> (records: [PackageRecord], isWhole: Bool) {
        guard var file = PageFile(path, kernel), let root = file.root(of: "Packages") else {
            return ([], false)
        }
        var records: [PackageRecord] = []
        var isWhole = true
        let isRead = file.rows(from: root) { row in
            guard row.count >= 2, case .bytes(let blob) = row[1], let one = record(blob) else {
                isWhole = false
                return true
            }
            records.append(one)
            return records.count < Limits.managedPackages.value
        }
        return (records, isWhole && isRead && records.count < Limits.managedPackages.value)
    }

    /// What a header says; nil for one that is damaged or has no name.
    static func record(_ bytes: [UInt8]) -> PackageRecord? {
        guard let header = RPMHeader(bytes), let name = header.text(.name),
            let version = header.text(.version)
        else { return nil }
        var data: ValueMap = ["version": .text(version), "state": "installed"]
        for (field, tag) in [
            ("release", RPMHeader.Tag.release), ("summary", .summary), ("homepage", .url),
            ("license", .license), ("maintainer", .packager), ("author", .vendor),
            ("source", .sourcePackage), ("section", .group), ("sha1", .sha1),
        ] {
            data[field] = header.text(tag).map { .text($0) }
        }
        data["epoch"] = header.number(.epoch).map { .int($0) }
        data["size"] = (header.number(.longSize) ?? header.number(.size)).map { .int($0) }
        data["built"] = header.number(.buildTime).map { .int($0 * 1000) }
        data["installed"] = header.number(.installTime).map { .int($0 * 1000) }
        var record = PackageRecord(
            manager: "rpm", name: name, architecture: header.text(.architecture), label: name,
            data: data)
        record.needs = header.texts(.requires).filter { !$0.hasPrefix("rpmlib(") }.map { [$0] }
        record.provides = header.texts(.provides)
        return record
    }

    /// Of packages that are installed in several versions, as kernels are, each is called by its
    /// version too.
    private static func labelled(_ records: [PackageRecord]) -> [PackageRecord] {
        let counts = Dictionary(grouping: records, by: \.name).mapValues(\.count)
        return records.map { record in
            guard counts[record.name] ?? 1 > 1 else { return record }
            var one = record
            let version = record.data["version"]?.text ?? ""
            let release = record.data["release"]?.text ?? ""
            one.instance = "\(version)-\(release)"
            one.label = "\(record.name)-\(version)-\(release)"
            if let architecture = record.architecture { one.label += ".\(architecture)" }
            return one
        }
    }
}
