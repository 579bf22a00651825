internal import Resources

/// A unit of systemd, of its files and its state.
struct ServiceRecord {
    var name: String
    var unit: UnitDescription?
    var state: UnitState?

    static func subject(_ name: String) -> Observation.Subject {
        Observation.Subject(type: Kind.unit, name: subjectName(name))
    }

    /// What is reported of it.
    var seen: Seen {
        let kind = UnitFiles.kind(name) ?? "service"
        var one = Seen(
            subject: Self.subject(name), identity: "systemd:\(name)",
            data: ["name": .text(name), "kind": .text(kind), "supervisor": "systemd"])
        addState(&one)
        if let unit { addFile(unit, &one) }
        if kind == "service", one.data["activeState"] == "failed" { one.data["failed"] = true }
        return one
    }

    private func addState(_ one: inout Seen) {
        guard let state else { return }
        one.data["activeState"] = .text(state.active)
        if let sub = state.sub { one.data["subState"] = .text(sub) }
        if let loaded = state.loaded { one.data["loadState"] = .text(loaded) }
        if let text = state.description { one.data["description"] = .text(text) }
        if let job = state.job { one.data["job"] = .text(job) }
        if let pid = state.pid { one.data["pid"] = .int(Int64(pid)) }
        if let cgroup = state.cgroup {
            one.data["cgroup"] = .text(cgroup)
            one.links["CONTROLS"] = [CgroupRecord.subject(cgroup)]
        }
    }

    private func addFile(_ unit: UnitDescription, _ one: inout Seen) {
        let file = unit.file
        if let path = unit.path { one.data["fragmentPath"] = .text(path) }
        set("dropIns", unit.dropIns, &one)
        one.data["enabled"] = .text(unit.enabled)
        if one.data["loadState"] == nil {
            one.data["loadState"] = .text(unit.isMasked ? "masked" : "stub")
        }
        if let alias = unit.alias {
            one.links["ALIAS"] = [Self.subject(alias)]
            return
        }
        if unit.isTemplate { one.data["template"] = true }
        if one.data["description"] == nil, let text = file.last("Unit.Description") {
            one.data["description"] = .text(text)
        }
        set("aliases", unit.aliases.sorted(), &one)
        set("wantedBy", unit.wantedBy.union(unit.wantedByRuntime).sorted(), &one)
        if let line = file.all("Service.ExecStart").first {
            one.data["command"] = .list(Self.command(line).map { .text($0) })
        }
        for (field, key) in Self.texts {
            if let text = file.last(key) { one.data[field] = .text(text) }
        }
        set("environment", file.environment, &one)
        set("environmentFiles", file.all("Service.EnvironmentFile"), &one)
        addTriggers(file, &one)
        let requires = file.words("Unit.Requires", "Unit.Requisite", "Unit.BindsTo")
        link("REQUIRES", unit.requires.union(requires), &one)
        link("WANTS", unit.wants.union(file.words("Unit.Wants")), &one)
        link("AFTER", Set(file.words("Unit.After")), &one)
    }

    private static let texts = [
        ("user", "Service.User"), ("group", "Service.Group"), ("restart", "Service.Restart"),
        ("startType", "Service.Type"), ("workingDirectory", "Service.WorkingDirectory"),
    ]

    /// A command with the marks before its program, and its secrets, taken off.
    static func command(_ line: String) -> [String] {
        let bare = String(line.drop { "@-:+!".contains($0) })
        return CommandLine(UnitFile.arguments(bare)).arguments
    }

    private func addTriggers(_ file: UnitFile, _ one: inout Seen) {
        let base = name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex)
        switch UnitFiles.kind(name) {
        case "timer":
            let keys = [
                "OnCalendar", "OnBootSec", "OnStartupSec", "OnActiveSec", "OnUnitActiveSec",
                "OnUnitInactiveSec",
            ]
            let schedule = keys.flatMap { key in file.all("Timer.\(key)").map { "\(key)=\($0)" } }
            set("schedule", schedule, &one)
            link("TRIGGERS", [file.last("Timer.Unit") ?? "\(base).service"], &one)
        case "socket":
            let keys = ["ListenStream", "ListenDatagram", "ListenSequentialPacket", "ListenFIFO"]
            set("listens", keys.flatMap { file.all("Socket.\($0)") }, &one)
            let isMany = ["yes", "true", "1", "on"].contains(file.last("Socket.Accept") ?? "no")
            let other = isMany ? "\(base)@.service" : "\(base).service"
            link("TRIGGERS", [file.last("Socket.Service") ?? other], &one)
        case "path":
            let keys = ["PathExists", "PathExistsGlob", "PathChanged", "PathModified"]
            let list = (keys + ["DirectoryNotEmpty"]).flatMap { file.all("Path.\($0)") }
            set("schedule", list, &one)
            link("TRIGGERS", [file.last("Path.Unit") ?? "\(base).service"], &one)
        default: break
        }
    }

    private func set(_ field: String, _ list: [String], _ one: inout Seen) {
        if !list.isEmpty {
            one.data[field] = .list(list.prefix(Limits.unitSettings.value).map { .text($0) })
        }
    }

    private func link(_ relation: String, _ names: Set<String>, _ one: inout Seen) {
        // Specifiers are the manager's to fill in.
        let known = names.filter { UnitFiles.kind($0) != nil && !$0.contains("%") }.sorted()
        if !known.isEmpty {
            one.links[relation] = known.prefix(Limits.unitLinks.value).map { Self.subject($0) }
        }
    }
}
