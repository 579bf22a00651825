/// What a component sees at which path and under which variable.
struct AppMountCheck {
    let app: App
    let component: App.Component
    let path: [String]

    func all() throws(AppError) {
        for volume in component.volumes.keys
        where !app.volumes.contains(where: { $0.name == volume }) {
            throw AppError.unknown(
                "volume", volume, of: app.volumes.map(\.name), path + ["volumes", volume])
        }
        try checkPaths()
        try checkVariables()
    }

    /// All mounts with the keys that lead to them.
    private var mounts: [(path: String, keys: [String])] {
        component.volumes.entries.map { ($0.value, ["volumes", $0.key]) }
            + component.configs.keys.map { ($0, ["configs", $0]) }
            + component.secrets.keys.filter { $0.hasPrefix("/") }.map { ($0, ["secrets", $0]) }
    }

    private func checkPaths() throws(AppError) {
        var taken = SortedMap<[String]>()
        for (place, keys) in mounts {
            if component.run.device == .host {
                throw AppError(
                    path + keys, found: "a host program has no sandbox to see it in",
                    expected: "run it with native or oci")
            }
            if let other = taken[place] {
                throw AppError(
                    path + keys,
                    found: "`\(printable(place))` is the path of "
                        + other.joined(separator: ".") + " too",
                    expected: "choose another path")
            }
            taken[place] = keys
        }
    }

    private func checkVariables() throws(AppError) {
        var given = App.Task.variables(of: component.ports)
        for name in App.Task.waiting(component.ports) { given[name] = "" }
        given["TASK"] = ""
        given["REPLICA"] = ""
        let variables =
            component.environment.keys.map { ("env", $0) }
            + component.secrets.keys.filter { !$0.hasPrefix("/") }.map { ("secrets", $0) }
        for (part, name) in variables {
            if given[name] != nil {
                throw AppError(
                    path + [part, name], found: "`\(name)` is given to every replica",
                    expected: "choose another name")
            }
            if part == "secrets", component.environment[name] != nil {
                throw AppError(
                    path + [part, name], found: "`\(name)` is in env too",
                    expected: "remove one of them")
            }
        }
    }
}
