internal import Resources

/// The processes of a machine as its events and readings tell: decides what to read and what to
/// report, and reads nothing itself.
///
/// An event of a process asks for a reading at the end of its batch, so that a fork, an exec and
/// an exit that come together cost one reading and one report.
struct ProcessTable: Sendable {
    /// What stays the same while the machine runs.
    struct Setting: Hashable, Sendable {
        /// The identity of this boot.
        var boot: String
        /// Wall time of boot, in milliseconds.
        var bootTime: Int64
        /// Clock ticks a second.
        var ticksPerSecond: UInt64 = 100
        /// How far boot time is ahead of monotonic time, in nanoseconds.
        var suspended: UInt64 = 0
    }

    /// A process that waits for its reading.
    struct Pending: Hashable, Sendable {
        var parts: ProcessParts
        /// Parent and time of its fork event.
        var fork: Fork?
        /// The parent as it was at the fork: it may change or end before the child is read.
        var likeness: ProcessRecord?
        var executed = false
        var exit: UInt32?
        var user: UInt32?
        var group: UInt32?

        struct Fork: Hashable, Sendable {
            var parent: Int32
            var time: UInt64
        }
    }

    var setting: Setting
    private(set) var records: [Int32: ProcessRecord] = [:]
    private(set) var events: UInt64 = 0
    private(set) var merged: UInt64 = 0
    /// Names of users by number.
    private(set) var users: [UInt32: String] = [:]

    private var children: [Int32: Set<Int32>] = [:]
    /// Threads beyond the first, of processes that have any.
    private var threads: [Int32: Int] = [:]
    /// Processes whose first thread ended while others run, with its status.
    private var halfEnded: [Int32: UInt32] = [:]
    private var pending: [Int32: Pending] = [:]
    private var order: [Int32] = []
    /// Kernel threads named after their fork without an event.
    private(set) var unsettled: [Int32] = []
    private(set) var touched: Set<Int32> = []
    /// When the program of a process was read last, in nanoseconds of the events' clock.
    private var programRead: [Int32: UInt64] = [:]

    init(_ setting: Setting) { self.setting = setting }

    // MARK: Events

    /// Takes an event of the kernel; what it asks for is in `takeReads` after it.
    mutating func step(_ event: ProcessEvent, at now: WallTime, _ out: inout [Observation]) {
        events += 1
        switch event.what {
        case .forked(let parent, let child):
            fork(parent, child, event.time, now, &out)
        case .executed(let pid):
            threads[pid] = nil
            halfEnded[pid] = nil
            want(pid, records[pid] == nil && pending[pid]?.fork == nil ? .all : .program)
            pending[pid]?.executed = true
        case .user(let pid, let user):
            set(pid, \.user, \.user, user, now, &out)
        case .group(let pid, let group):
            set(pid, \.group, \.group, group, now, &out)
        case .renamed(let pid, let name):
            rename(pid, name, now, &out)
        case .threads(let pid, let change):
            countThreads(pid, change, now, &out)
        case .exited(let pid, let status):
            exit(pid, status, event.time, now, &out)
        }
    }

    private mutating func fork(
        _ parent: Int32, _ child: Int32, _ time: UInt64, _ now: WallTime,
        _ out: inout [Observation]
    ) {
        if pending[child]?.exit != nil { answer(child, nil, at: now, &out) }
        threads[child] = nil
        halfEnded[child] = nil
        // A child has its parent's program, owner and group until it changes them.
        // One that was read after the fork may have had another program then.
        let isOlder = (programRead[parent] ?? 0) < time
        let likeness = pending[parent] == nil && isOlder ? records[parent] : nil
        let isWhole = likeness.map { $0.unread.isEmpty && !$0.kernelThread } == true
        want(child, isWhole ? .stat : .all)
        pending[child]?.fork = Pending.Fork(parent: parent, time: time)
        pending[child]?.likeness = isWhole ? likeness : nil
    }

    private mutating func want(_ pid: Int32, _ parts: ProcessParts) {
        touched.insert(pid)
        if pending[pid] == nil {
            pending[pid] = Pending(parts: parts)
            order.append(pid)
        } else {
            pending[pid]?.parts.formUnion(parts)
            merged += 1
        }
    }

