internal import Crypto
internal import Resources

/// One app on its way to its parts.
struct AppExpansion {
    /// The resource of type `app`, and what it says.
    let resource: Resource
    let app: App
    var names: NameTable
    private(set) var commands: [Command] = []
    private(set) var waiting: [String] = []
    private var room = BatchRoom()
    /// The components of the app by name, those of this plan too.
    private var components: [String: Identifier] = [:]

    init(_ resource: Resource, _ app: App, names: NameTable) {
        self.resource = resource
        self.app = app
        self.names = names
    }

    /// Makes the commands for all parts.
    mutating func expand(_ identify: () -> Identifier) {
        for component in app.components { expand(component, identify) }
        for service in app.services { expand(service, identify) }
        for volume in app.volumes {
            for replica in extents(of: volume) { expand(volume, replica, identify) }
        }
        for part in names.parts(of: resource.id) where !names.isClaimed(part) {
            issue(.delete(id: part.id, expect: part.revision), [:])
        }
    }

    private mutating func expand(_ component: App.Component, _ identify: () -> Identifier) {
        let template = SHA256.hash(data: component.templateBytes(in: app))
        var data: ValueMap = [
            "app": .text(app.name), "component": .text(component.name),
            "version": .text(app.version), "template": .bytes(Array(template)),
            "spec": .map(component.spec), "count": .int(Int64(component.count)),
        ]
        data["directory"] = app.directory.map { .text($0) }
        guard let key = key("component", "\(app.name)-\(component.name)") else { return }
        components[component.name] = keep(key, data, links: ["OF": [resource.id]], identify)
    }

    private mutating func expand(_ service: App.Service, _ identify: () -> Identifier) {
        guard let key = key("service", service.name) else { return }
        guard let component = components[service.component] else {
            // The name stays claimed: a service that waits for its component is not deleted.
            waiting.append(
                "service/\(service.name): component \(service.component) of \(resource.address) "
                    + "is not there yet")
            return
        }
        guard let listen = listen(key, service) else { return }
        names.take(listen, key)
        let data: ValueMap = [
            "app": .text(app.name), "component": .text(service.component),
            "port": .text(service.port), "balance": .text(service.balance.rawValue),
            "protocol": .text(service.protocol.rawValue),
            "driver": .text(service.driver.rawValue), "listen": .text(listen.description),
            "host": .text(ServiceAddress.host(key.name, in: key.namespace)),
        ]
        _ = keep(key, data, links: ["OF": [resource.id], "TO": [component]], identify)
    }

    /// Where the service listens; nil, with the reason noted, when there is no such place.
    private mutating func listen(
        _ key: NameTable.Key, _ service: App.Service
    ) -> App.Service.Listen? {
        guard let place = service.listen ?? ownPlace(key, service) else {
            waiting.append("service/\(key.name): has no port of its own; add listen: PORT")
            return nil
        }
        if let other = names.listener(place, otherThan: key) {
            waiting.append(
                "service/\(key.name): \(place) is where service/\(other.name) in "
                    + "\(other.namespace) listens; choose another port")
            return nil
        }
        return place
    }

    /// An address of its own, stable once given, with the component's port; where the scheduler
    /// chooses that, with the port its protocol is known for.
    private func ownPlace(
        _ key: NameTable.Key, _ service: App.Service
    ) -> App.Service.Listen? {
        let component = app.components.first { $0.name == service.component }
        var port = component?.ports[service.port] ?? 0
        if port == 0, service.protocol == .http { port = 80 }
        guard port > 0 else { return nil }
        let now = names.standing[key]?.data["listen"]?.text.flatMap(ServiceAddress.listen)
        if let now, now.address.hasPrefix(ServiceAddress.network) {
            return App.Service.Listen(address: now.address, port: port)
        }
        return ServiceAddress.own(key.name, in: key.namespace, isTaken: names.isTaken)
            .map { App.Service.Listen(address: $0, port: port) }
    }
}

extension AppExpansion {
    /// Nil for the one volume that all replicas share; else the replicas of all components that
    /// mount the volume. A blue-green update has indexes above the count for a while: those
    /// follow their tasks.
    private func extents(of volume: App.Volume) -> [Int?] {
        if volume.per == .app { return [nil] }
        var indexes: Set<Int> = []
        for component in app.components where component.volumes[volume.name] != nil {
            let key = TaskKey(
                namespace: resource.namespace, app: app.name, component: component.name)
            indexes.formUnion(0..<component.count)
            indexes.formUnion(names.replicas(of: key))
        }
        return indexes.sorted()
    }

    private mutating func expand(
        _ volume: App.Volume, _ replica: Int?, _ identify: () -> Identifier
    ) {
        let name = volume.resourceName(app: app.name, replica: replica ?? 0)
        guard let key = key("volume", name) else { return }
        guard let standing = names.standing[key] else {
            create(volume, replica, key, identify())
            return
        }
        var update = Update(id: standing.id, expect: standing.revision)
        if standing.data["app"] == nil {
            // A clone is of the first app that asks for a volume of its name.
            update.data["app"] = .text(app.name)
            update.data["volume"] = .text(volume.name)
            update.data["replica"] = replica.map { .int(Int64($0)) }
        } else if standing.data["app"]?.text != app.name
            || standing.data["volume"]?.text != volume.name
        {
            waiting.append("\(standing.address): the name is another volume's; rename one of them")
            return
        }
        // The app that made it may be gone: its data waits for the next of that name.
        if standing.links["OF"] != [resource.id] { update.links["OF"] = [resource.id] }
        grow(standing, to: volume.size, &update)
        let lost = volume.lost == .wait ? nil : volume.lost.rawValue
        if standing.data["lost"]?.text != lost {
            update.data["lost"] = lost.map { .text($0) } ?? .null
        }
        if let now = standing.data["driver"]?.text, now != volume.driver.rawValue {
            waiting.append(
                "\(standing.address): stays on driver \(now); to have it on \(volume.driver), copy "
                    + "the data to a volume of another name")
        }
        if update != Update(id: standing.id, expect: standing.revision) {
            issue(.update(update), update.data)
        }
    }

    private mutating func create(
        _ volume: App.Volume, _ replica: Int?, _ key: NameTable.Key, _ id: Identifier
    ) {
        var data: ValueMap = [
            "app": .text(app.name), "volume": .text(volume.name),
            "driver": .text(volume.driver.rawValue),
        ]
        data["size"] = volume.size.map { .int($0) }
        data["replica"] = replica.map { .int(Int64($0)) }
        if volume.lost != .wait { data["lost"] = .text(volume.lost.rawValue) }
        var draft = draft(key, data, ["OF": [resource.id]], id)
        draft.cost.storage = Double(volume.size ?? 0)
        issue(.create(draft), data)
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
    private mutating func key(_ type: StaticString, _ text: String) -> NameTable.Key? {
        let name: ResourceName
        do throws(NameError) { name = try ResourceName(text) } catch {
            waiting.append("\(type)/\(error.text): \(error.reason)")
            return nil
        }
        let key = NameTable.Key(type: "\(type)", namespace: resource.namespace, name: name)
        if names.claim(key, for: resource.id) != nil {
            waiting.append(
                "\(type)/\(name): two parts of apps in \(resource.namespace) make this name; "
                    + "rename that of \(resource.address)")
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
            draft.owner = resource.id
            issue(.create(draft), data)
            return draft.id
        }
        guard part.owner == resource.id else {
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
        draft.tags["app"] = app.name
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
