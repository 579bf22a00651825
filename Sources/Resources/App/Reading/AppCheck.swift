/// What must be right between the parts of an app.
struct AppCheck {
    let app: App

    func all() throws(AppError) {
        let tasks = app.components.reduce(0) { $0 + $1.count }
        if tasks > Limits.replicas.value {
            throw AppError(
                ["components"], found: "have \(tasks) replicas together",
                expected: "the limit is \(Limits.replicas.value)")
        }
        for component in app.components {
            let path = ["components", component.name]
            try AppMountCheck(app: app, component: component, path: path).all()
            try checkCommands(component, path)
            try checkPlace(component.place, path + ["place"])
        }
        try checkVolumes()
        try AppPortCheck(app: app).all()
        for service in app.services { try check(service) }
        for capability in app.capabilities { try check(capability) }
    }

    /// So that a wrong variable is found here and not at the start of the last replica.
    private func checkCommands(
        _ component: App.Component, _ path: [String]
    ) throws(AppError) {
        let task: App.Task
        do throws(AppError) { task = try app.task(of: component, replica: 0) } catch {
            throw error.explained(by: component)
        }
        guard case .command(let command) = component.health?.probe else { return }
        do throws(AppError) { _ = try task.words(of: command) } catch {
            throw AppError(
                path + ["health", "command"], found: error.found, expected: error.expected
            ).explained(by: component)
        }
    }

    private func checkPlace(_ place: App.Placement, _ path: [String]) throws(AppError) {
        for (index, name) in place.near.enumerated() {
            _ = try app.known(name, path + ["near", String(index)])
            if place.apart.contains(name) {
                throw AppError(
                    path + ["near", String(index)], found: "`\(name)` is in apart too",
                    expected: "remove one of them")
            }
        }
        for (index, name) in place.apart.enumerated() {
            _ = try app.known(name, path + ["apart", String(index)])
        }
    }

    private func checkVolumes() throws(AppError) {
        for volume in app.volumes {
            let path = ["volumes", volume.name]
            guard app.components.contains(where: { $0.volumes[volume.name] != nil }) else {
                throw AppError(
                    path, found: "no component mounts it",
                    expected: "add it to the volumes of a component, or remove it")
            }
            try checkSize(volume, path)
            // `data-1` of all beside `data` of each: both would be the resource `app-data-1`.
            let parts = volume.name.split(separator: "-", omittingEmptySubsequences: false)
            let name = parts.dropLast().joined(separator: "-")
            if volume.per == .app, let last = parts.last, Int(last) != nil,
                app.volumes.contains(where: { $0.name == name && $0.per == .replica })
            {
                throw AppError(
                    path, found: "a replica's part of `\(name)` has this name",
                    expected: "choose one that is not \(name)-NUMBER")
            }
        }
    }

    private func checkSize(_ volume: App.Volume, _ path: [String]) throws(AppError) {
        let least = Int64(Limits.volumeBytesLeast.value)
        guard volume.driver.needsSize else { return }
        guard let size = volume.size else {
            throw AppError(
                path, found: "`size` is missing",
                expected: "a volume of driver \(volume.driver.rawValue) has one, as in size: 1GiB")
        }
        if size < least {
            throw AppError(
                path + ["size"], found: "is too small",
                expected: "write \(AppShape.size(least)) or more")
        }
    }

    private func check(_ service: App.Service) throws(AppError) {
        let path = ["services", service.name]
        let component = try app.known(service.component, path + ["component"])
        if component.schedule != nil {
            throw AppError(
                path + ["component"], found: "`\(component.name)` is a job",
                expected: "name a component that runs all the time")
        }
        if service.listen == nil, component.ports[service.port] == 0 {
            throw AppError(
                path, found: "`listen` is missing",
                expected: "the port of \(component.name) is auto, so say where to listen, as in "
                    + "listen: 8000")
        }
    }

    private func check(_ capability: App.Capability) throws(AppError) {
        let path = ["capabilities", capability.name]
        let component = try app.known(capability.component, path + ["component"])
        if capability.run.image != nil || capability.run.device != component.run.device {
            let word = component.run.device == .host ? "host" : "native"
            throw AppError(
                path + ["run"], found: "does not fit `\(component.name)`",
                expected: "it runs in that component's sandbox: write \(word)")
        }
        let standard = SortedMap(capability.takes.keys.map { ($0, "") })
        do throws(AppError) {
            let task = try app.task(of: component, replica: 0)
            _ = try capability.words(arguments: standard, for: task)
        } catch {
            throw AppError(path + ["run"], found: error.found, expected: error.expected)
                .explained(by: component)
        }
    }
}

extension AppError {
    /// A secret that somebody wants in a command is refused with the reason.
    fileprivate func explained(by component: App.Component) -> AppError {
        guard found.hasPrefix("no variable $"),
            component.secrets[String(found.dropFirst(13))] != nil
        else { return self }
        return AppError(
            path, found: "a secret in a command",
            expected: "everybody can read arguments; let the program read its environment")
    }
}
