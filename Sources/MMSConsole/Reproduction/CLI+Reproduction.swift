internal import Host
internal import Resources

/// The system that copies itself.
extension CLI {
    func describeSelf() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "description"])
        if print(answer, as: try format) { return }
        let map = answer.map ?? [:]
        var table = Table(["WHAT", "IS"])
        for key in [
            "generation", "sequence", "architecture", "files", "modules", "images", "blobs",
        ] {
            table.add([key, Rendering.cell(map[key])])
        }
        table.add(["bytes", Rendering.cell(map["bytes"], unit: "bytes")])
        for app in map["apps"]?.list?.compactMap(\.map) ?? [] {
            table.add([
                "app", "\(Rendering.cell(app["name"])) \(Rendering.cell(app["version"]))",
            ])
        }
        for heir in map["resources"]?.list?.compactMap(\.map) ?? [] {
            let place = Rendering.cell(heir["namespace"])
            table.add([
                "resource",
                "\(Rendering.cell(heir["type"]))/\(Rendering.cell(heir["name"])) in \(place)",
            ])
        }
        screen.write(table.text)
        warn(map)
    }

    /// Copies the system and shows bytes, rate and what is left.
    func reproduce() throws(ClientError) {
        guard let target = invocation["to"] else {
            throw .usage("say where to: pisces reproduce --to DIRECTORY")
        }
        guard let spelled = CopyTarget(target) else {
            throw .usage(
                "a copy to \(printable(target)) is not made by this verb; name a directory, "
                    + "image:FILE, device:DISK, ssh://HOST or qemu:NAME")
        }
        let copy =
            spelled.isPath
            ? CopyTarget(spelled.kind, Self.absolute(spelled.path)) : spelled
        var query = [("to", copy.text)]
        if invocation.has("force") { query.append(("force", "true")) }
        for name in ["key", "known-hosts"] {
            if let path = invocation[name] { query.append((name, Self.absolute(path))) }
        }
        for name in ["api", "bus", "wire", "memory", "processors"] {
            if let text = invocation[name] { query.append((name, text)) }
        }
        let end = try followCopy(query)
        if copy.kind == .guest {
            screen.write(Self.line(end) + "\n")
            return try awaitGuest(copy.path)
        }
        screen.write(
            Self.line(end) + "\n" + "\(copy.path) "
                + (copy.kind.boots ? "boots" : "is a copy of") + " this system\n")
    }

    /// Shows how far a copy is, until it is made.
    private func followCopy(_ query: [(String, String)]) throws(ClientError) -> ValueMap {
        var end: ValueMap?
        var failure: String?
        try client.stream(["v1", "reproductions"], query, method: "POST") {
            (event, data) throws(ClientError) in
            let map = data.map ?? [:]
            switch event {
            case "description":
                screen.note("generation \(Rendering.cell(map["generation"]))")
                warn(map)
            case "progress": screen.note(Self.line(map))
            case "end": end = map
            case "failure": failure = map["message"]?.text ?? "it failed"
            default: break
            }
            return end == nil && failure == nil
        }
        if let failure { throw .broken(failure) }
        guard let end else {
            throw .broken("the connection ended before the copy did; ask again, it goes on")
        }
        return end
    }

    /// Waits until a guest that was made answers, and says what it waits for.
    private func awaitGuest(_ name: String) throws(ClientError) {
        if invocation.has("no-wait") {
            screen.write("guest \(name) is wanted; pisces machine list shows how far it is\n")
            return
        }
        let clock = LinuxClock()
        let milliseconds =
            invocation["timeout"] == nil ? UInt64(Limits.guestBoot.value) : try patience
        let deadline = clock.ticks.advanced(byMilliseconds: milliseconds)
        var shown = ""
        while true {
            let answer = try client.call("GET", ["v1", "machines"])
            guard
                let guest = answer.map?["items"]?.list?.compactMap(\.map)
                    .first(where: { $0["name"]?.text == name })
            else { throw .broken("guest \(name) was removed before it answered") }
            let state = Rendering.cell(guest["state"])
            if state == "running" {
                screen.write(
                    "guest \(name) boots this system; its console is at "
                        + "\(Rendering.cell(guest["console"]))\n")
                return
            }
            let line =
                guest["reason"].map { "\(state), \(Rendering.cell($0))" } ?? state
            if line != shown { screen.note("guest \(name): \(line)") }
            shown = line
            if clock.ticks > deadline {
                throw .timedOut(
                    "guest \(name) does not answer yet: \(line)\nIt is wanted and tried again; "
                        + "see pisces machine list, or remove it: pisces machine remove \(name)")
            }
            LinuxSystem.pause(milliseconds: 100)
        }
    }

    func inherit() throws(ClientError) {
        let path = Self.absolute(invocation.positionals[0])
        let answer = try client.call("POST", ["v1", "inheritance"], query + [("path", path)])
        let map = answer.map ?? [:]
        screen.write(
            "inherited \(Rendering.cell(map["made"])) resources, "
                + "\(Rendering.cell(map["bundles"])) bundles and "
                + "\(Rendering.cell(map["images"])) images; "
                + "\(Rendering.cell(map["kept"])) resources were here already\n")
    }

    private func warn(_ map: ValueMap) {
        for warning in map["warnings"]?.list?.compactMap(\.text) ?? [] {
            screen.note(screen.paint("warning: \(warning)", .yellow))
        }
    }

    /// `gathering  12.0 MiB of 40.1 MiB, 310.2 MiB/s, 1 s left`.
    private static func line(_ map: ValueMap) -> String {
        let bytes = { (key: String) in Rendering.bytes(map[key]?.int ?? 0) }
        var text = "\(map["state"]?.text ?? "")  \(bytes("done")) of \(bytes("total"))"
        if let rate = map["rate"]?.number, rate > 0 {
            text += ", \(Rendering.bytes(Int64(rate)))/s"
        }
        if let left = map["estimate"]?.number, map["state"] != "good" {
            text += ", \(Int(left.rounded(.up))) s left"
        }
        if let copied = map["copied"]?.int, map["state"] == "good",
            map["kind"] == "directory" || map["kind"] == "host"
        {
            text += ", \(Rendering.bytes(copied)) of it new"
        }
        return text
    }
}
