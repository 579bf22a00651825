internal import Host
internal import Resources

/// `pisces volume …`: volumes, and copies of them.
extension CLI {
    func volumes() throws(ClientError) {
        switch invocation.verb.operation {
        case .volumeSnapshot: try volumeSnapshot()
        case .volumeClone: try volumeClone()
        default: try volumeList()
        }
    }

    private func volumeList() throws(ClientError) {
        let answer = try client.call("GET", ["v1", "volumes"], query)
        if print(answer, as: try format) { return }
        let items = answer.map?["items"]?.list?.compactMap(\.map) ?? []
        var table = Table(["VOLUME", "STATE", "DRIVER", "SIZE", "MACHINE", "TASK", "FROM"])
        var snapshots = Table(["SNAPSHOT", "OF", "STATE", "TAKEN", "COPIED", "SHARED"])
        for volume in items {
            table.add([
                Rendering.cell(volume["name"]),
                Rendering.cell(volume["error"] ?? volume["state"]),
                Rendering.cell(volume["driver"]), Rendering.cell(volume["size"], unit: "bytes"),
                Rendering.cell(volume["machine"]), Rendering.cell(volume["task"]),
                Rendering.cell(volume["from"]),
            ])
            for snapshot in volume["snapshots"]?.list?.compactMap(\.map) ?? [] {
                snapshots.add([
                    Rendering.cell(snapshot["name"]), Rendering.cell(volume["name"]),
                    Rendering.cell(snapshot["error"] ?? snapshot["state"]),
                    Rendering.cell(snapshot["taken"], unit: "ms since 1970"),
                    Rendering.cell(snapshot["copied"], unit: "bytes"),
                    Rendering.cell(snapshot["shared"], unit: "bytes"),
                ])
            }
        }
        screen.write(table.text)
        if items.contains(where: { $0["snapshots"]?.list?.isEmpty == false }) {
            screen.write("\n" + snapshots.text)
        }
    }

    private func volumeSnapshot() throws(ClientError) {
        let (volume, name) = (invocation.positionals[0], invocation.positionals[1])
        let answer = try client.call(
            "POST", ["v1", "volumes", volume, "snapshots"], query + [("name", name)])
        try awaitCopy("snapshot/\(name)", answer) { volumes in
            volumes.flatMap { $0["snapshots"]?.list?.compactMap(\.map) ?? [] }
        }
    }

    private func volumeClone() throws(ClientError) {
        let (snapshot, name) = (invocation.positionals[0], invocation.positionals[1])
        let answer = try client.call(
            "POST", ["v1", "snapshots", snapshot, "clone"], query + [("name", name)])
        try awaitCopy("volume/\(name)", answer) { $0 }
    }

    /// Waits until the machine has made what was asked for. `items` finds it among the volumes.
    private func awaitCopy(
        _ address: String, _ answer: Value, _ items: ([ValueMap]) -> [ValueMap]
    ) throws(ClientError) {
        let (id, machine) = (answer.map?["id"], Rendering.cell(answer.map?["machine"]))
        screen.note("in the log as @\(Rendering.cell(answer.map?["position"]))")
        if invocation.has("no-wait") { return }
        let clock = LinuxClock()
        let deadline = clock.ticks.advanced(byMilliseconds: try patience)
        while true {
            let answer = try client.call("GET", ["v1", "volumes"])
            let known = items(answer.map?["items"]?.list?.compactMap(\.map) ?? [])
            guard let one = known.first(where: { $0["id"] == id }) else {
                throw .broken("\(address) was deleted meanwhile")
            }
            if let error = one["error"]?.text {
                throw .refused(code: "failed", message: "\(address): \(error)", notFound: false)
            }
            if one["state"] == "ready" {
                screen.write("\(address) is on \(machine)\n")
                return
            }
            if clock.ticks > deadline {
                throw .timedOut(
                    "\(address) waits for \(machine)\nIt goes on; see pisces volume list")
            }
            LinuxSystem.pause(milliseconds: 30)
        }
    }
}
