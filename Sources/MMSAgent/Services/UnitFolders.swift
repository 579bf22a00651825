internal import Host
internal import Resources

/// Where a manager of units looks for their files (systemd.unit(5)), the first that has a name
/// wins.
struct UnitFolders: Hashable, Sendable {
    /// A folder and what its files say of a unit.
    struct Folder: Hashable, Sendable {
        enum Role: Hashable, Sendable { case administrator, runtime, vendor, generated, transient }
        var path: String
        var role: Role
    }

    var folders: [Folder]

    /// Those of the manager of the system.
    static let system = UnitFolders(folders: [
        Folder(path: "/etc/systemd/system.control", role: .administrator),
        Folder(path: "/run/systemd/system.control", role: .runtime),
        Folder(path: "/run/systemd/transient", role: .transient),
        Folder(path: "/run/systemd/generator.early", role: .generated),
        Folder(path: "/etc/systemd/system", role: .administrator),
        Folder(path: "/etc/systemd/system.attached", role: .administrator),
        Folder(path: "/run/systemd/system", role: .runtime),
        Folder(path: "/run/systemd/system.attached", role: .runtime),
        Folder(path: "/run/systemd/generator", role: .generated),
        Folder(path: "/usr/local/lib/systemd/system", role: .vendor),
        Folder(path: "/usr/lib/systemd/system", role: .vendor),
        Folder(path: "/lib/systemd/system", role: .vendor),
        Folder(path: "/run/systemd/generator.late", role: .generated),
    ])
}

/// A unit as its files describe it.
struct UnitDescription: Hashable, Sendable {
    var name: String
    var file = UnitFile()
    var path: String?
    var dropIns: [String] = []
    var isMasked = false
    /// The unit that this is another name of.
    var alias: String?
    var role: UnitFolders.Folder.Role = .vendor
    /// Units that want it by a link, for good and until the next start.
    var wantedBy: Set<String> = []
    var wantedByRuntime: Set<String> = []
    /// Other names that administrators gave it by a link.
    var aliases: Set<String> = []
    /// Units it wants or requires by a link.
    var wants: Set<String> = []
    var requires: Set<String> = []

    init(name: String) { self.name = name }

    /// True for what is a unit by itself: no template, no other name of one, no name without a file.
    var isOneUnit: Bool { alias == nil && !isTemplate && (path != nil || isMasked) }

    /// The words of `systemctl is-enabled`.
    var enabled: String {
        if isMasked { return role == .runtime ? "masked-runtime" : "masked" }
        if alias != nil { return "alias" }
        switch role {
        case .generated: return "generated"
        case .transient: return "transient"
        case .administrator, .runtime, .vendor: break
        }
        if !wantedBy.isEmpty { return "enabled" }
        if !wantedByRuntime.isEmpty { return "enabled-runtime" }
        let installs = ["WantedBy", "RequiredBy", "UpheldBy", "Alias"]
        if installs.contains(where: { !file.all("Install.\($0)").isEmpty }) { return "disabled" }
        let leads = ["Also", "DefaultInstance"]
        return leads.contains { !file.all("Install.\($0)").isEmpty } ? "indirect" : "static"
    }

    /// True for one that only its instances use: `getty@.service`.
    var isTemplate: Bool { name.contains("@.") }
}

/// Reads the units of folders, keeping what it has read of files that have not changed.
struct UnitFiles {
    let folders: UnitFolders
    private var kept: [String: (status: FileStatus, bytes: [UInt8])] = [:]
    private var understood: [String: (status: FileStatus, file: UnitFile)] = [:]

    init(_ folders: UnitFolders) { self.folders = folders }

    static let kinds = [
        "service", "socket", "target", "mount", "automount", "swap", "timer", "path", "slice",
        "scope", "device",
    ]

    /// The kind of a unit by its name; nil for what is no unit.
    static func kind(_ name: String) -> String? {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        let kind = String(name[name.index(after: dot)...])
        return kinds.contains(kind) ? kind : nil
    }

