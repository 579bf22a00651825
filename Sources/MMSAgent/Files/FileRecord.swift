internal import Host
internal import Resources

/// What names numbers have on this machine.
struct OwnerNames: Hashable, Sendable {
    var users: [UInt32: String] = [:]
    var groups: [UInt32: String] = [:]

    init() {}

    init(_ kernel: any Kernel) {
        users = userNames(kernel)
        for line in (kernel.read("/etc/group") ?? []).split(separator: 10) {
            let fields = line.split(separator: 58, omittingEmptySubsequences: false)
            guard fields.count >= 3, !fields[0].isEmpty,
                let number = decimal(fields[2]).flatMap({ UInt32(exactly: $0) }),
                groups[number] == nil
            else { continue }
            groups[number] = lossyText(fields[0])
        }
    }
}

/// A file as it was at a look.
struct FileRecord: Hashable, Sendable {
    var path: String
    var status: FileStatus
    /// Nanoseconds since 1970; nil where the file system does not keep it.
    var birth: Int64?
    var target: String?
    var package: String?
    var isExecuted = false
    /// The names of its extended attributes; their values stay where they are.
    var attributes: [String] = []
    var capabilities: String?

    /// Looks at a path; nil when nothing is there.
    init?(_ path: String, _ kernel: any Kernel) {
        guard let status = kernel.status(path, following: false) else { return nil }
        self.path = path
        self.status = status
        birth = kernel.birth(path)
        if status.kind == .link { target = kernel.link(path) }
        guard status.kind == .file else { return }
        attributes = Array(kernel.attributes(of: path).prefix(Limits.tags.value))
        if attributes.contains(FileCapabilities.attribute) {
            capabilities = kernel.attribute(FileCapabilities.attribute, of: path)
                .flatMap { FileCapabilities.text($0) }
        }
    }

    static func subject(_ path: String) -> Observation.Subject {
        Observation.Subject(type: Kind.file, name: subjectName(path))
    }

    /// Device, inode and the time it was made: what another file of that inode does not share.
    var identity: String {
        let made = birth.map { ":\($0)" } ?? ""
        return "\(status.device):\(status.inode)\(made)"
    }

    var isFolder: Bool { status.kind == .directory }

    /// What a sweep compares: what events announce, and what may change without one, as long as
    /// somebody keeps the file open and writes.
    func marks() -> (announced: Int, silent: Int) {
        var (announced, silent) = (Hasher(), Hasher())
        announced.combine(status.kind)
        announced.combine(status.mode)
        announced.combine(status.user)
        announced.combine(status.group)
        announced.combine(status.represents)
        announced.combine(target)
        announced.combine(package)
        announced.combine(isExecuted)
        announced.combine(attributes)
        announced.combine(capabilities)
        if !isFolder {
            silent.combine(status.size)
            silent.combine(status.modified)
            silent.combine(status.links)
        }
        return (announced.finalize(), silent.finalize())
    }

    /// The fields. A folder has neither size nor time: both follow from what is in it.
    func data(_ names: OwnerNames) -> ValueMap {
        var data: ValueMap = [
            "path": .text(path), "kind": .text(status.kind.rawValue),
            "inode": .int(Int64(bitPattern: status.inode)),
            "device": .int(Int64(bitPattern: status.device)),
            "mode": .text(Self.octal(status.mode)), "uid": .int(Int64(status.user)),
            "gid": .int(Int64(status.group)),
        ]
        if let name = names.users[status.user] { data["user"] = .text(name) }
        if let name = names.groups[status.group] { data["group"] = .text(name) }
        if !isFolder {
            data["links"] = .int(Int64(clamping: status.links))
            data["size"] = .int(status.size)
            data["modified"] = .int(status.modified / 1_000_000)
        }
        if let birth { data["born"] = .int(birth / 1_000_000) }
        if let target { data["target"] = .text(target) }
        if let package { data["package"] = .text(package) }
        if status.mode & 0o4000 != 0 { data["setuid"] = true }
        if status.mode & 0o2000 != 0 { data["setgid"] = true }
        if isExecuted { data["executed"] = true }
        data["attributes"] = .unlessEmpty(attributes)
        data["capabilities"] = capabilities.map { .text($0) }
        if status.kind == .blockDevice || status.kind == .characterDevice {
            data["represents"] = .int(Int64(bitPattern: status.represents))
        }
        return data
    }

    static func octal(_ mode: UInt32) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The links to its package and its owner.
    func links(_ names: OwnerNames) -> SortedMap<[Observation.Subject]> {
        var links = SortedMap<[Observation.Subject]>()
        if let package {
            links["OWNED_BY"] = [
                Observation.Subject(type: Kind.package, name: subjectName(package))
            ]
        }
        if let user = names.users[status.user] {
            let type = known { () throws(NameError) in try TypeName("user") }
            links["USER"] = [Observation.Subject(type: type, name: subjectName(user))]
        }
        return links
    }
}
