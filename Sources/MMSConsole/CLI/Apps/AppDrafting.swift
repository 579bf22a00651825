internal import Resources

/// What people do with an app file before a node sees it: no node is asked.
struct AppDrafting {
    let invocation: Invocation
    let screen: Screen

    func run() throws(ClientError) {
        switch invocation.verb.operation {
        case .appInit: try begin()
        case .appCheck: try check()
        // The schema that editors check app files by.
        case .appSchema: screen.write(AppSchema.text)
        default: preconditionFailure("\(invocation.verb.operation) needs a node")
        }
    }

    /// Writes a commented app file to begin with.
    private func begin() throws(ClientError) {
        do throws(AppError) {
            screen.write(try AppTemplate.text(name: invocation.positionals.first ?? "my-app"))
        } catch { throw .usage("\(error)") }
    }

    /// Reads an app file and says what is in it.
    private func check() throws(ClientError) {
        let apps = try ResourceFile(path: invocation.positionals[0]).apps()
        switch invocation["output"] {
        case "json": screen.write(Rendering.json(.list(apps.map { .map($0.data) })) + "\n")
        case "yaml": screen.write(Rendering.yaml(.list(apps.map { .map($0.data) })))
        default:
            for app in apps {
                let replicas = app.components.reduce(0) { $0 + $1.count }
                screen.write(
                    "\(app.name) \(app.version) is sound: \(app.components.count) components, "
                        + "\(replicas) replicas, \(app.services.count) services\n")
            }
        }
    }
}
