internal import Resources

/// One app on its way to its parts.
struct AppExpansion {
    let app: Resource
    var names: NameTable
    var commands: [Command] = []
    var waiting: [String] = []
    private var room = BatchRoom()
    /// The components of the app by name, those of this plan too.
    private var components: [String: Identifier] = [:]

    init(app: Resource, names: NameTable) {
        self.app = app
        self.names = names
    }

    /// Makes the commands for all parts.
    mutating func expand(_ identify: () -> Identifier) {
        for (name, spec) in map("components") { component(name, spec, identify) }
        for (name, spec) in map("services") { service(name, spec, identify) }
        for (name, spec) in map("volumes") { volume(name, spec, identify) }
        for part in names.parts(of: app.id) where !names.isClaimed(part) {
            issue(.delete(id: part.id, expect: part.revision), [:])
        }
    }

    private func map(_ field: String) -> [(String, ValueMap)] {
        (app.data[field]?.map ?? [:]).entries.map { ($0.key, $0.value.map ?? [:]) }
    }

    private mutating func component(_ name: String, _ map: ValueMap, _ identify: () -> Identifier) {
        let spec = ComponentSpec(map: map)
        let directory = app.data["directory"]?.text
        var data: ValueMap = [
            "app": .text(app.name.text), "component": .text(name),
            "version": .text(app.data["version"]?.text ?? ""),
            "template": .bytes(
                spec.template(directory: directory, bundle: app.data["bundle"]?.bytes)),
            "spec": .map(map), "count": .int(Int64(spec.count)),
        ]
        data["directory"] = directory.map { .text($0) }
        guard let key = key("component", app.name.text, name) else { return }
        components[name] = keep(key, data, links: ["OF": [app.id]], identify)
    }

    private mutating func service(_ name: String, _ map: ValueMap, _ identify: () -> Identifier) {
        guard let key = key("service", name) else { return }
        guard let part = map["component"]?.text, let component = components[part] else {
            // The name stays claimed: a service that waits for its component is not deleted.
            waiting.append(
                "service/\(name): its component is not there; name one of \(app.address)")
            return
        }
        guard let listen = listen(key, part, map) else { return }
        names.take(listen, key)
        var data: ValueMap = [
            "app": .text(app.name.text), "component": .text(part), "listen": .text(listen),
            "host": .text(ServiceAddress.host(key.name, in: key.namespace)),
        ]
        data["port"] = map["port"]
        for (field, standard) in [
            ("balance", "round-robin"), ("protocol", "http"), ("driver", "builtin"),
        ] {
            data[field] = map[field] ?? .text(standard)
        }
        _ = keep(key, data, links: ["OF": [app.id], "TO": [component]], identify)
    }

    /// Where the service listens; nil, with the reason noted, when there is no such place.
    private mutating func listen(
        _ key: NameTable.Key, _ component: String, _ map: ValueMap
    ) -> String? {
        var place: String
        if let given = map["listen"]?.text {
            place = given.contains(":") ? given : "127.0.0.1:" + given
        } else if let port = map["listen"]?.int {
            place = "127.0.0.1:\(port)"
        } else {
            guard let port = port(component, map), let address = ownAddress(key) else {
                waiting.append("service/\(key.name): has no port of its own; add listen: PORT")
                return nil
            }
            place = "\(address):\(port)"
        }
        if let other = names.listener(place, otherThan: key) {
            waiting.append(
                "service/\(key.name): \(place) is where service/\(other.name) in "
                    + "\(other.namespace) listens; choose another port")
            return nil
        }
        return place
    }

    /// Stable once given.
    private func ownAddress(_ key: NameTable.Key) -> String? {
        let now = names.standing[key]?.data["listen"]?.text.map(ServiceAddress.address)
        if let now, now.hasPrefix(ServiceAddress.network) { return now }
        return ServiceAddress.own(key.name, in: key.namespace, isTaken: names.isTaken)
    }

    /// The component's port; where the scheduler chooses it, what its protocol is known for.
    private func port(_ component: String, _ map: ValueMap) -> Int64? {
        let spec = app.data["components"]?.map?[component]?.map
        let port = map["port"]?.text.flatMap { spec?["ports"]?.map?[$0]?.int } ?? 0
        if port > 0 { return port }
        return map["protocol"]?.text ?? "http" == "http" ? 80 : nil
    }
}

extension AppExpansion {
    private mutating func volume(_ name: String, _ map: ValueMap, _ identify: () -> Identifier) {
        if map["per"]?.text == "app" {
            guard let key = key("volume", app.name.text, name) else { return }
            volume(key, name, nil, map, identify)
            return
        }
        for replica in replicas(with: name).sorted() {
            guard let key = key("volume", app.name.text, name, String(replica)) else { continue }
            volume(key, name, replica, map, identify)
        }
    }

