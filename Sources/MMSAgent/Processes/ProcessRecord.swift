internal import Host
internal import Resources

/// What is known of one process.
struct ProcessRecord: Hashable, Sendable {
    var pid: Int32
    var parent: Int32
    var start: Start
    var name = ""
    var executable: String?
    /// True when the file it runs has been removed or replaced since.
    var executableGone = false
    var commandLine: CommandLine?
    var user: UInt32?
    var group: UInt32?
    var controlGroup: String?
    var kernelThread = false
    /// What could not be read, so that absence is not taken for emptiness.
    var unread: ProcessParts = []

    /// What tells a process from an earlier one of the same number.
    enum Start: Hashable, Sendable {
        /// Clock ticks after boot.
        case ticks(UInt64)
        /// The time of its fork event, when it was gone before it could be read.
        case event(UInt64)
    }

    /// Keeps what events told of its owner, where that may not be read.
    mutating func keepOwner(of known: ProcessRecord?) {
        guard unread.contains(.owner), let known, known.start == start,
            !known.unread.contains(.owner)
        else { return }
        user = known.user
        group = known.group
        unread.remove(.owner)
    }

    /// What a sweep compares: facts that events announce, and facts that none does.
    func difference(to other: ProcessRecord) -> Difference {
        if start != other.start || parent != other.parent || executable != other.executable
            || user != other.user || group != other.group
            || (name != other.name && !kernelThread)
        {
            return .announced
        }
        return self == other ? .none : .unannounced
    }

    enum Difference { case none, unannounced, announced }
}

/// Parts of a process that are read each on its own.
struct ProcessParts: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// Parent, name, start time.
    static let stat = ProcessParts(rawValue: 1)
    static let owner = ProcessParts(rawValue: 2)
    static let executable = ProcessParts(rawValue: 4)
    static let commandLine = ProcessParts(rawValue: 8)
    static let controlGroup = ProcessParts(rawValue: 16)
    static let all: ProcessParts = [.stat, .owner, .executable, .commandLine, .controlGroup]
    /// What a new program changes; its user and group come as events.
    static let program: ProcessParts = [.stat, .executable, .commandLine, .controlGroup]

    /// The fields that stay unread, in words.
    var fields: [Value] {
        var names: [Value] = []
        if contains(.stat) { names += ["name", "startTime"] }
        if contains(.owner) { names += ["uid", "gid"] }
        if contains(.executable) { names.append("executable") }
        if contains(.commandLine) { names.append("commandLine") }
        if contains(.controlGroup) { names.append("cgroup") }
        return names
    }
}

/// What reading a process gave. Nil in place of the whole says that it is gone.
struct ProcessReading: Hashable, Sendable {
    /// What was asked for.
    var parts: ProcessParts
    var stat: ProcessStat
    var owner: ProcessOwner?
    var executable: String?
    var executableGone = false
    var commandLine: CommandLine?
    var controlGroup: String?

    /// A record of this reading, with what was not asked for taken from `known`.
    func record(over known: ProcessRecord?, isEnded: Bool) -> ProcessRecord {
        var record =
            known ?? ProcessRecord(pid: stat.pid, parent: stat.parent, start: .ticks(stat.start))
        record.parent = stat.parent
        record.start = .ticks(stat.start)
        record.name = stat.name
        record.kernelThread = stat.kernelThread
        record.unread.remove(.stat)
        set(\.controlGroup, of: &record, .controlGroup, controlGroup)
        if parts.contains(.owner) {
            record.user = owner?.user
            record.group = owner?.group
            mark(.owner, owner == nil, &record)
        }
        if parts.contains(.executable) {
            record.executable = executable
            record.executableGone = executableGone
            mark(.executable, executable == nil && !stat.kernelThread, &record)
        }
        if parts.contains(.commandLine) {
            record.commandLine = isEnded ? nil : commandLine
            mark(.commandLine, record.commandLine == nil, &record)
        }
        return record
    }

    private func set(
        _ path: WritableKeyPath<ProcessRecord, String?>, of record: inout ProcessRecord,
        _ part: ProcessParts, _ value: String?
    ) {
        guard parts.contains(part) else { return }
        record[keyPath: path] = value
        mark(part, value == nil, &record)
    }

    private func mark(_ part: ProcessParts, _ isUnread: Bool, _ record: inout ProcessRecord) {
        if isUnread { record.unread.insert(part) } else { record.unread.remove(part) }
    }
}
