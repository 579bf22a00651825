internal import Resources

extension ProcessRecord {
    /// The process as a subject.
    var subject: Observation.Subject {
        Observation.Subject(type: Kind.process, name: subjectName(String(pid)))
    }

    /// What is reported of it. Fields go in by the canonical order of their names.
    func sighting(
        _ setting: ProcessTable.Setting, _ users: [UInt32: String], _ exit: UInt32?,
        _ origin: Origin, _ now: WallTime
    ) -> Observation.Sighting {
        var data = ValueMap()
        if let group { data["gid"] = .int(Int64(group)) }
        data["pid"] = .int(Int64(pid))
        if let user { data["uid"] = .int(Int64(user)) }
        if !unread.contains(.stat) { data["name"] = .text(name) }
        data["ppid"] = .int(Int64(parent))
        if let user, let name = users[user] { data["user"] = .text(name) }
        if let controlGroup { data["cgroup"] = .text(controlGroup) }
        if let exit, exit & 0x7F != 0 { data["signal"] = .int(Int64(exit & 0x7F)) }
        if !unread.isEmpty { data["unread"] = .list(unread.fields) }
        if let exit, exit & 0x7F == 0 { data["exitCode"] = .int(Int64(exit >> 8 & 0xFF)) }
        if case .ticks(let ticks) = start {
            let milliseconds = Int64(clamping: ticks &* 1000 / setting.ticksPerSecond)
            data["startTime"] = .int(setting.bootTime + milliseconds)
        }
        if let executable { data["executable"] = .text(executable) }
        if let commandLine {
            data["commandLine"] = .list(commandLine.arguments.map { .text($0) })
        }
        if kernelThread { data["kernelThread"] = true }
        if executableGone { data["executableGone"] = true }
        if commandLine?.isCut == true { data["commandLineCut"] = true }
        var links = SortedMap<[Observation.Subject]>()
        if parent > 0 {
            links["PARENT"] = [
                Observation.Subject(type: Kind.process, name: subjectName(String(parent)))
            ]
        }
        if let user, let name = users[user] {
            links["USER"] = [Observation.Subject(type: Kind.user, name: subjectName(name))]
        }
        if let executable, !executableGone {
            links["RUNS"] = [
                Observation.Subject(type: Kind.file, name: subjectName(executable))
            ]
        }
        return Observation.Sighting(
            subject, identity: identity(setting), data: data, links: links, origin: origin,
            sensed: now)
    }

    /// Boot, number and start: `boot:pid:start`.
    func identity(_ setting: ProcessTable.Setting) -> String {
        switch start {
        case .ticks(let ticks): "\(setting.boot):\(pid):\(ticks)"
        case .event(let time): "\(setting.boot):\(pid):event-\(time)"
        }
    }
}
