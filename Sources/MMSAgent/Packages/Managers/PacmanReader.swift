internal import Resources

/// The packages of pacman: a folder each, with a file of fields (`desc`).
enum PacmanReader {
    static let folder = "/var/lib/pacman/local"

    static func read(_ look: inout PackageLook) -> [PackageRecord] {
        look.names(folder).compactMap { name in
            look.record("\(folder)/\(name)/desc") { record($0) }
        }
    }

    /// What a `desc` says; nil for one without a name or a version.
    static func record(_ bytes: [UInt8]) -> PackageRecord? {
        let fields = fields(bytes)
        guard let name = fields["NAME"]?.first, let version = fields["VERSION"]?.first else {
            return nil
        }
        var data: ValueMap = ["version": .text(version), "state": "installed"]
        for (field, key) in [
            ("source", "BASE"), ("summary", "DESC"), ("homepage", "URL"),
            ("maintainer", "PACKAGER"),
        ] {
            data[field] = fields[key]?.first.map { .text($0) }
        }
        data["license"] = .unlessEmpty((fields["LICENSE"] ?? []).joined(separator: ", "))
        data["groups"] = .unlessEmpty(fields["GROUPS"] ?? [])
        data["validation"] = .unlessEmpty(fields["VALIDATION"] ?? [])
        data["size"] = number(fields["SIZE"]).map { .int($0) }
        for (field, key) in [("built", "BUILDDATE"), ("installed", "INSTALLDATE")] {
            data[field] = number(fields[key]).map { .int($0 * 1000) }
        }
        // Without the field it was asked for by name.
        switch fields["REASON"]?.first {
        case nil, "0": data["reason"] = "explicit"
        case "1": data["reason"] = "dependency"
        default: break
        }
        var record = PackageRecord(
            manager: "pacman", name: name, architecture: fields["ARCH"]?.first, label: name,
            data: data)
        record.needs = (fields["DEPENDS"] ?? []).map { [bare($0)] }
        record.provides = (fields["PROVIDES"] ?? []).map { bare($0) }
        return record
    }

    /// `%FIELD%`, then a line for each value, then an empty one.
    private static func fields(_ bytes: [UInt8]) -> [String: [String]] {
        var fields: [String: [String]] = [:]
        var field: String?
        for raw in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            let line = lossyText(raw.prefix(Limits.nameBytes.value * 8))
            if line.isEmpty {
                field = nil
            } else if let field {
                if fields[field, default: []].count < Limits.links.value {
                    fields[field, default: []].append(line)
                }
            } else if line.count > 2, line.hasPrefix("%"), line.hasSuffix("%") {
                field = String(line.dropFirst().dropLast())
            }
        }
        return fields
    }

    /// Seconds or bytes that still fit when they are multiplied.
    private static func number(_ values: [String]?) -> Int64? {
        guard let text = values?.first, let number = decimal(text.utf8), number < 1 << 50 else {
            return nil
        }
        return Int64(number)
    }

    /// The name of `name>=version`.
    private static func bare(_ text: String) -> String {
        String(text.prefix { !"<>=:".contains($0) })
    }
}
