internal import Host
internal import Node
internal import Resources

/// The command line: everything but `up`, which `pisces` itself does.
struct CLI {
    let invocation: Invocation
    let environment: [String: String]
    let screen: Screen
    let client: APIClient

    /// Runs a command and gives what the process exits with.
    func run() throws(ClientError) -> Int32 {
        if invocation.verb.operation == .appExec { return try appExec() }
        try perform()
        return 0
    }

    private func perform() throws(ClientError) {
        switch invocation.verb.operation {
        case .list: try list()
        case .describe: try describe()
        case .query: try ask()
        case .watch: try watch()
        case .apply: try apply()
        case .delete: try delete()
        case .diff: try diff()
        case .edit: try edit()
        case .undo: try undo()
        case .log: try log()
        case .history: try history()
        case .why: try why()
        case .types: try types()
        case .top: try top()
        case .token: try token()
        case .console: try console()
        case .down: try down()
        case .status: try status()
        case .verify: try verify()
        case .refusals: try refusals()
        case .sensors, .drivers, .handlers, .limits: try inventory()
        case .version: try version()
        case .appPlan: try appPlan()
        case .appInstall: try appInstall(updating: false)
        case .appUpdate: try appInstall(updating: true)
        case .appList: try appList()
        case .appStatus: try appStatus()
        case .appScale: try appScale()
        case .appRollback: try appRollback()
        case .appRemove: try appRemove()
        case .appLogs: try appLogs()
        case .appRun: try appRun()
        case .nodeList: try nodeList()
        case .logList, .logMount: try logs()
        case .nodeInvite: try nodeInvite()
        case .nodeAt: try nodeAt()
        case .nodeRefound: try nodeRefound()
        case .nodeApprove, .nodeDrain, .nodeResume, .nodeRemove, .nodePromote, .nodeDemote:
            try nodeChange()
        case .secretSet: try secretSet()
        case .configSet: try configSet()
        case .configGet: try configGet()
        case .grantAdd: try grantAdd()
        case .grantRemove: try grantRemove()
        case .imageImport: try imageImport()
        case .imageList, .configList, .grantList: try listAll(invocation.verb.words[0])
        case .storeAdd: try storeAdd()
        case .storeSearch: try storeSearch()
        case .storeInstall, .storeUpdate: try storeInstall()
        case .storeRemove: try storeRemove()
        case .storeExport: try storeExport()
        case .cost: try cost()
        case .volumeList, .volumeSnapshot, .volumeClone: try volumes()
        case .describeSelf: try describeSelf()
        case .reproduce: try reproduce()
        case .inherit: try inherit()
        case .updatePlan: try updatePlan()
        case .updateApply: try updateApply()
        case .updateStatus: try updateStatus()
        case .updateSign: try updateSign()
        case .machineList, .machineAdd, .machineRemove: try machines()
        case .lineage, .lineageCertify, .lineageTake, .birthInvite: try births()
        case .up, .nodeJoin, .imageBuild, .completions, .appInit, .appCheck, .appSchema, .appExec,
            .execInput, .get, .getByID, .links, .updateContent, .commands, .openAPI, .metrics,
            .health, .storeArchive, .readiness:
            preconditionFailure("\(invocation.verb.operation) is no command of the client")
        }
    }

    /// The format asked for.
    var format: Format {
        get throws(ClientError) {
            guard let name = invocation["output"] else { return .table }
            guard let format = Format(rawValue: name) else {
                let names = Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw .usage("--output must be one of \(names), not \(printable(name))")
            }
            return format
        }
    }

    enum Format: String, CaseIterable { case table, wide, json, yaml, name, ndjson }

    /// Prints a value in one of the formats for programs; false when the format is a table.
    func print(_ value: Value, as format: Format) -> Bool {
        switch format {
        case .table, .wide: return false
        case .json: screen.write(Rendering.json(value) + "\n")
        case .yaml: screen.write(Rendering.yaml(value))
        case .ndjson, .name:
            for item in value.map?["items"]?.list ?? value.list ?? [value] {
                let isName = format == .name
                screen.write((isName ? address(item) : Rendering.json(item)) + "\n")
            }
        }
        return true
    }

    /// `type/name` of a resource in JSON.
    func address(_ resource: Value) -> String {
        let map = resource.map ?? [:]
        return "\(map["type"]?.text ?? "?")/\(Rendering.printable(line: map["name"]?.text ?? "?"))"
    }

    /// The resource that the `index`-th positional names as `type/name`.
    func resource(at index: Int = 0, orGone: Bool = false) throws(ClientError) -> Value {
        let (type, name) = try split(invocation.positionals[index])
        guard let name else { throw .usage("a resource is named TYPE/NAME, as process/1") }
        let query = namespaceQuery + (orGone ? [("gone", "true")] : [])
        return try client.call("GET", ["v1", "resources", type, name], query)
    }

    /// Type and name of an address; no name for a type alone.
    func split(_ address: String) throws(ClientError) -> (type: String, name: String?) {
        let halves = address.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard !halves[0].isEmpty else { throw .usage("'\(printable(address))' names no type") }
        if halves.count > 1, halves[1].isEmpty {
            throw .usage("'\(printable(address))' names no resource; leave out the / to list")
        }
        return (String(halves[0]), halves.count > 1 ? String(halves[1]) : nil)
    }

    /// The query parameters that the command line sets.
    var query: [(String, String)] {
        invocation.verb.parameters.filter { $0.scope != .cli }.flatMap { parameter in
            invocation.all(parameter.name).map { value in
                (parameter.name, parameter.value == nil ? "true" : value)
            }
        }
    }

    private var namespaceQuery: [(String, String)] {
        query.filter { ["namespace", "at", "consistency", "bookmark"].contains($0.0) }
    }
}