    /// All units that files describe, and whether that is all of them.
    mutating func read(_ kernel: any Kernel) -> (units: [String: UnitDescription], isWhole: Bool) {
        var units: [String: UnitDescription] = [:]
        var dropIns: [String: [String: String]] = [:]
        var links: [(from: String, to: String, isRequired: Bool, role: UnitFolders.Folder.Role)] =
            []
        var visited: Set<String> = []
        for folder in folders.folders {
            // `/lib` is a link to `/usr` on most systems.
            let status = kernel.status(folder.path, following: true)
            if let status, status.inode != 0 {
                guard visited.insert("\(status.device):\(status.inode)").inserted else { continue }
            }
            for name in kernel.list(folder.path) ?? [] {
                let path = "\(folder.path)/\(name)"
                if Self.kind(name) != nil {
                    if units.count >= Limits.units.value { return (units, false) }
                    add(name, path, folder.role, &units, kernel)
                } else if name.hasSuffix(".d") {
                    let unit = String(name.dropLast(2))
                    for file in kernel.list(path) ?? [] where file.hasSuffix(".conf") {
                        if dropIns[unit]?[file] == nil {
                            dropIns[unit, default: [:]][file] = "\(path)/\(file)"
                        }
                    }
                } else if name.hasSuffix(".wants") || name.hasSuffix(".requires") {
                    let isRequired = name.hasSuffix(".requires")
                    let unit = String(name.dropLast(isRequired ? 9 : 6))
                    for other in kernel.list(path) ?? [] where Self.kind(other) != nil {
                        links.append((unit, other, isRequired, folder.role))
                    }
                }
            }
        }
        join(links, &units)
        for name in units.keys { complete(name, dropIns, &units, kernel) }
        return (units, true)
    }

    private mutating func add(
        _ name: String, _ path: String, _ role: UnitFolders.Folder.Role,
        _ units: inout [String: UnitDescription], _ kernel: any Kernel
    ) {
        let target = kernel.link(path)
        let other = target?.split(separator: "/").last.map { String($0) }
        if let other, other != name, Self.kind(other) != nil, role == .administrator {
            units[other, default: UnitDescription(name: other)].aliases.insert(name)
        }
        if let known = units[name], known.path != nil { return }
        var unit = units[name] ?? UnitDescription(name: name)
        unit.path = path
        unit.role = role
        if target == "/dev/null" {
            unit.isMasked = true
        } else if let other, other != name, Self.kind(other) != nil {
            unit.alias = other
        }
        units[name] = unit
    }

    private func join(
        _ links: [(from: String, to: String, isRequired: Bool, role: UnitFolders.Folder.Role)],
        _ units: inout [String: UnitDescription]
    ) {
        for link in links {
            let path: WritableKeyPath<UnitDescription, Set<String>> =
                link.isRequired ? \.requires : \.wants
            units[link.from]?[keyPath: path].insert(link.to)
            // An instance enables its template.
            let names = [link.to, Self.template(of: link.to)].compactMap(\.self)
            for name in names {
                switch link.role {
                case .administrator: units[name]?.wantedBy.insert(link.from)
                case .runtime: units[name]?.wantedByRuntime.insert(link.from)
                case .vendor, .generated, .transient: break
                }
            }
        }
        for name in units.keys {
            // An administrator's second name for a unit is a way to enable it.
            if let aliases = units[name]?.aliases, !aliases.isEmpty {
                units[name]?.wantedBy.formUnion(aliases)
            }
        }
    }

    /// `getty@.service` of `getty@tty1.service`.
    static func template(of name: String) -> String? {
        guard let at = name.firstIndex(of: "@"), let dot = name.lastIndex(of: "."), at < dot,
            name.index(after: at) != dot
        else { return nil }
        return String(name[...at] + name[dot...])
    }

    private mutating func complete(
        _ name: String, _ dropIns: [String: [String: String]],
        _ units: inout [String: UnitDescription], _ kernel: any Kernel
    ) {
        guard var unit = units[name], let path = unit.path, !unit.isMasked, unit.alias == nil else {
            return
        }
        guard let bytes = bytes(of: path, kernel) else { return }
        if bytes.isEmpty {
            unit.isMasked = true
        } else {
            unit.file = file(path, bytes)
            var parts: [String: String] = [:]
            for owner in [Self.kind(name), Self.template(of: name), name].compactMap(\.self) {
                parts.merge(dropIns[owner] ?? [:]) { _, new in new }
            }
            for (_, part) in parts.sorted(by: { $0.key < $1.key }) {
                guard let bytes = self.bytes(of: part, kernel) else { continue }
                unit.file.add(bytes)
                unit.dropIns.append(part)
            }
        }
        units[name] = unit
    }

    /// What a file says, understood once while it does not change.
    private mutating func file(_ path: String, _ bytes: [UInt8]) -> UnitFile {
        guard let status = kept[path]?.status else { return UnitFile(bytes) }
        if let one = understood[path], one.status == status { return one.file }
        let file = UnitFile(bytes)
        understood[path] = (status, file)
        return file
    }

    private mutating func bytes(of path: String, _ kernel: any Kernel) -> [UInt8]? {
        guard let status = kernel.status(path, following: true), status.kind == .file,
            status.size <= Limits.unitFileBytes.value
        else { return nil }
        if let one = kept[path], one.status == status { return one.bytes }
        guard let bytes = kernel.read(path) else { return nil }
        if kept.count > Limits.units.value { (kept, understood) = ([:], [:]) }
        kept[path] = (status, bytes)
        return bytes
    }
}
