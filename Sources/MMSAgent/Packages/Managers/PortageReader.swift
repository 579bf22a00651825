internal import Host
internal import Resources

/// The packages of Gentoo: a folder for each, by category, with a file for each fact.
enum PortageReader {
    static let folder = "/var/db/pkg"
    /// What was asked for by name: an atom a line.
    static let world = "/var/lib/portage/world"

    static func read(_ look: inout PackageLook) -> [PackageRecord] {
        let categories = look.names(folder)
        guard !categories.isEmpty else { return [] }
        let text = lossyText(look.text(world) ?? [])
        let asked = Set(text.split(separator: "\n").map { name(ofAtom: $0) })
        var records: [PackageRecord] = []
        for category in categories {
            // One that is being merged has a dash before its name.
            for entry in look.names("\(folder)/\(category)") where !entry.hasPrefix("-") {
                let path = "\(folder)/\(category)/\(entry)"
                let kernel = look.kernel
                let found = look.record("\(path)/SLOT") { _ in record(category, path, kernel) }
                guard var one = found else { continue }
                one.data["reason"] = asked.contains(one.name) ? "explicit" : "dependency"
                records.append(one)
            }
        }
        return records
    }

    private static func record(
        _ category: String, _ path: String, _ kernel: any Kernel
    ) -> PackageRecord? {
        let entry = path.split(separator: "/").last ?? ""
        guard let (name, version) = split(entry) else { return nil }
        var data: ValueMap = ["version": .text(version), "state": "installed"]
        for (field, file) in [
            ("repository", "repository"), ("eapi", "EAPI"), ("summary", "DESCRIPTION"),
            ("homepage", "HOMEPAGE"), ("license", "LICENSE"),
        ] {
            data[field] = firstLine("\(path)/\(file)", kernel).map { .text($0) }
        }
        let slot = firstLine("\(path)/SLOT", kernel) ?? "0"
        data["slot"] = .text(slot)
        for (field, file) in [("use", "USE"), ("keywords", "KEYWORDS")] {
            let words = (firstLine("\(path)/\(file)", kernel) ?? "").split(separator: " ")
            data[field] = .unlessEmpty(Array(words.prefix(Limits.links.value)))
        }
        for (field, file, unit) in [("size", "SIZE", Int64(1)), ("built", "BUILD_TIME", 1000)] {
            let number = firstLine("\(path)/\(file)", kernel).flatMap { decimal($0.utf8) }
            data[field] = number.flatMap { $0 < 1 << 50 ? .int(Int64($0) * unit) : nil }
        }
        let own = slot.prefix { $0 != "/" }
        let full = "\(category)/\(name)"
        var record = PackageRecord(
            manager: "portage", name: full, label: own == "0" ? full : "\(full):\(own)",
            data: data)
        record.instance = String(own)
        record.needs = needs(firstLine("\(path)/RDEPEND", kernel) ?? "")
        return record
    }

    /// The names of the atoms that are needed: what else may stand there (conditions, choices) has
    /// been settled when the package was built, or is not one that is installed.
    private static func needs(_ text: String) -> [[String]] {
        let atoms = text.split(separator: " ").filter { $0.contains("/") && !$0.hasPrefix("!") }
        return atoms.prefix(Limits.links.value).map { [name(ofAtom: $0)] }
    }

    /// The name of `>=category/name-1.2:slot[use]`.
    static func name(ofAtom atom: some StringProtocol) -> String {
        atomParts(atom).name
    }

    /// Name and version of an atom; it has a version only behind an operator.
    static func atomParts(_ atom: some StringProtocol) -> (name: String, version: String) {
        let bare = atom.drop { "<>=~!".contains($0) }
        let text = bare.prefix { $0 != ":" && $0 != "[" && $0 != "\r" }
        guard bare.startIndex != atom.startIndex, let slash = text.firstIndex(of: "/"),
            let (name, version) = split(text[text.index(after: slash)...])
        else { return (String(text), "") }
        return ("\(text[..<slash])/\(name)", version)
    }

    /// Name and version of `name-1.2_p3-r4`; nil for a text without a version.
    static func split(_ text: some StringProtocol) -> (String, String)? {
        var parts = text.split(separator: "-", omittingEmptySubsequences: false)[...]
        var version: [String] = []
        if parts.count > 2, let last = parts.last, last.first == "r", last.count > 1,
            last.dropFirst().allSatisfy(\.isNumber)
        {
            version = [String(last)]
            parts = parts.dropLast()
        }
        guard parts.count >= 2, let last = parts.popLast(), last.first?.isNumber == true else {
            return nil
        }
        version.insert(String(last), at: 0)
        let name = parts.joined(separator: "-")
        return name.isEmpty ? nil : (name, version.joined(separator: "-"))
    }
}
