internal import Host
internal import Resources

/// The containers of engines, by what they keep on disk.
struct EngineFolders {
    let files: EngineFiles

    /// Where Docker keeps its data: by itself and as a snap. Users' own is in their homes.
    static let docker = ["/var/lib/docker", "/var/snap/docker/common/var-lib-docker"]
    /// What the administrator of Docker says, with the folder of its data when it is another.
    static let dockerSettings = "/etc/docker/daemon.json"
    /// The storage of Podman and CRI-O, and where they keep what is gone at the next start.
    static let storage = (kept: "/var/lib/containers/storage", run: "/run/containers/storage")
    static let tasks = "/run/containerd/io.containerd.runtime.v2.task"
    static let lxc = "/var/lib/lxc"
    /// Where the daemons above LXC write the configuration of each container they start, below
    /// its name: LXD as a snap and as a package, Incus by its version.
    static let instances = [
        ("/var/snap/lxd/common/lxd/logs", "lxd"), ("/var/log/lxd", "lxd"),
        ("/run/incus", "incus"), ("/var/log/incus", "incus"),
    ]
    static let machines = "/run/systemd/machines"
    static let folders = [tasks, lxc, machines] + instances.map(\.0)

    /// All of them, and the folders in which each keeps what changes.
    func containers() -> (found: [ContainerRecord], places: [String]) {
        var places: [String] = [Self.dockerSettings]
        var found: [ContainerRecord] = []
        let homes = homes()
        for folder in dockerFolders(homes) {
            places.append(folder)
            for id in files.list(folder) {
                let place = "\(folder)/\(id)"
                places.append(place)
                if let one = dockerContainer(id, place) { found.append(one) }
            }
        }
        var storages = [Self.storage]
        for home in homes {
            storages.append(
                (
                    kept: "\(home.path)/.local/share/containers/storage",
                    run: "/run/user/\(home.uid)/containers"
                ))
        }
        for storage in storages {
            let (pods, watched) = StorageContainers(files: files, storage: storage).read()
            found += pods
            places += watched
        }
        for space in files.list(Self.tasks) {
            places.append("\(Self.tasks)/\(space)")
            for id in files.list("\(Self.tasks)/\(space)") {
                let place = "\(Self.tasks)/\(space)/\(id)"
                places.append(place)
                if let one = containerdTask(id, space, place) { found.append(one) }
            }
        }
        for name in files.list(Self.lxc) {
            places.append("\(Self.lxc)/\(name)")
            if let one = LXCContainer.read(name, "\(Self.lxc)/\(name)/config", "lxc", files) {
                found.append(one)
            }
        }
        for (folder, engine) in Self.instances {
            for name in files.list(folder) {
                let place = "\(folder)/\(name)"
                // The daemon's own log lies there too.
                guard files.kernel.list(place) != nil else { continue }
                places.append(place)
                if let one = LXCContainer.read(name, "\(place)/lxc.conf", engine, files) {
                    found.append(one)
                }
            }
        }
        // `unit:` links lie beside the machines.
        for name in files.list(Self.machines) where !name.contains(":") {
            if let one = nspawnMachine(name) { found.append(one) }
        }
        return (found, places)
    }

