internal import Host
internal import Resources

/// Walks what is followed, without following links, so that none leads in a circle.
struct FileSurvey {
    let kernel: any Kernel
    let roots: FileRoots
    let owners: FileOwners
    let executed: Set<String>

    /// True for a file that is a resource.
    func concerns(_ path: String) -> Bool { roots.contains(path) || executed.contains(path) }

    /// Looks at a path; nil when nothing is there.
    func look(_ path: String) -> FileRecord? {
        guard var record = FileRecord(path, kernel) else { return nil }
        record.package = owners[path]
        record.isExecuted = executed.contains(path) && !roots.contains(path)
        return record
    }

    /// Everything followed, folders before what is in them, until `visit` says false.
    func all(_ visit: (FileRecord) -> Bool) {
        for path in roots.tops {
            guard let record = look(path), visit(record), walk(below: path, visit) else { continue }
        }
        for path in executed.sorted() where !roots.contains(path) {
            if let record = look(path), !visit(record) { return }
        }
    }

    /// What lies below a folder; false when `visit` said so.
    @discardableResult
    func walk(below folder: String, _ visit: (FileRecord) -> Bool) -> Bool {
        var waiting = [(folder, 0)]
        while let (folder, depth) = waiting.popLast() {
            for name in kernel.list(folder) ?? [] {
                let path = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
                guard !roots.leftOut.contains(path), let record = look(path) else { continue }
                if !visit(record) { return false }
                if record.isFolder, depth < Limits.folderDepth.value {
                    waiting.append((path, depth + 1))
                }
            }
        }
        return true
    }
}
