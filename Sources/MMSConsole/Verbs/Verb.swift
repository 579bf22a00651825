/// What a person or program can ask of a node: one row of the table from which the CLI, the
/// routes of the HTTP API and the OpenAPI document are derived.
struct Verb: Sendable {
    /// What it does.
    let operation: Operation
    /// The words of the CLI: `get`, `log verify`; empty when only the API has it.
    let words: [String]
    /// What stands behind the words: `TYPE[/NAME]`.
    let positionals: [Positional]
    /// Options of the CLI and parameters of the query.
    let parameters: [Parameter]
    /// The route of the API; nil when the CLI does it alone.
    let route: Route?
    /// One sentence for people.
    let summary: String
    /// Examples, each a whole command line behind `pisces`.
    let examples: [String]

    init(
        _ operation: Operation, _ words: String, _ summary: String,
        positionals: [Positional] = [], parameters: [Parameter] = [], route: Route? = nil,
        examples: [String] = []
    ) {
        self.operation = operation
        self.words = words.split(separator: " ").map(String.init)
        self.positionals = positionals
        self.parameters = parameters
        self.route = route
        self.summary = summary
        self.examples = examples
    }

    /// An argument that has a place instead of a name.
    struct Positional: Sendable {
        /// As shown in the usage line.
        let name: String
        /// True when it may be left out.
        var optional = false
        /// True when the last one may stand several times.
        var repeats = false
    }

    /// A named argument.
    struct Parameter: Sendable {
        /// Its long name, also the name in the query.
        let name: String
        /// Its one-letter name.
        var short: Character?
        /// What its value is called; nil for a flag.
        let value: String?
        /// One sentence for people.
        let summary: String
        /// Where it counts.
        var scope = Scope.both

        enum Scope: Sendable { case both, cli, api }
    }

    /// Method and path of the API; segments in braces are parameters.
    struct Route: Sendable {
        let method: String
        let path: [String]
        /// What the answer is.
        let reply: String

        init(_ method: String, _ path: String, reply: String) {
            self.method = method
            self.path = path.split(separator: "/").map(String.init)
            self.reply = reply
        }

        /// The path as written in the OpenAPI document.
        var template: String { "/" + path.joined(separator: "/") }

        /// The values of the segments in braces when `path` matches; nil when it does not.
        func match(_ path: [String]) -> [String]? {
            guard path.count == self.path.count else { return nil }
            var values: [String] = []
            for (pattern, segment) in zip(self.path, path) {
                if pattern.hasPrefix("{") {
                    values.append(segment)
                } else if pattern != segment {
                    return nil
                }
            }
            return values
        }
    }
}

/// What a verb does.
enum Operation: String, Sendable, CaseIterable {
    case up, down, status, version
    case list, get, getByID, links, describe, query, watch
    case apply, commands, delete, edit, diff, undo
    case log, verify, refusals, logMount, logList, history, why
    case types, sensors, drivers, handlers, limits
    case appInit, appCheck, appSchema, appPlan, appInstall, appUpdate, appList, appStatus
    case appScale, appRollback, appRemove, appLogs, appExec, execInput, appRun
    case nodeList, nodeInvite, nodeJoin
    case nodeAt, nodeRefound
    case nodeApprove, nodeDrain, nodeResume, nodeRemove, nodePromote, nodeDemote
    case secretSet, imageImport, imageList, cost
    case configSet, configGet, configList, grantAdd, grantList, grantRemove
    case storeAdd, storeSearch, storeInstall, storeUpdate, storeRemove, storeExport, storeArchive
    case volumeList, volumeSnapshot, volumeClone
    case token, console, top, completions
    case describeSelf, reproduce, inherit, imageBuild, birthInvite
    case updatePlan, updateApply, updateStatus, updateSign, updateContent
    case lineage, lineageCertify, lineageTake
    case machineList, machineAdd, machineRemove
    case openAPI, metrics, health, readiness
}