    private func dockerContainer(_ id: String, _ place: String) -> ContainerRecord? {
        guard let file = files.json("\(place)/config.v2.json"), file["ID"]?.text == id else {
            return nil
        }
        var one = ContainerRecord(id: id, engine: "docker")
        one.set("name", file["Name"]?.text.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 })
        one.set("imageId", file["Image"]?.text)
        one.created = file["Created"]?.milliseconds
        addState(file["State"], &one)
        let config = file["Config"]
        one.set("image", config?["Image"]?.text)
        one.set("hostname", config?["Hostname"]?.text)
        one.setEnvironment(config?["Env"]?.texts ?? [])
        one.setLabels(config?["Labels"]?.map)
        one.setCommand([file["Path"]?.text].compactMap(\.self) + (file["Args"]?.texts ?? []))
        one.set(
            "mounts",
            (file["MountPoints"]?.map?.entries ?? []).map { entry in
                let from = entry.value["Source"]?.text ?? entry.value["Name"]?.text ?? ""
                return "\(from):\(entry.key)" + (entry.value["RW"]?.bool == false ? ":ro" : "")
            })
        addNetwork(file["NetworkSettings"], &one)
        if let host = files.json("\(place)/hostconfig.json") {
            one.words["privileged"] = host["Privileged"]?.bool
            one.words["readOnly"] = host["ReadonlyRootfs"]?.bool
            one.set("runtime", host["Runtime"]?.text)
            one.set("restart", host["RestartPolicy"]?["Name"]?.text)
            one.set("networkMode", host["NetworkMode"]?.text)
            one.set("securityOptions", host["SecurityOpt"]?.texts ?? [])
        }
        return one
    }

    private func addState(_ state: Value?, _ one: inout ContainerRecord) {
        one.pid = state?["Pid"]?.pid
        let words = ["Dead", "Restarting", "Paused", "Running"]
        let word = words.first { state?[$0]?.bool == true }
        one.status =
            word?.lowercased() ?? (state?["StartedAt"]?.milliseconds == nil ? "created" : "exited")
        if one.status == "exited" { one.exitCode = state?["ExitCode"]?.int }
    }

    private func addNetwork(_ network: Value?, _ one: inout ContainerRecord) {
        one.set(
            "networks",
            (network?["Networks"]?.map?.entries ?? []).map { entry in
                let address = entry.value["IPAddress"]?.text ?? ""
                return address.isEmpty ? entry.key : "\(entry.key)=\(address)"
            })
        one.set(
            "ports",
            (network?["Ports"]?.map?.entries ?? []).flatMap { entry in
                let outer = (entry.value.list ?? []).map { binding in
                    "\(binding["HostIp"]?.text ?? ""):\(binding["HostPort"]?.text ?? "")->\(entry.key)"
                }
                return outer.isEmpty ? [entry.key] : outer
            })
    }

    /// The homes of those who may run engines of their own: the accounts of people.
    private func homes() -> [Homes.Home] {
        var reader = ConfigReader(files.kernel)
        return Homes(&reader).all.filter { $0.uid >= 1000 }
    }

    private func dockerFolders(_ homes: [Homes.Home]) -> [String] {
        let settings = files.json(Self.dockerSettings)
        // `graph` until 2017.
        let said = settings?["data-root"]?.text ?? settings?["graph"]?.text
        let roots =
            Self.docker + [said].compactMap(\.self)
            + homes.map { "\($0.path)/.local/share/docker" }
        var known: Set<String> = []
        return roots.filter { $0.hasPrefix("/") && known.insert($0).inserted }
            .map { "\($0)/containers" }
    }

    private func containerdTask(
        _ id: String, _ space: String, _ place: String
    ) -> ContainerRecord? {
        guard let config = files.json("\(place)/config.json") else { return nil }
        // Docker's are told by Docker; its account comes first.
        var one = ContainerRecord(id: id, engine: "containerd")
        one.set("space", space)
        one.pid = files.number("\(place)/init.pid")
        one.set("bundle", place)
        one.addBundle(config)
        return one
    }

    private func nspawnMachine(_ name: String) -> ContainerRecord? {
        guard let bytes = files.kernel.read("\(Self.machines)/\(name)") else { return nil }
        var pairs: [String: String] = [:]
        for line in bytes.split(separator: 10) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            pairs[lossyText(line[..<equals])] = lossyText(line[(equals + 1)...])
        }
        guard pairs["CLASS"] == "container" else { return nil }
        var one = ContainerRecord(id: pairs["ID"] ?? name, engine: "nspawn")
        one.set("name", pairs["NAME"] ?? name)
        one.set("runtime", pairs["SERVICE"])
        one.set("rootFolder", pairs["ROOT"])
        one.set("unit", pairs["SCOPE"] ?? pairs["UNIT"])
        one.pid = pairs["LEADER"].flatMap { Int32($0) }
        one.created = pairs["REALTIME"].flatMap { Int64($0) }.map { $0 / 1000 }
        return one
    }
}
