internal import Host
internal import Resources

/// The containers of engines, by what they keep on disk.
struct EngineFolders {
    let files: EngineFiles

    static let docker = "/var/lib/docker/containers"
    static let podman = "/var/lib/containers/storage/overlay-containers"
    static let podmanRun = "/run/containers/storage/overlay-containers"
    static let tasks = "/run/containerd/io.containerd.runtime.v2.task"
    static let lxc = "/var/lib/lxc"
    static let machines = "/run/systemd/machines"
    static let folders = [docker, podman, podmanRun, tasks, lxc, machines]

    /// All of them, and the folders in which each keeps what changes.
    func containers() -> (found: [ContainerRecord], places: [String]) {
        var places: [String] = []
        var found: [ContainerRecord] = []
        for id in files.list(Self.docker) {
            let place = "\(Self.docker)/\(id)"
            places.append(place)
            if let one = dockerContainer(id, place) { found.append(one) }
        }
        let pods = podmanContainers()
        found += pods
        places += pods.map { "\(Self.podmanRun)/\($0.id)/userdata" }
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
            if let one = lxcContainer(name, "\(Self.lxc)/\(name)") { found.append(one) }
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

    private func podmanContainers() -> [ContainerRecord] {
        let list = files.json("\(Self.podman)/containers.json")?.list ?? []
        return list.prefix(Limits.containers.value).compactMap { entry in
            guard let id = entry["id"]?.text else { return nil }
            var one = ContainerRecord(id: id, engine: "podman")
            one.set("name", entry["names"]?.texts.first)
            one.set("imageId", entry["image"]?.text)
            one.created = entry["created"]?.milliseconds
            // Its own notes are JSON in a text.
            if let text = entry["metadata"]?.text,
                let notes = try? JSONReader.decode(Array(text.utf8))
            {
                one.set("image", notes["image-name"]?.text)
            }
            let place = "\(Self.podmanRun)/\(id)/userdata"
            one.pid = files.number("\(place)/pidfile")
            if let config = files.json("\(place)/config.json")
                ?? files.json("\(Self.podman)/\(id)/userdata/config.json")
            {
                addBundle(config, &one)
            }
            return one
        }
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
        addBundle(config, &one)
        return one
    }

    /// Adds what the configuration of a bundle says (OCI runtime specification).
    private func addBundle(_ config: Value, _ one: inout ContainerRecord) {
        let notes = config["annotations"]
        let name = notes?["io.kubernetes.cri.container-name"] ?? notes?["nerdctl/name"]
        if one.texts["name"] == nil { one.set("name", name?.text) }
        if one.texts["image"] == nil {
            one.set("image", notes?["io.kubernetes.cri.image-name"]?.text)
        }
        one.set("pod", notes?["io.kubernetes.cri.sandbox-name"]?.text)
        one.set("hostname", config["hostname"]?.text)
        one.set("rootFolder", config["root"]?["path"]?.text)
        one.words["readOnly"] = config["root"]?["readonly"]?.bool
        one.setCommand(config["process"]?["args"]?.texts ?? [])
        one.setEnvironment(config["process"]?["env"]?.texts ?? [])
        one.setLabels(notes?.map)
        one.set(
            "mounts",
            (config["mounts"]?.list ?? []).compactMap { mount in
                guard let from = mount["source"]?.text, from.hasPrefix("/"),
                    let to = mount["destination"]?.text
                else { return nil }
                let isReadOnly = mount["options"]?.texts.contains("ro") == true
                return "\(from):\(to)" + (isReadOnly ? ":ro" : "")
            })
        if let path = config["linux"]?["cgroupsPath"]?.text, path.hasPrefix("/") {
            one.cgroup = path
        }
    }

    private func lxcContainer(_ name: String, _ place: String) -> ContainerRecord? {
        guard let bytes = files.kernel.read("\(place)/config") else { return nil }
        var settings: [String: [String]] = [:]
        for line in lossyText(bytes.prefix(Limits.containerFileBytes.value)).split(separator: "\n")
        {
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals].filter { $0 != " " && $0 != "\t" }
            let value = line[line.index(after: equals)...].drop { $0 == " " }
            settings[key, default: []].append(String(value))
        }
        var one = ContainerRecord(id: name, engine: "lxc")
        one.set("name", name)
        one.set("runtime", "lxc")
        one.set("hostname", settings["lxc.uts.name"]?.last)
        one.set("rootFolder", settings["lxc.rootfs.path"]?.last)
        one.set("networks", (settings["lxc.net.0.link"] ?? []))
        one.set("mounts", settings["lxc.mount.entry"] ?? [])
        one.cgroup = "/lxc.payload.\(name)"
        // Its first process is in the group of its name, or in one that it made inside.
        for hierarchy in CgroupHierarchy.all(files.kernel) where one.pid == nil {
            for below in ["", "/init.scope", "/.lxc"] where one.pid == nil {
                let place = "\(hierarchy.mount)/lxc.payload.\(name)\(below)"
                one.pid = CgroupFiles(kernel: files.kernel, place: place).numbers("cgroup.procs")
                    .min()
            }
        }
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
