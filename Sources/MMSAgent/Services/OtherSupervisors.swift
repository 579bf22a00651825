internal import Host
internal import Resources

/// Services of other supervisors: scripts of System V, OpenRC, and folders of runit and s6.
struct OtherSupervisors {
    /// Folders whose changes are theirs.
    static let folders: Set<String> = Set(
        ["/etc/init.d", "/etc/runlevels/default", "/run/openrc/started"] + runLevels + trees)

    private static let runLevels = "S23456".map { "/etc/rc\($0).d" }
    /// Folders with a folder for each service, and the supervisor they are of.
    private static let trees = ["/etc/service", "/var/service", "/run/service"]

    func read(_ kernel: any Kernel) -> [Seen] { scripts(kernel) + folders(kernel) }

    private func scripts(_ kernel: any Kernel) -> [Seen] {
        let levels = Self.runLevels.map { (level: $0, names: kernel.list($0) ?? []) }
        let isOpenRC = kernel.status("/run/openrc", following: true)?.kind == .directory
        let enabled = Set(kernel.list("/etc/runlevels/default") ?? [])
        let started = Set(kernel.list("/run/openrc/started") ?? [])
        return (kernel.list("/etc/init.d") ?? []).prefix(Limits.units.value).compactMap { name in
            let path = "/etc/init.d/\(name)"
            guard let status = kernel.status(path, following: true), status.kind == .file,
                status.mode & 0o111 != 0, name != "README", !name.hasSuffix(".sh~")
            else { return nil }
            var one = Self.seen(name, isOpenRC ? "openrc" : "sysv", path)
            let header = Self.header(kernel.read(path) ?? [])
            if let text = header["Short-Description"] { one.data["description"] = .text(text) }
            let at = levels.filter { level in
                level.names.contains { $0.hasPrefix("S") && $0.dropFirst(3) == name }
            }.map { String($0.level.dropFirst(7).dropLast(2)) }
            if !at.isEmpty { one.data["runLevels"] = .list(at.map { .text($0) }) }
            if isOpenRC {
                one.data["enabled"] = .text(enabled.contains(name) ? "enabled" : "disabled")
                one.data["activeState"] = .text(started.contains(name) ? "active" : "inactive")
            } else {
                one.data["enabled"] = .text(at.isEmpty ? "disabled" : "enabled")
            }
            return one
        }
    }

    private static func seen(_ name: String, _ supervisor: String, _ path: String) -> Seen {
        Seen(
            subject: ServiceRecord.subject(
                UnitFiles.kind(name) == nil ? name : "\(supervisor):\(name)"),
            identity: "\(supervisor):\(name)",
            data: [
                "name": .text(name), "kind": "service", "supervisor": .text(supervisor),
                "fragmentPath": .text(path),
            ])
    }

    /// The header of a script by the Linux Standard Base.
    static func header(_ bytes: [UInt8]) -> [String: String] {
        var header: [String: String] = [:]
        var isInside = false
        for line in bytes.prefix(Limits.unitFileBytes.value).split(separator: 10) {
            if line.starts(with: "### BEGIN INIT INFO".utf8) {
                isInside = true
            } else if line.starts(with: "### END INIT INFO".utf8) {
                break
            } else if isInside, line.starts(with: "# ".utf8),
                let colon = line.firstIndex(of: UInt8(ascii: ":"))
            {
                let value = lossyText(line[(colon + 1)...].drop { $0 == 32 || $0 == 9 })
                header[lossyText(line[(line.startIndex + 2)..<colon])] = value
            }
        }
        return header
    }

    /// Services of runit and s6: a folder each, with the state of its supervisor in it.
    private func folders(_ kernel: any Kernel) -> [Seen] {
        var known: Set<String> = []
        var seen: [Seen] = []
        for tree in Self.trees {
            for name in (kernel.list(tree) ?? []).prefix(Limits.units.value)
            where !name.hasPrefix(".") {
                let place = "\(tree)/\(name)"
                guard kernel.status("\(place)/run", following: true)?.kind == .file,
                    known.insert(name).inserted
                else { continue }
                let isRunit = kernel.status("\(place)/supervise/stat", following: true) != nil
                var one = Self.seen("\(name)", isRunit ? "runit" : "s6", place)
                let isDown = kernel.status("\(place)/down", following: true) != nil
                one.data["enabled"] = .text(isDown ? "disabled" : "enabled")
                if isRunit { addState(place, &one, kernel) }
                seen.append(one)
            }
        }
        return seen
    }

    private func addState(_ place: String, _ one: inout Seen, _ kernel: any Kernel) {
        let state = lossyText((kernel.read("\(place)/supervise/stat") ?? []).prefix { $0 > 32 })
        if !state.isEmpty {
            one.data["activeState"] = .text(state.hasPrefix("run") ? "active" : "inactive")
            one.data["subState"] = .text(state)
        }
        let digits = (kernel.read("\(place)/supervise/pid") ?? []).prefix { $0 > 32 }
        if let pid = decimal(digits).flatMap({ Int32(exactly: $0) }), pid > 0 {
            one.data["pid"] = .int(Int64(pid))
        }
    }
}
