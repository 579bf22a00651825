internal import Host
internal import Resources

/// What the package managers of the machine have installed.
final class PackageSource: LevelSource {
    /// Folders with environments of Python, or with a `node_modules`: a path a line.
    static let rootsFile = "/etc/pisces/packages"

    private(set) var contract = SensorContract(
        name: "packages", kinds: [Kind.package],
        mechanism: "watches dpkg's status and journal, and the folders of other package managers",
        why: "dpkg renames its status into place and journals each step; the others leave folders",
        privilege: "none", fallback: "reads them every 60 s",
        mayMiss: "steps of an installation that follow each other within milliseconds; Python "
            + "environments and node_modules outside of the system's folders and of "
            + rootsFile)
    let settle: UInt64 = 20
    private(set) var interval: UInt64?
    private var python = PythonReader()
    private var managers = InstalledPackages()
    private var roots: [String] = []
    /// What it may miss, whatever could be read.
    private var told = ""

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            try kernel.watchFiles().close()
        } catch {
            contract.mechanism = "reads the records of package managers every 60 s"
            contract.why = "\(error.operation): \(error.cause)"
            contract.mayMiss = "what is installed and removed within a minute"
            interval = 60_000
        }
        // Before 2020 rpm kept its packages in databases of other kinds.
        let old = ["/var/lib/rpm/Packages", "/var/lib/rpm/Packages.db"]
        if let path = old.first(where: { kernel.status($0, following: true) != nil }) {
            contract.mayMiss += "; the packages of rpm: \(path) needs its library to be read"
        }
        told = contract.mayMiss
        return []
    }

    func read(_ kernel: any Kernel) -> Reading {
        roots = pathLines(kernel.read(Self.rootsFile))
        var records: [PackageRecord] = []
        switch DpkgReader.read(kernel) {
        case .packages(let list): records = list
        case .none: break
        case .refused: note("dpkg's packages: its status may not be read")
        case .torn(let cause): return .torn(cause: cause)
        }
        records += python.read(kernel, roots: roots)
        records += NodeReader.read(kernel, roots: roots)
        records += managers.read(kernel)
        contract.mayMiss = told + managers.complaint
        return .whole(PackageGraph.seen(Self.distinct(records)))
    }

    /// Two managers may have a package of one name: the later one says whose it is.
    private static func distinct(_ records: [PackageRecord]) -> [PackageRecord] {
        var taken = Set<String>()
        return records.map { record in
            var one = record
            while !taken.insert(one.label).inserted { one.label += " (\(one.manager))" }
            return one
        }
    }

    private func note(_ what: String) {
        if !told.contains(what) { told += "; \(what)" }
    }

    var watched: WatchedPaths? {
        var named = DpkgReader.paths.union(python.folders).union(NodeReader.folders)
        named.formUnion(managers.folders)
        named.insert(Self.rootsFile)
        named.insert("/usr/local/lib")
        for root in roots { named.formUnion([root, "\(root)/lib", "\(root)/node_modules"]) }
        return WatchedPaths(named: named)
    }
}

/// The absolute paths of a file that has one a line; empty lines and those with # are passed over.
func pathLines(_ bytes: [UInt8]?) -> [String] {
    guard let bytes else { return [] }
    let lines = bytes.split(separator: 10).map { line in
        String(lossyText(line.prefix(4096)).split(separator: "\r").first ?? "")
    }
    let paths = lines.filter { $0.hasPrefix("/") && $0 != "/" }.map { line in
        line.hasSuffix("/") ? String(line.dropLast()) : line
    }
    return Array(paths.prefix(Limits.packageFolders.value))
}
