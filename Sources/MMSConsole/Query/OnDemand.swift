internal import Cypher
internal import Host
internal import MMSAgent
internal import MMSGraph
internal import Resources

/// Looks at this machine for the procedures that ask it: `mms.live()`, `mms.file(path)` …
struct OnDemand: Sendable {
    /// The part of the graph that who asks may read.
    let scope: Namespace
    /// The namespace of this machine.
    let machine: Namespace

    /// The rows of a lookup.
    func look(
        _ lookup: Lookup, _ argument: CypherValue?
    ) throws(CypherError) -> [[CypherValue]] {
        guard scope.contains(machine) else {
            throw Self.refused("who asks may not read \(machine)", "use a token for it")
        }
        let kernel = LinuxKernel()
        switch lookup {
        case .live: return Self.rows(LiveFigures.machine(kernel))
        case .process:
            let pid = try Self.pid(argument)
            return Self.rows(LiveFigures.process(pid, kernel) ?? [])
        case .maps:
            let pid = try Self.pid(argument)
            return (LiveFigures.maps(pid, kernel) ?? []).map { $0.map { .string($0) } }
        case .file:
            let look = FileLook.look(try Self.path(argument), on: kernel, digest: false)
            return look?.fields.entries.map { [.string($0.key), CypherValue($0.value)] } ?? []
        case .digest: return [[.string(try digest(of: try Self.path(argument), kernel))]]
        case .packageFiles:
            let name = try Self.text(argument, "a package's name")
            return (PackageFiles.list(name, on: kernel) ?? []).map { [.string($0)] }
        }
    }

    /// The digest of a file that everyone may read: of others it would tell who has the same.
    private func digest(of path: String, _ kernel: LinuxKernel) throws(CypherError) -> String {
        guard let status = kernel.status(path, following: true) else {
            throw Self.refused("there is no \(path)", "name a file by its whole path")
        }
        guard status.kind == .file, status.mode & 0o004 != 0 else {
            throw Self.refused(
                "\(path) is not a file that everyone may read", "digest it on the machine itself")
        }
        do throws(FileDigest.Refusal) { return try FileDigest.sha256(path) } catch {
            throw Self.refused("\(error.path): \(error.reason)", "digest it on the machine itself")
        }
    }

    private static func rows(_ figures: [LiveFigure]) -> [[CypherValue]] {
        figures.map { [.string($0.name), .float($0.value), .string($0.unit)] }
    }

    private static func pid(_ argument: CypherValue?) throws(CypherError) -> Int32 {
        guard case .integer(let number)? = argument, let pid = Int32(exactly: number), pid > 0
        else {
            throw refused("the argument is no number of a process", "give it as an integer")
        }
        return pid
    }

    private static func path(_ argument: CypherValue?) throws(CypherError) -> String {
        let path = try text(argument, "a path")
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw refused("`\(path)` is no whole path", "begin it with /")
        }
        return path
    }

    private static func text(
        _ argument: CypherValue?, _ what: String
    ) throws(CypherError) -> String {
        guard case .string(let text)? = argument else {
            throw refused("the argument is not \(what)", "give it as a string")
        }
        return text
    }

    private static func refused(_ reason: String, _ remedy: String) -> CypherError {
        .runtime(.procedureError, .invalidArgumentValue, "\(reason); \(remedy)")
    }
}
