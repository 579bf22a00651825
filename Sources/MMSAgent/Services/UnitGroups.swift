internal import Host
internal import Resources

/// What the control groups say of units where no manager answers: a group that bears a unit's
/// name and has processes is one that runs.
struct UnitGroups {
    let kernel: any Kernel

    /// The states of the units that have a group.
    func states() -> [String: UnitState] {
        // The hierarchy in which systemd keeps its units: the unified one, or its own.
        let hierarchies = CgroupHierarchy.all(kernel)
        guard
            let hierarchy = hierarchies.first(where: { one in
                (one.isUnified || one.controllers.contains("name=systemd"))
                    && kernel.status("\(one.mount)/system.slice", following: false) != nil
            })
        else { return [:] }
        var states: [String: UnitState] = [:]
        let walk = CgroupWalk(kernel: kernel) { _ in }
        for folder in walk.folders(of: hierarchy).found {
            guard let name = folder.path.split(separator: "/").last.map({ String($0) }),
                UnitFiles.kind(name) != nil
            else { continue }
            let files = CgroupFiles(kernel: kernel, place: folder.place)
            let populated =
                hierarchy.isUnified
                ? files.pairs("cgroup.events")["populated"] == 1
                : !files.numbers("cgroup.procs").isEmpty
            states[name] = UnitState(
                active: populated ? "active" : "inactive", cgroup: folder.path)
        }
        return states
    }
}
