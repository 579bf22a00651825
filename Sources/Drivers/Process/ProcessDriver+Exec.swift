public import Host
public import Resources

extension ProcessDriver where Host == LinuxProcesses {
    /// Runs a command inside a running instance, with pipes or with a terminal of that size, with
    /// the user, the working directory and the environment of the instance.
    public func exec(
        _ id: Identifier, _ command: [String], environment: SortedMap<String> = SortedMap(),
        terminal: ExecProcess.Size? = nil
    ) throws(DriverError) -> ExecProcess {
        let entry = try known(id, for: "exec")
        guard let instance = Instance(id: id, intent: entry.intent),
            case .running(let process, _) = try state(of: entry)
        else {
            throw DriverError(
                .failed, operation: "exec in", subject: "\(id)", cause: "it does not run",
                remedy: "start it first")
        }
        guard !command.isEmpty else {
            throw DriverError(
                .unsupported, operation: "exec in", subject: instance.name,
                cause: "the command is empty", remedy: "name a program")
        }
        switch instance.device {
        case .oci:
            guard let runtime else { break }
            return try runtime.exec(instance, command, environment, terminal)
        case .host: return try execOnHost(instance, process, command, environment, terminal)
        }
        throw DriverError(
            .deviceMissing, operation: "exec in", subject: instance.name,
            cause: "no container runtime works on this machine: \(noRuntime)",
            remedy: "install crun or runc")
    }

    private func execOnHost(
        _ instance: Instance, _ process: ProcessIdentity, _ command: [String],
        _ extra: SortedMap<String>, _ terminal: ExecProcess.Size?
    ) throws(DriverError) -> ExecProcess {
        // Secrets are in no record: the running process alone has its whole environment.
        let bytes = try translating { () throws(ProcessError) in
            try processes.files.read(
                "/proc/\(process.pid)/environ", atMost: 2 * Limits.launchBytes.value) ?? []
        }
        var environment = SortedMap<String>()
        for text in bytes.split(separator: 0) {
            let parts = String(decoding: text, as: UTF8.self).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            environment[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        for (key, value) in extra.entries { environment[key] = value }
        var launch = Launch(
            command[0], Array(command.dropFirst()), environment: environment,
            directory: instance.directory ?? instance.workingDirectory)
        if let user = try HostFiles.user(instance) {
            launch.user = user.user
            launch.group = user.group
        }
        let ready = launch
        return try translating { () throws(ProcessError) in
            try processes.talk(ready, terminal: terminal)
        }
    }
}

extension OCIRuntime {
    /// Runs a command in a running container. Its environment goes by a file: the arguments of the
    /// runtime are there for all to see.
    func exec(
        _ instance: Instance, _ command: [String], _ extra: SortedMap<String>,
        _ terminal: ExecProcess.Size?
    ) throws(DriverError) -> ExecProcess {
        let folder = processes.folder(of: instance.id)
        let files = LinuxFiles()
        let bundle = [folder + "/private/bundle", folder + "/bundle"].first {
            files.kind($0) == .folder
        }
        guard let bundle,
            let bytes = try translating({ () throws(ProcessError) in
                try files.read(bundle + "/config.json", atMost: 4 << 20)
            }), let config = try? JSONReader.decode(bytes).map,
            var process = config["process"]?.map
        else {
            throw DriverError(
                .failed, operation: "exec in", subject: instance.name,
                cause: "its configuration is gone", remedy: "restart it")
        }
        process["args"] = .list(command.map { .text($0) })
        process["terminal"] = .bool(terminal != nil)
        process["consoleSize"] = terminal.map { size in
            ["height": .int(Int64(size.rows)), "width": .int(Int64(size.columns))]
        }
        var environment = process["env"]?.list ?? []
        environment += extra.entries.map { .text("\($0.key)=\($0.value)") }
        if terminal != nil, extra["TERM"] == nil { environment.append("TERM=xterm") }
        process["env"] = .list(environment)
        var writer = JSONWriter()
        writer.write(Value.map(process))
        let document = writer.bytes
        let path = "\(bundle)/exec-\(LinuxEntropy().next()).json"
        var launch = Launch(self.path, options(of: "\(instance.id)"))
        launch.arguments += ["exec", "--process", path]
        if terminal != nil { launch.arguments.append("--tty") }
        launch.arguments.append("\(instance.id)")
        launch.environment = ["PATH": ExecutablePath.standard]
        let ready = launch
        return try translating { () throws(ProcessError) in
            try files.replace(path, with: document)
            return try processes.talk(ready, terminal: terminal, temporary: path)
        }
    }
}
