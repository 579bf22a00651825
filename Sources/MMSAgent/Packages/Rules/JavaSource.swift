internal import Host
internal import Resources

/// Archives of Java: those of the system's folders and those in the caches of Maven and Gradle.
/// They are not opened: their files are named by artifact and version.
final class JavaSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "java-archives", kinds: [Kind.javaArchive],
        mechanism: "reads the folders that have changed, every 60 s",
        why: "a cache has a folder for each version of each artifact: too many to watch",
        privilege: "CAP_DAC_READ_SEARCH: homes are their owners'",
        fallback: "reads what this user may read", mayMiss: missed)
    private static let missed =
        "archives in other folders, and inside of others; what a manifest says otherwise than "
        + "the file's name"
    let sampled: [TypeName: SampledFields] = [Kind.javaArchive: .all]
    /// What folders held, for as long as they are the same.
    private var kept: [String: Kept] = [:]
    private var used: [String: Kept] = [:]
    private var isCut = false

    private struct Kept {
        var status: FileStatus
        var folders: [String] = []
        var archives: [String] = []
    }

    private struct Place {
        var root: String
        var kind: String
        var depth: Int
        var home: Homes.Home?
    }

    func read(_ kernel: any Kernel) -> Reading {
        used = [:]
        isCut = false
        var files = ConfigReader(kernel)
        var places = [Place(root: "/usr/share/java", kind: "system", depth: 1)]
        for name in (kernel.list("/opt") ?? []).prefix(Limits.packageFolders.value) {
            places.append(Place(root: "/opt/\(name)/lib", kind: "system", depth: 0))
        }
        for home in Homes(&files).all {
            let gradle = "\(home.path)/.gradle/caches/modules-2/files-2.1"
            places.append(
                Place(root: "\(home.path)/.m2/repository", kind: "maven", depth: 12, home: home))
            places.append(Place(root: gradle, kind: "gradle", depth: 4, home: home))
        }
        var seen: [Seen] = []
        for place in places where kernel.status(place.root, following: false) != nil {
            for path in archives(place, kernel) { seen.append(Self.seen(path, place)) }
        }
        kept = used
        contract.mayMiss =
            Self.missed + (isCut ? "; folders after \(Limits.javaFolders.value)" : "")
        return .whole(seen)
    }

    private func archives(_ place: Place, _ kernel: any Kernel) -> [String] {
        var waiting = [(place.root, 0)]
        var found: [String] = []
        while let (folder, depth) = waiting.popLast() {
            guard used.count < Limits.javaFolders.value else {
                isCut = true
                return found
            }
            guard let one = look(folder, kernel) else { continue }
            used[folder] = one
            found += one.archives.map { "\(folder)/\($0)" }
            if depth < place.depth {
                waiting += one.folders.reversed().map { ("\(folder)/\($0)", depth + 1) }
            }
        }
        return found
    }

    private func look(_ folder: String, _ kernel: any Kernel) -> Kept? {
        // A link is not followed: it may lead anywhere, and round.
        guard let status = kernel.status(folder, following: false), status.kind == .directory else {
            return nil
        }
        if let old = kept[folder], old.status == status, status.changed != 0 { return old }
        var one = Kept(status: status)
        for name in (kernel.list(folder) ?? []).prefix(Limits.javaFolders.value) {
            // `name.jar` beside `name-1.jar` is a link to it.
            switch kernel.status("\(folder)/\(name)", following: false)?.kind {
            case .directory: one.folders.append(name)
            case .file where name.hasSuffix(".jar"): one.archives.append(name)
            default: break
            }
        }
        return one
    }

    private static func seen(_ path: String, _ place: Place) -> Seen {
        let parts = path.dropFirst(place.root.count + 1).split(separator: "/").map { String($0) }
        let file = parts.last.map { $0.dropLast(4) } ?? ""
        var (title, version) = archiveName(file)
        var data: ValueMap = ["kind": .text(place.kind), "path": .text(path)]
        // Maven: org/example/name/1.0/name-1.0.jar; Gradle: org.example/name/1.0/digest/…
        let above = place.kind == "gradle" ? 3 : 2
        if place.kind != "system", parts.count > above {
            version = parts[parts.count - above]
            title = parts[parts.count - above - 1]
            let group = parts.dropLast(above + 1)
            data["vendor"] = .unlessEmpty(group.joined(separator: "."))
        }
        data["title"] = .text(title)
        data["version"] = .unlessEmpty(version)
        data["user"] = place.home.map { .text($0.user) }
        data["uid"] = place.home.map { .int(Int64($0.uid)) }
        return Seen(Kind.javaArchive, subjectName(path), data)
    }
}

/// Name and version of `name-1.2`: the version begins behind the first dash before a digit.
func archiveName(_ text: some StringProtocol) -> (name: String, version: String) {
    var last: Character?
    for index in text.indices {
        if last == "-", text[index].isNumber {
            let name = text[..<text.index(before: index)]
            if !name.isEmpty { return (String(name), String(text[index...])) }
        }
        last = text[index]
    }
    return (String(text), "")
}