    /// The replicas of all components that mount the volume. A blue-green update has indexes
    /// above the count for a while: those follow their tasks.
    private func replicas(with volume: String) -> Set<Int> {
        var indexes: Set<Int> = []
        for (name, map) in map("components") where map["volumes"]?.map?[volume] != nil {
            let key = TaskKey(namespace: app.namespace, app: app.name.text, component: name)
            indexes.formUnion(0..<ComponentSpec(map: map).count)
            indexes.formUnion(names.replicas(of: key))
        }
        return indexes
    }

    private mutating func volume(
        _ key: NameTable.Key, _ name: String, _ replica: Int?, _ map: ValueMap,
        _ identify: () -> Identifier
    ) {
        let driver = map["driver"]?.text ?? "directory"
        let size = map["size"]?.int
        guard let volume = names.standing[key] else {
            var data: ValueMap = [
                "app": .text(app.name.text), "volume": .text(name), "driver": .text(driver),
            ]
            data["size"] = size.map { .int($0) }
            data["replica"] = replica.map { .int(Int64($0)) }
            var draft = draft(key, data, ["OF": [app.id]], identify())
            draft.cost.storage = Double(size ?? 0)
            issue(.create(draft), data)
            return
        }
        guard volume.data["app"]?.text == app.name.text, volume.data["volume"]?.text == name else {
            waiting.append("\(volume.address): the name is another volume's; rename one of them")
            return
        }
        var update = Update(id: volume.id, expect: volume.revision)
        // The app that made it may be gone: its data waits for the next of that name.
        if volume.links["OF"] != [app.id] { update.links["OF"] = [app.id] }
        grow(volume, to: size, &update)
        if let now = volume.data["driver"]?.text, now != driver {
            waiting.append(
                "\(volume.address): stays on driver \(now); to change it to \(driver), copy the "
                    + "data to a volume of another name")
        }
        if update != Update(id: volume.id, expect: volume.revision) {
            issue(.update(update), update.data)
        }
    }

    private mutating func grow(_ volume: Resource, to size: Int64?, _ update: inout Update) {
        guard let size else { return }
        let now = volume.data["size"]?.int ?? 0
        if size > now {
            update.data["size"] = .int(size)
            var cost = volume.draft.cost
            cost.storage = Double(size)
            update.cost = cost
        } else if size < now {
            waiting.append(
                "\(volume.address): stays at \(now) bytes, because a volume does not shrink (to "
                    + "\(size)); copy the data to a volume of another name, or keep the size")
        }
    }
}

extension AppExpansion {
    /// The name claimed for this app; nil, with the reason noted, when it cannot have it.
    private mutating func key(_ type: StaticString, _ parts: String...) -> NameTable.Key? {
        let joined = parts.joined(separator: "-")
        let name: ResourceName
        do throws(NameError) { name = try ResourceName(joined) } catch {
            waiting.append("\(type)/\(error.text): \(error.reason)")
            return nil
        }
        let key = NameTable.Key(type: "\(type)", namespace: app.namespace, name: name)
        if names.claim(key, for: app.id) != nil {
            waiting.append(
                "\(type)/\(name): two parts of apps in \(app.namespace) make this name; rename "
                    + "that of \(app.address)")
            return nil
        }
        return key
    }

    /// Creates or updates a part that the app owns. Gives its identity; nil when the name is
    /// another's.
    private mutating func keep(
        _ key: NameTable.Key, _ data: ValueMap, links: SortedMap<[Identifier]>,
        _ identify: () -> Identifier
    ) -> Identifier? {
        guard let part = names.standing[key] else {
            var draft = draft(key, data, links, identify())
            draft.owner = app.id
            issue(.create(draft), data)
            return draft.id
        }
        guard part.owner == app.id else {
            waiting.append("\(part.address): the name is taken by another owner; rename one")
            return nil
        }
        if part.data != data || part.links != links {
            var update = Update(id: part.id, expect: part.revision, data: data)
            update.replaces = true
            update.links = links
            for (tag, value) in part.tags.entries { update.tags[tag] = .some(value) }
            issue(.update(update), data)
        }
        return part.id
    }

    private func draft(
        _ key: NameTable.Key, _ data: ValueMap, _ links: SortedMap<[Identifier]>, _ id: Identifier
    ) -> Draft {
        var draft = Draft(
            id: id, type: type(key), namespace: key.namespace, name: key.name, data: data,
            links: links)
        draft.tags["app"] = app.name.text
        return draft
    }

    private func type(_ key: NameTable.Key) -> TypeName {
        switch key.type {
        case "component": CoreTypes.known("component")
        case "service": CoreTypes.known("service")
        default: CoreTypes.known("volume")
        }
    }

    /// What does not fit into this batch follows in the next: the commit of this one wakes the
    /// handler again.
    private mutating func issue(_ command: Command, _ data: ValueMap) {
        if room.takes(data) { commands.append(command) }
    }
}
