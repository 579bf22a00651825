internal import Host
internal import Resources

/// A container of LXC, or of the daemons above it: LXD and Incus, which keep a database but write
/// the configuration of what they start to a file.
enum LXCContainer {
    /// Reads a container by its configuration (lxc.container.conf(5)); nil where there is none. Of
    /// variables, hooks and keys in it nothing is kept.
    static func read(
        _ name: String, _ path: String, _ engine: String, _ files: EngineFiles
    ) -> ContainerRecord? {
        guard let bytes = files.kernel.read(path) else { return nil }
        var settings: [String: [String]] = [:]
        for line in lossyText(bytes.prefix(Limits.containerFileBytes.value)).split(separator: "\n")
        {
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals].filter { $0 != " " && $0 != "\t" }
            let value = line[line.index(after: equals)...].drop { $0 == " " }
            settings[key, default: []].append(String(value))
        }
        var one = ContainerRecord(id: name, engine: engine)
        // Of a project that is not the standard one the name stands before it.
        let parts = engine == "lxc" ? [] : name.split(separator: "_", maxSplits: 1)
        one.set("name", parts.count == 2 ? String(parts[1]) : name)
        one.set("space", parts.count == 2 ? String(parts[0]) : nil)
        one.set("runtime", "lxc")
        one.set("hostname", settings["lxc.uts.name"]?.last)
        one.set("rootFolder", settings["lxc.rootfs.path"]?.last)
        one.set("networks", settings["lxc.net.0.link"] ?? [])
        one.set("mounts", settings["lxc.mount.entry"] ?? [])
        let profile = settings["lxc.apparmor.profile"]?.last
        one.set("securityOptions", profile.map { ["apparmor=\($0)"] } ?? [])
        one.cgroup = "/lxc.payload.\(name)"
        // Its first process is in the group of its name, or in one that it made inside.
        for hierarchy in CgroupHierarchy.all(files.kernel) where one.pid == nil {
            for below in ["", "/init.scope", "/.lxc"] where one.pid == nil {
                let place = "\(hierarchy.mount)/lxc.payload.\(name)\(below)"
                one.pid = CgroupFiles(kernel: files.kernel, place: place).numbers("cgroup.procs")
                    .min()
            }
            guard hierarchy.isUnified else { continue }
            // The group is made when it starts: the folder above tells of that.
            let events = "\(hierarchy.mount)/lxc.payload.\(name)/cgroup.events"
            let isThere = files.kernel.status(events, following: false) != nil
            one.eventFiles = [hierarchy.mount] + (isThere ? [events] : [])
        }
        return one
    }
}
