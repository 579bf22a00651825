internal import Host
internal import Resources

/// The containers in a storage of github.com/containers/storage: those of Podman and of CRI-O.
///
/// There is a list for each driver, `<driver>-containers/containers.json`, and beside it one of
/// those that go when they end (`podman run --rm`), `volatile-containers.json`.
struct StorageContainers {
    let files: EngineFiles
    /// What is kept, and what is gone at the next start of the machine.
    let storage: (kept: String, run: String)

    private static let drivers = ["overlay", "vfs", "btrfs", "zfs"]

    /// All of them, and the folders in which each keeps what changes.
    func read() -> (found: [ContainerRecord], places: [String]) {
        var found: [ContainerRecord] = []
        var places: [String] = []
        for driver in Self.drivers {
            let kept = "\(storage.kept)/\(driver)-containers"
            let run = "\(storage.run)/\(driver)-containers"
            // One that is not there yet shows itself by the folder that it will be in.
            guard driver == "overlay" || files.kernel.list(kept) != nil else { continue }
            places += [kept, run]
            for folder in [kept, run] {
                for list in ["containers.json", "volatile-containers.json"] {
                    let entries = files.json("\(folder)/\(list)")?.list ?? []
                    for entry in entries.prefix(Limits.containers.value) {
                        guard let id = entry["id"]?.text else { continue }
                        places.append("\(run)/\(id)/userdata")
                        found.append(container(id, entry, kept, run))
                    }
                }
            }
        }
        return (found, places)
    }

    private func container(
        _ id: String, _ entry: Value, _ kept: String, _ run: String
    ) -> ContainerRecord {
        // Their own notes are JSON in a text; only CRI-O's have a pod.
        let notes = entry["metadata"]?.text.flatMap { try? JSONReader.decode(Array($0.utf8)) }
        let pod = notes?["pod-name"]?.text
        var one = ContainerRecord(id: id, engine: pod == nil ? "podman" : "cri-o")
        one.set("name", notes?["metadata-name"]?.text ?? entry["names"]?.texts.first)
        one.set("imageId", entry["image"]?.text)
        one.set("image", notes?["image-name"]?.text)
        one.set("pod", pod)
        one.words["privileged"] = notes?["privileged"]?.bool
        one.created = entry["created"]?.milliseconds
        let place = "\(run)/\(id)/userdata"
        one.pid = files.number("\(place)/pidfile")
        if let config = files.json("\(place)/config.json")
            ?? files.json("\(kept)/\(id)/userdata/config.json")
        {
            one.addBundle(config)
        }
        return one
    }
}

extension ContainerRecord {
    /// Adds what the configuration of a bundle says (OCI runtime specification).
    mutating func addBundle(_ config: Value) {
        let notes = config["annotations"]
        let name = notes?["io.kubernetes.cri.container-name"] ?? notes?["nerdctl/name"]
        if texts["name"] == nil { set("name", name?.text) }
        if texts["image"] == nil {
            set("image", notes?["io.kubernetes.cri.image-name"]?.text)
        }
        set("pod", notes?["io.kubernetes.cri.sandbox-name"]?.text)
        set("hostname", config["hostname"]?.text)
        set("rootFolder", config["root"]?["path"]?.text)
        words["readOnly"] = config["root"]?["readonly"]?.bool
        setCommand(config["process"]?["args"]?.texts ?? [])
        setEnvironment(config["process"]?["env"]?.texts ?? [])
        setLabels(notes?.map)
        set(
            "mounts",
            (config["mounts"]?.list ?? []).compactMap { mount in
                guard let from = mount["source"]?.text, from.hasPrefix("/"),
                    let to = mount["destination"]?.text
                else { return nil }
                let isReadOnly = mount["options"]?.texts.contains("ro") == true
                return "\(from):\(to)" + (isReadOnly ? ":ro" : "")
            })
        if let path = config["linux"]?["cgroupsPath"]?.text, path.hasPrefix("/") {
            cgroup = path
        }
    }
}