    private mutating func set(
        _ pid: Int32, _ field: WritableKeyPath<ProcessRecord, UInt32?>,
        _ later: WritableKeyPath<Pending, UInt32?>, _ value: UInt32, _ now: WallTime,
        _ out: inout [Observation]
    ) {
        if pending[pid] != nil {
            merged += 1
            pending[pid]?[keyPath: later] = value
        } else if var record = records[pid] {
            touched.insert(pid)
            record[keyPath: field] = value
            keep(record, .intercepted, now, &out)
        }
    }

    private mutating func rename(
        _ pid: Int32, _ name: String, _ now: WallTime, _ out: inout [Observation]
    ) {
        if pending[pid] != nil {
            // The reading to come has the name.
            merged += 1
        } else if var record = records[pid] {
            touched.insert(pid)
            // After a dump an event may be older than what was read: read, unless it agrees.
            if record.name == name { return }
            record.name = name
            keep(record, .intercepted, now, &out)
        }
    }

    private mutating func countThreads(
        _ pid: Int32, _ change: Int, _ now: WallTime, _ out: inout [Observation]
    ) {
        let count = (threads[pid] ?? 0) + change
        threads[pid] = count > 0 ? count : nil
        guard count <= 0, let status = halfEnded.removeValue(forKey: pid) else { return }
        end(pid, status, now, &out)
    }

    private mutating func exit(
        _ pid: Int32, _ status: UInt32, _ time: UInt64, _ now: WallTime,
        _ out: inout [Observation]
    ) {
        touched.insert(pid)
        if (threads[pid] ?? 0) > 0 {
            halfEnded[pid] = status
            return
        }
        if case .ticks(let start) = records[pid]?.start, pending[pid]?.fork == nil {
            // Older than the process itself: the end of one that had the number before.
            let started = start &* (1_000_000_000 / setting.ticksPerSecond)
            if time &+ setting.suspended < started { return }
        }
        end(pid, status, now, &out)
    }

    private mutating func end(
        _ pid: Int32, _ status: UInt32, _ now: WallTime, _ out: inout [Observation]
    ) {
        if pending[pid]?.fork != nil, records[pid] == nil {
            merged += 1
            pending[pid]?.exit = status
            // What a zombie still shows.
            pending[pid]?.parts = .stat
            return
        }
        if pending.removeValue(forKey: pid) != nil { merged += 1 }
        guard let record = records[pid] else { return }
        report(record, exit: status, .intercepted, now, &out)
        remove(record, .intercepted, now, &out)
    }

    // MARK: Readings

    /// What is to be read now, in the order of the events; each must be answered.
    mutating func takeReads() -> [(pid: Int32, parts: ProcessParts)] {
        defer { order.removeAll(keepingCapacity: true) }
        return order.compactMap { pid in pending[pid].map { (pid, $0.parts) } }
    }

    /// Takes the reading of a process; nil says that it was gone.
    mutating func answer(
        _ pid: Int32, _ reading: ProcessReading?, at now: WallTime, _ out: inout [Observation]
    ) {
        guard let asked = pending.removeValue(forKey: pid) else { return }
        guard let reading else {
            answerGone(pid, asked, now, &out)
            return
        }
        var known = records[pid]
        if let old = known, old.start != .ticks(reading.stat.start) {
            remove(old, .intercepted, now, &out)
            known = nil
        }
        let inherited =
            known
            ?? asked.likeness.map { likeness in
                var child = likeness
                child.pid = pid
                return child
            }
        let ended = reading.stat.isEnded
        var record = reading.record(over: inherited, isEnded: ended)
        if inherited == nil { record.unread.formUnion(ProcessParts.all.subtracting(asked.parts)) }
        apply(asked, to: &record)
        if let exit = asked.exit {
            if asked.executed { forgetProgram(&record) }
            report(record, exit: exit, .intercepted, now, &out)
            remove(record, .intercepted, now, &out)
            return
        }
        keep(record, .intercepted, now, &out)
        if record.kernelThread, asked.fork != nil { unsettled.append(pid) }
    }

