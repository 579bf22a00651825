internal import Host
internal import Resources

/// Who made the changes of one batch of events. A number that was given to another process since
/// names nobody: better no author than a wrong one.
struct FileAuthors {
    private struct Key: Hashable {
        var process: Int32
        var start: UInt64
    }

    private var identities = ProcessIdentities()
    private var known: [Key: FileCause?] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1024)

    /// The process that made the change; nil where the kernel did not tell or it is not proven.
    mutating func cause(of event: FileEvent, _ kernel: any Kernel) -> FileCause? {
        guard event.process > 0, event.start > 0 else { return nil }
        let key = Key(process: event.process, start: event.start)
        if let cause = known[key] { return cause }
        let cause = read(key, kernel)
        known[key] = .some(cause)
        return cause
    }

    private mutating func read(_ key: Key, _ kernel: any Kernel) -> FileCause? {
        guard case .bytes(let count) = kernel.read(.stat, of: key.process, into: &buffer),
            let stat = ProcessStat(buffer[..<count]), stat.pid == key.process,
            stat.start == key.start
        else { return nil }
        return FileCause(
            process: stat.pid, identity: identities.identity(of: stat, kernel), name: stat.name)
    }

    /// Forgets who is known: in the next batch they may have another name.
    mutating func forget() { known.removeAll(keepingCapacity: true) }
}
