internal import Host
internal import Resources

/// The containers of the runtimes runc and crun, by the folders in which they keep their state.
struct RuntimeFolders {
    let files: EngineFiles
    /// Where control groups are mounted.
    let hierarchies: [CgroupHierarchy]

    /// Folders with a folder for each container: what the programs use by themselves, what the
    /// engines above them give them, and what Pisces does.
    static func roots(_ kernel: any Kernel, pisces: [String]) -> [String] {
        var roots = ["/run/runc", "/run/crun", "/run/docker/runtime-runc/moby"] + pisces
        for tree in ["/run/containerd/runc", "/run/docker/containerd/runc"] {
            roots += (kernel.list(tree) ?? []).map { "\(tree)/\($0)" }
        }
        for user in kernel.list("/run/user") ?? [] {
            roots += [
                "/run/user/\(user)/runc", "/run/user/\(user)/crun",
                "/run/user/\(user)/docker/runtime-runc/moby",
            ]
        }
        return roots
    }

    /// The containers under a root.
    func containers(_ root: String) -> [ContainerRecord] {
        files.list(root).compactMap { id in
            let place = "\(root)/\(id)"
            if let state = files.json("\(place)/state.json") { return runc(id, place, state) }
            if let status = files.json("\(place)/status") { return crun(id, place, status) }
            return nil
        }
    }

    private func runc(_ id: String, _ place: String, _ state: Value) -> ContainerRecord? {
        guard state["id"]?.text == id else { return nil }
        var one = ContainerRecord(id: id, engine: "runc")
        one.set("runtime", "runc")
        one.pid = state["init_process_pid"]?.pid
        one.start = state["init_process_start"]?.int.flatMap { UInt64(exactly: $0) }
        one.created = state["created"]?.milliseconds
        let config = state["config"]
        one.set("rootFolder", config?["rootfs"]?.text)
        one.set("hostname", config?["hostname"]?.text)
        let labels = config?["labels"]?.texts ?? []
        one.set("bundle", labels.first { $0.hasPrefix("bundle=") }.map { String($0.dropFirst(7)) })
        one.set("labels", labels.filter { !$0.hasPrefix("bundle=") })
        let mounts = (config?["mounts"]?.list ?? []).compactMap { mount -> String? in
            guard let from = mount["source"]?.text, let to = mount["destination"]?.text,
                from.hasPrefix("/")
            else { return nil }
            return "\(from):\(to)"
        }
        one.set("mounts", mounts)
        one.words["readOnly"] = config?["readonlyfs"]?.bool
        // The unified hierarchy has an empty name here.
        let paths = state["cgroup_paths"]
        one.eventFiles = [
            paths?[""]?.text.map { "\($0)/cgroup.events" },
            paths?["freezer"]?.text.map { "\($0)/freezer.state" },
        ].compactMap(\.self)
        one.cgroup = config?["cgroups"]?["path"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        if files.kernel.status("\(place)/exec.fifo", following: false)?.kind == .pipe {
            one.status = "created"
        }
        return one
    }

    private func crun(_ id: String, _ place: String, _ status: Value) -> ContainerRecord? {
        guard status["pid"] != nil else { return nil }
        var one = ContainerRecord(id: id, engine: "crun")
        one.set("runtime", "crun")
        one.pid = status["pid"]?.pid
        one.start = status["process-start-time"]?.int.flatMap { UInt64(exactly: $0) }
        one.created = status["created"]?.milliseconds
        let bundle = status["bundle"]?.text
        // Written as the bundle has it: from its folder on, unless it begins with a slash.
        one.set(
            "rootFolder",
            status["rootfs"]?.text.map { $0.hasPrefix("/") ? $0 : "\(bundle ?? "")/\($0)" })
        one.set("bundle", bundle)
        one.cgroup = status["cgroup-path"]?.text.map { $0.hasPrefix("/") ? $0 : "/\($0)" }
        one.eventFiles = one.cgroup.map { eventFiles(of: $0) } ?? []
        if files.kernel.status("\(place)/exec.fifo", following: false)?.kind == .pipe {
            one.status = "created"
        }
        return one
    }

    /// The files of a group that tell of its end and of its being stopped, as far as there are any.
    private func eventFiles(of group: String) -> [String] {
        hierarchies.compactMap { one in
            let name =
                one.isUnified
                ? "cgroup.events" : one.controllers.contains("freezer") ? "freezer.state" : nil
            guard let name, let folder = one.folder(of: group) else { return nil }
            let file = "\(folder)/\(name)"
            return files.kernel.status(file, following: false) == nil ? nil : file
        }
    }
}
