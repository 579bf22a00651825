internal import Resources

/// A plan as people read it.
struct PlanText {
    private let plan: ValueMap

    /// A plan as the API gives it.
    init(_ plan: Value) { self.plan = plan.map ?? [:] }

    private func list(_ key: String) -> [ValueMap] { plan[key]?.list?.compactMap(\.map) ?? [] }

    func text(_ screen: Screen) -> String {
        var text = ""
        let signs = ["create": "+", "change": "~", "delete": "-"]
        for change in list("changes") {
            let action = change["action"]?.text ?? ""
            let fields = change["fields"]?.list?.compactMap(\.text) ?? []
            let detail = action == "change" ? " (\(fields.joined(separator: ", ")))" : ""
            let line =
                "\(signs[action] ?? " ") \(Rendering.cell(change["type"]))/"
                + "\(Rendering.cell(change["name"]))\(detail)"
            text += screen.paint(
                line, action == "delete" ? .red : action == "create" ? .green : .yellow)
            text += "\n"
        }
        text += placements + services + money
        for line in plan["unavailable"]?.list?.compactMap(\.text) ?? [] {
            text += "meanwhile \(line)\n"
        }
        for one in list("unplaced") {
            text += "no place for \(Rendering.cell(one["task"])): "
            text += (one["reasons"]?.list?.compactMap(\.text) ?? []).joined(separator: "; ") + "\n"
        }
        for line in plan["waiting"]?.list?.compactMap(\.text) ?? [] {
            text += "waits for \(line)\n"
        }
        text += list("variants").map(variant).joined()
        if let refusal = plan["refusal"]?.text {
            text += screen.paint("would be refused: \(refusal)\n", .red)
        }
        return text
    }

    private var placements: String {
        let rows = list("placements")
        if rows.isEmpty { return "" }
        var table = Table(["TASK", "MACHINE", "PORTS", "WHY"])
        for row in rows {
            table.add(["task", "machine", "ports", "reason"].map { Rendering.cell(row[$0]) })
        }
        return "\n" + table.text
    }

    /// Where tasks go otherwise when replicas take their time.
    private func variant(_ variant: ValueMap) -> String {
        func places(_ rows: [ValueMap]) -> SortedMap<String> {
            SortedMap(
                rows.map { row in
                    let ports = Rendering.cell(row["ports"])
                    let place = "\(Rendering.cell(row["machine"])) \(ports)"
                    return (Rendering.cell(row["task"]), place)
                })
        }
        let (here, there) = (
            places(list("placements")), places(variant["placements"]?.list?.compactMap(\.map) ?? [])
        )
        let tasks = Set(here.keys).union(there.keys).sorted().filter { here[$0] != there[$0] }
        let words = tasks.map { "\($0) on \(there[$0] ?? "nothing")" }
        let pause = Rendering.cell(variant["readyAfter"])
        return "if replicas take \(pause) ms to be ready: \(words.joined(separator: ", "))\n"
    }

    private var services: String {
        let rows = list("services")
        if rows.isEmpty { return "" }
        var table = Table(["SERVICE", "LISTENS", "NAME"])
        for row in rows { table.add(["name", "listen", "host"].map { Rendering.cell(row[$0]) }) }
        return "\n" + table.text
    }

    private var money: String {
        let (before, after) = (plan["costBefore"]?.map ?? [:], plan["costAfter"]?.map ?? [:])
        var parts: [String] = []
        for (key, unit) in [
            ("cpu", "cores"), ("memory", ""), ("storage", ""), ("money", "an hour"),
        ] {
            let delta = (after[key]?.number ?? 0) - (before[key]?.number ?? 0)
            if delta == 0 { continue }
            let isBytes = key == "memory" || key == "storage"
            let amount = isBytes ? Rendering.bytes(Int64(delta.magnitude)) : "\(delta.magnitude)"
            parts.append("\(key) \(delta < 0 ? "-" : "+")\(amount) \(unit)")
        }
        var text =
            "\ncosts " + (parts.isEmpty ? "nothing more" : parts.joined(separator: ", ")) + "\n"
        for budget in list("budgets") {
            text += "budget \(Rendering.cell(budget["budget"])): \(Rendering.cell(budget["part"])) "
            text += Rendering.cell(budget["words"]) + "\n"
        }
        return text
    }
}