    private func apply(_ asked: Pending, to record: inout ProcessRecord) {
        if let user = asked.user { record.user = user }
        if let group = asked.group { record.group = group }
        if record.user != nil, record.group != nil { record.unread.remove(.owner) }
    }

    private func forgetProgram(_ record: inout ProcessRecord) {
        record.executable = nil
        record.executableGone = false
        record.commandLine = nil
        record.unread.formUnion([.executable, .commandLine])
    }

    private mutating func answerGone(
        _ pid: Int32, _ asked: Pending, _ now: WallTime, _ out: inout [Observation]
    ) {
        var record: ProcessRecord
        if let known = records[pid] {
            record = known
            if asked.executed { forgetProgram(&record) }
        } else if let fork = asked.fork {
            record = ProcessRecord(pid: pid, parent: fork.parent, start: .event(fork.time))
            record.unread = .all
        } else {
            return
        }
        apply(asked, to: &record)
        if let exit = asked.exit {
            report(record, exit: exit, .intercepted, now, &out)
            remove(record, .intercepted, now, &out)
        } else {
            keep(record, .intercepted, now, &out)
        }
    }

    /// Notes that the program of a process was read up to that time.
    mutating func noteRead(_ pid: Int32, at time: UInt64) {
        if records[pid] != nil { programRead[pid] = time }
    }

    /// Asks anew for kernel threads that may have got their name since.
    mutating func settle() {
        for pid in unsettled where records[pid] != nil { want(pid, .stat) }
        unsettled.removeAll(keepingCapacity: true)
    }

    // MARK: Records

    /// Keeps a record and reports it when it differs from what was reported.
    mutating func keep(
        _ record: ProcessRecord, _ origin: Origin, _ now: WallTime, _ out: inout [Observation]
    ) {
        let old = records.updateValue(record, forKey: record.pid)
        if old == record { return }
        if old?.parent != record.parent {
            if let old { children[old.parent]?.remove(record.pid) }
            children[record.parent, default: []].insert(record.pid)
        }
        report(record, exit: nil, origin, now, &out)
    }

    /// Takes the names of users, and reports anew whose owner's name is another now.
    mutating func become(
        users next: [UInt32: String], _ origin: Origin, _ now: WallTime,
        _ out: inout [Observation]
    ) {
        guard next != users else { return }
        let old = users
        users = next
        for (_, record) in records.sorted(by: { $0.key < $1.key }) {
            guard let user = record.user, old[user] != next[user] else { continue }
            report(record, exit: nil, origin, now, &out)
        }
    }

    /// Drops a record and reports that; asks who its children belong to now.
    mutating func remove(
        _ record: ProcessRecord, _ origin: Origin, _ now: WallTime, _ out: inout [Observation]
    ) {
        records[record.pid] = nil
        threads[record.pid] = nil
        halfEnded[record.pid] = nil
        programRead[record.pid] = nil
        children[record.parent]?.remove(record.pid)
        if children[record.parent]?.isEmpty == true { children[record.parent] = nil }
        for child in (children.removeValue(forKey: record.pid) ?? []).sorted()
        where records[child] != nil {
            children[record.pid, default: []].insert(child)
            want(child, .stat)
        }
        out.append(.absent(record.subject, origin: origin, sensed: now))
    }

    /// Forgets what waits, before everything is read anew.
    mutating func dropPending() {
        pending.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        halfEnded.removeAll()
        unsettled.removeAll(keepingCapacity: true)
    }

    /// The number of threads a reading says a process has.
    mutating func setThreads(_ pid: Int32, _ count: UInt64) {
        threads[pid] = count > 1 ? Int(clamping: count) - 1 : nil
    }

    /// Starts to note anew which processes events speak of.
    mutating func clearTouched() { touched.removeAll(keepingCapacity: true) }

    private func report(
        _ record: ProcessRecord, exit: UInt32?, _ origin: Origin, _ now: WallTime,
        _ out: inout [Observation]
    ) {
        out.append(.present(record.sighting(setting, users, exit, origin, now)))
    }
}
