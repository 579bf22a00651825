internal import Host
internal import Resources

/// Finds out what a target is, without changing it.
public enum TargetProbe {
    /// A directory, which may be absent. `running` is what the machine runs from.
    public static func directory(
        _ path: String, running: [String]
    ) throws(ReproductionError) -> TargetFacts {
        let files = LinuxFiles()
        guard path.hasPrefix("/") else {
            throw ReproductionError(
                .refused, operation: "build on", subject: printable(path),
                cause: "it is no absolute path", remedy: "name it from / on")
        }
        let (parent, kind) = (existing(path), files.kind(path))
        var facts = TargetFacts(
            .directory, path: path, exists: kind != nil, room: try room(parent))
        facts.isRunning = running.contains { overlaps(files.resolve($0) ?? $0, path, parent) }
        facts.isReadOnly = files.isReadOnly(parent)
        switch kind {
        case nil: break
        case .folder:
            let names = try listed(path)
            facts.holds = names.isEmpty ? nil : "\(names.count) files"
            // What a copy was begun in has blobs only.
            facts.holdsCopy = names.contains("description") || names == ["blobs"]
        case .file, .link, .other: facts.holds = "a file of that name"
        }
        return facts
    }

    private static func listed(_ path: String) throws(ReproductionError) -> [String] {
        do throws(ProcessError) {
            return try LinuxFiles().names(in: path).filter { $0 != "lost+found" }
        } catch { throw ReproductionError(error) }
    }

    private static func room(_ path: String) throws(ReproductionError) -> Int64 {
        do throws(DiskError) { return Int64(clamping: try LinuxDisk().freeBytes(path)) } catch {
            throw ReproductionError(error, nil)
        }
    }

    /// The folder that is there, of a path that may be absent.
    private static func existing(_ path: String) -> String {
        var path = path
        while path != "/", LinuxFiles().kind(path) != .folder {
            path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
            if path.isEmpty { path = "/" }
        }
        return path
    }

    /// True when one is inside of the other, or is the other.
    private static func overlaps(_ running: String, _ path: String, _ parent: String) -> Bool {
        let resolved = LinuxFiles().resolve(parent) ?? parent
        let rest = path.dropFirst(parent == "/" ? 0 : parent.count)
        let whole = (resolved == "/" ? "" : resolved) + rest
        return whole == running || whole.hasPrefix(running + "/") || running.hasPrefix(whole + "/")
    }
}
