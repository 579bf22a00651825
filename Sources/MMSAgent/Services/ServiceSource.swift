internal import Host
internal import Resources

/// The units of systemd: what their files say, and what they are doing.
final class ServiceSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "services", kinds: [Kind.unit], mechanism: "", why: "",
        privilege: "none; root where there is no bus",
        fallback: "unit files by inotify, activity by control groups every 10 s", mayMiss: "")
    let settle: UInt64 = 20
    let interval: UInt64? = 10_000

    private let addresses: [SystemdBus.Address]
    private var manager: SystemdBus?
    private var files: UnitFiles
    private var others = OtherSupervisors()
    private var wantedPaths: Set<String> = []
    private var identities = ProcessIdentities()

    init(
        _ addresses: [SystemdBus.Address] = SystemdBus.system,
        folders: UnitFolders = .system
    ) {
        self.addresses = addresses
        files = UnitFiles(folders)
    }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        let manager = SystemdBus(addresses, kernel)
        self.manager = manager
        manager.connect(kernel)
        describe(kernel)
        return manager.feeds
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        manager?.accept(feed, datagram) ?? .nothing
    }

    /// A manager that is there tells by itself; where none answers, what it would say is looked for.
    func stirred(_ kernel: any Kernel) -> Bool {
        let signs = addresses.map(\.socket) + ["/run/systemd/system"]
        return manager?.isOpen != true
            && signs.contains { kernel.status($0, following: true) != nil }
    }

    /// Says how it works now: a manager may come and go.
    private func describe(_ kernel: any Kernel) {
        if manager?.isOpen == true {
            contract.mechanism = "D-Bus signals of systemd, ListUnits; inotify on unit files"
            contract.why = "the manager announces each change of a unit"
            contract.mayMiss = "a state between two signals that come within 20 ms"
        } else {
            contract.mechanism = "inotify on unit files and links of runlevels"
            contract.why = "no manager of units answers: \(manager?.refusal ?? "none")"
            contract.mayMiss =
                "activity is what control groups show, every 10 s; states between, the main "
                + "process, and why a unit failed are not seen"
        }
    }

    var watched: WatchedPaths? {
        WatchedPaths(named: wantedPaths.union(addresses.map(\.socket)))
    }

    func read(_ kernel: any Kernel) -> Reading {
        let (units, isWhole) = files.read(kernel)
        guard isWhole else {
            return .torn(cause: "more than \(Limits.units.value) units have files")
        }
        let answer: [String: UnitState]?
        switch manager?.states(kernel) ?? .nobody {
        case .states(let states): answer = states
        case .nobody: answer = nil
        case .torn(let cause): return .torn(cause: cause)
        }
        let isBooted = kernel.status("/run/systemd/system", following: true) != nil
        let states = answer ?? UnitGroups(kernel: kernel).states()
        describe(kernel)
        wantedPaths = paths(units, kernel)
        var seen: [Seen] = []
        for name in Set(units.keys).union(states.keys).sorted()
        where UnitFiles.kind(name) != "device" {
            // A manager that is not asked is running what the groups show; without one nothing is.
            var state = states[name]
            if state == nil, answer == nil, !isBooted || UnitFiles.kind(name) == "service" {
                state = UnitState(active: "inactive")
            }
            if state == nil, answer != nil, let unit = units[name], unit.isOneUnit {
                state = .unloaded
            }
            let file = units[name] ?? template(of: name, units)
            seen.append(ServiceRecord(name: name, unit: file, state: state).seen)
        }
        seen += others.read(kernel)
        for index in seen.indices {
            guard let pid = seen[index].data["pid"]?.int.flatMap({ Int32(exactly: $0) }) else {
                continue
            }
            identities.link(&seen[index], "MAIN", to: pid, kernel)
        }
        return .whole(seen)
    }

    /// An instance is described by its template.
    private func template(
        of name: String, _ units: [String: UnitDescription]
    ) -> UnitDescription? {
        UnitFiles.template(of: name).flatMap { units[$0] }
    }

    private func paths(_ units: [String: UnitDescription], _ kernel: any Kernel) -> Set<String> {
        var paths = OtherSupervisors.folders
        for folder in files.folders.folders {
            paths.insert(folder.path)
            for name in kernel.list(folder.path) ?? []
            where [".d", ".wants", ".requires"].contains(where: { name.hasSuffix($0) }) {
                paths.insert("\(folder.path)/\(name)")
            }
        }
        return paths
    }
}
