internal import Host
internal import Resources

extension CLI {
    func list() throws(ClientError) {
        let (type, name) = try split(invocation.positionals[0])
        let format = try format
        var items: [Value] = []
        if name != nil {
            items = [try resource()]
            if print(items[0], as: format) { return }
        } else {
            var page = try client.call("GET", ["v1", "resources", type], query)
            items = page.map?["items"]?.list ?? []
            if let missing = page.map?["missing"]?.text { screen.note(missing) }
            while let next = page.map?["next"]?.text, invocation["limit"] == nil {
                page = try client.call(
                    "GET", ["v1", "resources", type], query + [("after", next)])
                items += page.map?["items"]?.list ?? []
            }
            if print(.map(["items": .list(items)]), as: format) {
                if items.isEmpty { try hint(about: type) }
                return
            }
        }
        try show(items, type: type, wide: format == .wide)
        if items.isEmpty { try hint(about: type) }
    }

    /// A predicate that found nothing may have meant a field that is named like a common part.
    private func hint(about type: String) throws(ClientError) {
        guard let text = invocation["where"] else { return }
        let answer = try client.call("GET", ["v1", "resources", "type", type])
        let fields = answer.map?["data"]?.map?["fields"]?.list?.compactMap(\.map) ?? []
        for word in CommonWords(of: text).words
        where fields.contains(where: { $0["name"]?.text == word }) {
            screen.note(
                "hint: \(word) in --where is the resource's own \(word); the field of \(type) "
                    + "is data.\(word)")
        }
    }

    /// Prints resources of a type in the columns the type itself names.
    func show(_ items: [Value], type: String, wide: Bool) throws(ClientError) {
        let columns = try columns(of: type, wide: wide)
        let several = Set(items.map { $0.map?["namespace"]?.text ?? "" }).count > 1
        let showsNamespace = wide || several || invocation.has("all")
        var table = Table(
            (showsNamespace ? ["NAMESPACE"] : []) + ["NAME"] + columns.map(\.title)
                + ["AGE"] + (wide ? ["REVISION", "ID"] : []))
        let now = LinuxClock().now
        for item in items {
            let map = item.map ?? [:]
            let created = map["created"]?.map?["time"]?.text.flatMap(WallTime.init(text:))
            table.add(
                (showsNamespace ? [map["namespace"]?.text ?? "-"] : [])
                    + [Rendering.printable(line: map["name"]?.text ?? "-")]
                    + columns.map { $0.cell(of: map) }
                    + [created.map { Rendering.age($0, now: now) } ?? "-"]
                    + (wide ? [Rendering.cell(map["revision"]), map["id"]?.text ?? "-"] : []))
        }
        if items.isEmpty {
            screen.note("no \(type) here; -A looks in all namespaces")
        } else {
            screen.write(table.text)
        }
    }

    /// A column of a table: a field of the resource, or of what observes it.
    struct Column {
        let title: String
        let field: String
        let unit: String?
        /// True for a field of the observed resource that the node joined to a desired one.
        let observed: Bool

        func cell(of resource: ValueMap) -> String {
            let source = observed ? resource["observed"]?.map : resource["data"]?.map
            return Rendering.cell(source?[field], unit: unit)
        }
    }

    /// The columns of a type, and for a desired one those of what observes it.
    func columns(of type: String, wide: Bool = false) throws(ClientError) -> [Column] {
        let answer = try client.call("GET", ["v1", "resources", "type", type])
        let data = answer.map?["data"]?.map ?? [:]
        var columns = Self.columns(data, observed: false, all: wide)
        if let observer = answer.map?["observedBy"]?.text {
            let observed = try client.call("GET", ["v1", "resources", "type", observer])
            columns += Self.columns(observed.map?["data"]?.map ?? [:], observed: true, all: wide)
        }
        return columns
    }

    private static func columns(_ type: ValueMap, observed: Bool, all: Bool) -> [Column] {
        let fields = type["fields"]?.list?.compactMap(\.map) ?? []
        let names =
            all
            ? fields.compactMap { $0["name"]?.text }
            : type["columns"]?.list?.compactMap(\.text) ?? []
        return names.map { name in
            Column(
                title: title(name), field: name,
                unit: fields.first { $0["name"]?.text == name }?["unit"]?.text,
                observed: observed)
        }
    }

    /// `startTime` as `START TIME`.
    static func title(_ field: String) -> String {
        var title = ""
        for character in field {
            if character.isUppercase, !title.isEmpty { title += " " }
            title += character.uppercased()
        }
        return title
    }

    func describe() throws(ClientError) {
        let resource = try resource(orGone: true)
        let map = resource.map ?? [:]
        let id = map["id"]?.text ?? ""
        let links = try client.call("GET", ["v1", "links", id])
        let history = try client.call("GET", ["v1", "history", id])
        let format = try format
        var whole = map
        whole["linked"] = links
        whole["history"] = history.map?["versions"]
        if print(.map(whole), as: format) { return }
        try writeFields(map)
        writeLinks(links.map ?? [:])
        screen.write("\n" + screen.paint("Recent history", .bold) + "\n")
        writeVersions(Array((history.map?["versions"]?.list ?? []).suffix(8)))
    }

    private func writeFields(_ map: ValueMap) throws(ClientError) {
        screen.write(screen.paint(address(.map(map)), .bold) + "\n")
        for key in ["namespace", "id", "owner", "revision"] {
            guard let value = map[key] else { continue }
            screen.write("  \(pad(key, 18))\(Rendering.cell(value))\n")
        }
        for moment in ["created", "changed"] {
            let time = map[moment]?.map?["time"]?.text ?? "-"
            screen.write("  \(pad(moment, 18))\(time)\n")
        }
        for (key, value) in map["tags"]?.map?.entries ?? [] {
            screen.write("  \(pad("tag " + key, 18))\(Rendering.cell(value))\n")
        }
        let type = try client.call("GET", ["v1", "resources", "type", map["type"]?.text ?? ""])
        let fields = type.map?["data"]?.map?["fields"]?.list?.compactMap(\.map) ?? []
        screen.write("\n" + screen.paint("Fields", .bold) + "\n")
        for field in fields {
            guard let name = field["name"]?.text, let value = map["data"]?.map?[name] else {
                continue
            }
            let summary = screen.paint(field["summary"]?.text ?? "", .dim)
            if let table = Rendering.table(value) {
                screen.write("  \(pad(name, 18))\(summary)\n")
                for line in table.split(separator: "\n") { screen.write("    \(line)\n") }
                continue
            }
            let text = Rendering.cell(value, unit: field["unit"]?.text)
            screen.write("  \(pad(name, 18))\(pad(text, 30))  \(summary)\n")
        }
        guard let observed = map["observed"]?.map, !observed.isEmpty else { return }
        screen.write("\n" + screen.paint("Observed", .bold) + "\n")
        for (key, value) in observed.entries {
            screen.write("  \(pad(key, 18))\(Rendering.cell(value))\n")
        }
    }

    private func writeLinks(_ links: ValueMap) {
        for (direction, arrow) in [("out", "->"), ("in", "<-")] {
            for (relation, targets) in links[direction]?.map?.entries ?? [] {
                let names = (targets.list ?? []).map(address)
                let more = names.count > 12 ? " and \(names.count - 12) more" : ""
                screen.write(
                    "  \(arrow) \(pad(relation, 15))\(names.prefix(12).joined(separator: " "))"
                        + "\(more)\n")
            }
        }
    }

    func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
