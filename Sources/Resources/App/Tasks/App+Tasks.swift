extension App {
    /// All replicas of all components, without groups.
    public func tasks() throws(AppError) -> [Task] {
        var tasks: [Task] = []
        for component in components {
            for replica in 0..<component.count {
                tasks.append(try task(of: component, replica: replica))
            }
        }
        return tasks
    }

    /// A replica of one of its components.
    public func task(
        of component: Component, replica: Int, group: String = ""
    ) throws(AppError) -> Task {
        try component.task(
            replica, app: name, version: version, directory: directory, group: group)
    }
}

extension App.Component {
    /// A replica of it, in an app of that name, version and folder.
    public func task(
        _ replica: Int, app: String, version: String, directory: String?, group: String = ""
    ) throws(AppError) -> App.Task {
        var task = App.Task(
            app: app, component: name, replica: replica, device: run.device, command: [])
        task.group = group
        task.version = version
        task.ports = SortedMap(
            ports.entries.map { ($0.key, $0.value == 0 ? 0 : $0.value + replica) })
        task.environment = variables(of: task)
        do throws(CommandTemplate.Fault) {
            if let command = run.command {
                task.command = try CommandTemplate(command).words(
                    with: task.environment, waiting: App.Task.waiting(task.ports))
            }
        } catch {
            throw AppError(
                ["components", name, "run"], found: error.found, expected: error.expected)
        }
        task.directory = directory
        task.image = run.image
        for (volume, path) in volumes.entries {
            task.volumes[path] =
                shared.contains(volume) ? "\(app)-\(volume)" : "\(app)-\(volume)-\(replica)"
        }
        task.configs = configs
        task.secrets = secrets
        task.health = health
        task.stop = stop
        task.restart = restart
        task.schedule = schedule
        task.place = place
        task.needs = needs
        task.onChange = onChange
        return task
    }

    private func variables(of task: App.Task) -> SortedMap<String> {
        var variables = environment
        variables["TASK"] = task.name
        variables["REPLICA"] = String(task.replica)
        for (key, value) in App.Task.variables(of: task.ports).entries { variables[key] = value }
        return variables
    }
}
