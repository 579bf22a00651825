public import Host
public import Resources

/// Sees every change of the files that are resources: an event, then a look at exactly that path.
public final class FileSensor: Sensor {
    public internal(set) var contract: SensorContract
    public var statistics = SensorStatistics()
    public private(set) var feeds: [any KernelFeed] = []

    let kernel: any Kernel
    var table = FileTable()
    var survey: FileSurvey
    private var events: (any FileEventFeed)?
    private var watch: (any FileWatch)?
    /// What has happened and was not looked at yet, by path.
    private var pending: [String: Pending] = [:]
    private var authors = FileAuthors()
    /// Files outside of the roots that were executed a moment ago.
    private var candidates: Set<String> = []
    private var followed: Set<String> = []
    /// Devices that no feed tells of: what changes there is found by the sweep.
    private var silentDevices: Set<UInt64> = []
    private var due = Due()
    var suspects: [String] = []
    private var rested = Ticks(nanoseconds: 0)
    var sweepRested = Ticks(nanoseconds: 0)

    private struct Pending {
        var kind: FileEvent.Kind
        var cause: FileCause?
    }

    /// When what is to be done is due.
    private struct Due {
        var settle: Ticks?
        /// Everything anew: the roots, the owners or the names of users have changed.
        var whole: Ticks?
        var executed: Ticks?
        /// Another look at what a sweep found, or at a gap that stayed open.
        var recheck: Ticks?
    }

    /// A sensor of the files that `kernel` shows.
    public init(_ kernel: any Kernel) {
        self.kernel = kernel
        survey = FileSurvey(
            kernel: kernel, roots: FileRoots(), owners: FileOwners(), executed: [])
        contract = SensorContract(
            name: "files", kinds: [Kind.file],
            mechanism: "fanotify marks on the file systems that hold the roots",
            why: "no folder is too new to be watched, and the kernel names the process",
            privilege: "CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH",
            fallback: "inotify on each folder of the roots",
            mayMiss: "writes into a file that stays open are seen when it is closed or by the "
                + "sweep; a change through another name of the file likewise; names that are not "
                + "UTF-8 are left out")
    }

    public var deadline: Ticks? {
        [due.settle, due.whole, due.executed, due.recheck].compactMap(\.self).min()
    }

    // MARK: Start and stop

    public func start(_ out: inout [Observation]) {
        do throws(KernelError) {
            let feed = try kernel.fileEvents()
            events = feed
            feeds = [feed]
        } catch {
            fallBack(error)
        }
        let running = kernel.processes().compactMap { executable(of: $0) }
        let outside = Set(running).filter { !FileRoots(kernel).contains($0) }
        survey = survey.with(executed: Set(outside.sorted().prefix(Limits.executedFiles.value)))
        resync(cause: "start", &out)
    }

    private func fallBack(_ error: KernelError) {
        contract.mechanism = "inotify on each folder of the roots"
        contract.why = "\(error.operation): \(error.cause); to do better: \(error.remedy)"
        contract.mayMiss +=
            "; the process that made a change; files outside of the roots that "
            + "are executed"
        // Without it the sweep finds what changed: `unwatched` says so.
        guard let watch = try? kernel.watchFiles() else {
            contract.mechanism = "reads the roots every 60 s"
            return
        }
        self.watch = watch
        feeds = [watch]
    }

    private func executable(of pid: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        guard case .bytes(let count) = kernel.read(.executable, of: pid, into: &buffer) else {
            return nil
        }
        let path = String(validating: buffer.prefix(count), as: UTF8.self)
        return path.flatMap { $0.hasPrefix("/") && !$0.hasSuffix(" (deleted)") ? $0 : nil }
    }

    public func stop() {
        for feed in feeds { feed.close() }
        feeds = []
    }

    // MARK: Events

    public func ready(_ feed: Int, _ out: inout [Observation]) {
        guard feed < feeds.count else { return }
        if let cause = take(feeds[feed]) {
            statistics.lost += 1
            resync(cause: cause, &out)
        } else if pending.count >= Limits.sensorBatch.value {
            flush(.intercepted, &out)
        } else if !pending.isEmpty, due.settle == nil {
            // What is written under another name and renamed into place comes as one.
            due.settle = kernel.clock.ticks.advanced(byMilliseconds: 5)
        }
    }

    /// Takes a batch; gives the cause of a loss.
    private func take(_ feed: any KernelFeed) -> String? {
        let named = events != nil
        var taken = 0
        while taken < Limits.sensorBatch.value {
            let before = taken
            let state = feed.receive { datagram in
                taken += 1
                if named {
                    if let event = FileEvent(datagram) { note(event) }
                } else {
                    let path = datagram.copy(0..<datagram.byteCount)
                    note(FileEvent([], process: 0, start: 0, path: path))
                }
            }
            statistics.events += UInt64(taken - before)
            switch state {
            case .lost(let why): return why
            case .empty: return nil
            case .more: if taken == before { return nil }
            }
        }
        return nil
    }

    private func note(_ event: FileEvent) {
        guard let path = String(validating: event.path, as: UTF8.self) else { return }
        if path.hasPrefix(FileOwners.folder + "/") {
            if path.hasSuffix(".list") { wantWhole() }
            if !survey.concerns(path) { return }
        }
        if path == "/etc/passwd" || path == "/etc/group" || path == FileRoots.file { wantWhole() }
        var kind = event.kind
        if kind.contains(.executed) {
            execute(path)
            kind.remove(.executed)
            if kind.isEmpty { return }
        }
        // At once: a process may be gone when its file is looked at.
        let cause = authors.cause(of: event, kernel)
        if let old = pending[path] {
            pending[path] = Pending(kind: old.kind.union(kind), cause: cause)
            statistics.merged += 1
        } else {
            pending[path] = Pending(kind: kind, cause: cause)
        }
    }

    private func wantWhole() {
        if due.whole == nil {
            due.whole = max(rested, kernel.clock.ticks.advanced(byMilliseconds: 50))
        }
    }

    /// A file outside of the roots is looked at after a while: most that are made to be executed
    /// once are gone by then.
    private func execute(_ path: String) {
        guard table[path] == nil, !survey.concerns(path),
            candidates.count + survey.executed.count < Limits.executedFiles.value
        else { return }
        candidates.insert(path)
        if due.executed == nil {
            due.executed = kernel.clock.ticks.advanced(
                byMilliseconds: UInt64(Limits.executedRest.value))
        }
    }

    public func expire(_ now: Ticks, _ out: inout [Observation]) {
        if let due = due.settle, due <= now { flush(.intercepted, &out) }
        if let due = due.whole, due <= now { whole(.intercepted, &out) }
        if let due = due.executed, due <= now { adopt(&out) }
        if let due = due.recheck, due <= now {
            self.due.recheck = nil
            confirm(&out)
        }
    }

    // MARK: Looking

    /// Looks at each path something happened to.
    func flush(_ origin: Origin, _ out: inout [Observation]) {
        due.settle = nil
        let batch = pending
        pending.removeAll(keepingCapacity: true)
        authors.forget()
        let now = kernel.clock.now
        var gone: Set<String> = []
        var folders: Set<String> = []
        var kept: Set<String> = []
        for path in batch.keys.sorted() {
            guard let one = batch[path] else { continue }
            guard survey.concerns(path) else {
                // A folder that leads to a root came or went.
                if one.kind.isEmpty || one.kind.contains(.folder) { wantWhole() }
                continue
            }
            guard let record = survey.look(path) else {
                gone.insert(path)
                if table[path]?.isFolder == true { folders.insert(path) }
                continue
            }
            let isNew = table[path]?.identity != record.identity.hashValue
            if admits(record) { table.see(record, one.cause, origin, now, &out) }
            guard record.isFolder, isNew || one.kind.contains(.appeared) else { continue }
            folders.insert(path)
            if watch != nil { follow(path) }
            survey.walk(below: path) { record in
                if admits(record) { table.see(record, one.cause, origin, now, &out) }
                kept.insert(record.path)
                return true
            }
        }
        if !folders.isEmpty { gone.formUnion(table.below(folders).filter { !kept.contains($0) }) }
        forget(gone, origin, now, &out)
    }

    private func forget(
        _ gone: Set<String>, _ origin: Origin, _ now: WallTime, _ out: inout [Observation]
    ) {
        table.lose(gone, origin, now, &out)
        if !survey.executed.isDisjoint(with: gone) {
            survey = survey.with(executed: survey.executed.subtracting(gone))
        }
        statistics.subjects = UInt64(table.count)
    }

    /// True while there is room, and for what has its place.
    private func admits(_ record: FileRecord) -> Bool {
        if table.count < Limits.trackedFiles.value || table[record.path] != nil { return true }
        statistics.throttled += 1
        return false
    }

    /// Follows what was executed and is still there.
    private func adopt(_ out: inout [Observation]) {
        due.executed = nil
        let files = candidates.filter { kernel.status($0, following: false)?.kind == .file }
        candidates = []
        guard !files.isEmpty else { return }
        survey = survey.with(executed: survey.executed.union(files))
        follow(nil)
        let now = kernel.clock.now
        for path in files.sorted() {
            if let record = survey.look(path), admits(record) {
                table.see(record, nil, .intercepted, now, &out)
            }
        }
        statistics.subjects = UInt64(table.count)
    }

    // MARK: Everything anew

    public func resync(cause: String, _ out: inout [Observation]) {
        openGap(cause, at: kernel.clock.now, &out)
        // What is queued is older than the reading to come.
        for feed in feeds { drain(feed) }
        pending.removeAll()
        whole(.resync, &out)
        statistics.resyncs += 1
        closeGap(at: kernel.clock.now, &out)
    }

    private func drain(_ feed: any KernelFeed) {
        for _ in 0..<Limits.sensorBatch.value {
            if feed.receive({ _ in }) == .empty { return }
        }
    }

    /// Reads roots, names, owners and every file, and reports what differs.
    private func whole(_ origin: Origin, _ out: inout [Observation]) {
        // What has an event is reported by that, with the process it names.
        if origin == .intercepted { takeAll(&out) }
        due.whole = nil
        let begun = kernel.clock.ticks
        refresh()
        follow(nil)
        let now = kernel.clock.now
        var kept: Set<String> = []
        var devices: [UInt64: String] = [:]
        survey.all { record in
            if admits(record) { table.see(record, nil, origin, now, &out) }
            kept.insert(record.path)
            if devices[record.status.device] == nil { devices[record.status.device] = record.path }
            return true
        }
        forget(Set(table.entries.keys).subtracting(kept), origin, now, &out)
        follow(devices)
        rest(begun)
    }

    func rest(_ begun: Ticks) {
        let now = kernel.clock.ticks
        let cost = now.nanoseconds(since: begun)
        statistics.readNanoseconds = cost
        rested = Ticks(nanoseconds: now.nanoseconds + cost * UInt64(Limits.sensorRest.value))
        sweepRested = Ticks(nanoseconds: now.nanoseconds + cost * UInt64(Limits.sweepRest.value))
    }

    func refresh() {
        let roots = FileRoots(kernel)
        var owners = survey.owners
        owners.refresh(roots, kernel)
        table.names = OwnerNames(kernel)
        survey = FileSurvey(
            kernel: kernel, roots: roots, owners: owners, executed: survey.executed)
    }

    // MARK: Subscriptions

    /// Makes the feed follow what is to be followed, and a path on each device besides.
    private func follow(_ devices: [UInt64: String]) {
        let before = followed
        follow(nil, with: Set(devices.values))
        guard let events, followed != before else { return }
        let refused = events.follow(followed)
        silentDevices = Set(devices.filter { refused[$0.value] != nil }.keys)
        statistics.unwatched = UInt64(refused.count)
    }

    /// Follows a folder that is new too, where each has to be watched itself.
    private func follow(_ folder: String?) { follow(folder, with: []) }

    private func follow(_ folder: String?, with samples: Set<String>) {
        let basis = survey.roots.paths.union(survey.executed).union([
            FileOwners.folder, FileRoots.file,
        ])
        if let events {
            let wanted = basis.union(samples)
            if wanted == followed || samples.isEmpty && basis.isSubset(of: followed) { return }
            followed = wanted
            statistics.unwatched = UInt64(events.follow(wanted).count)
        } else if let watch {
            var named = basis.union(table.entries.filter(\.value.isFolder).keys)
            if let folder {
                named.insert(folder)
                survey.walk(below: folder) { record in
                    if record.isFolder { named.insert(record.path) }
                    return true
                }
            }
            statistics.unwatched = UInt64(watch.become(WatchedPaths(named: named)).count)
        }
    }

    // MARK: Sweep

    public func sweep(slices: Bool, _ out: inout [Observation]) {
        if slices, sweepRested > kernel.clock.ticks {
            statistics.throttled += 1
            return
        }
        catchUp(&out)
        let begun = kernel.clock.ticks
        refresh()
        suspects = differing()
        rest(begun)
        if suspects.isEmpty {
            statistics.sweeps += 1
        } else {
            // Events in flight get the time to come before a difference counts.
            due.recheck = kernel.clock.ticks.advanced(byMilliseconds: 50)
        }
    }

    /// Takes all that is queued, within bounds, and what it asks for.
    /// Takes all that is queued and does what it asks for.
    public func catchUp(_ out: inout [Observation]) {
        takeAll(&out)
        if due.whole != nil { whole(.intercepted, &out) }
    }

    /// Takes all that is queued, within bounds, and looks at it.
    private func takeAll(_ out: inout [Observation]) {
        for _ in 0..<Limits.folderDepth.value {
            let before = statistics.events
            for index in feeds.indices { ready(index, &out) }
            if !pending.isEmpty { flush(.intercepted, &out) }
            if statistics.events == before { return }
        }
    }

    /// What a path is, when no event announced it: it differs after all events were taken that
    /// came before a look, and did not change since. The inner nil is for nothing there.
    private func lasting(_ path: String, _ out: inout [Observation]) -> FileRecord?? {
        let look = { [survey] in survey.concerns(path) ? survey.look(path) : nil }
        let first = look()
        guard table.difference(path, first) != .none else { return nil }
        catchUp(&out)
        let second = look()
        guard first == second, table.difference(path, second) != .none else { return nil }
        return .some(second)
    }

    private func differing() -> [String] {
        var kept: Set<String> = []
        var differing: [String] = []
        survey.all { record in
            kept.insert(record.path)
            if table.difference(record.path, record) != .none { differing.append(record.path) }
            return true
        }
        return differing + table.entries.keys.filter { !kept.contains($0) }
    }

    private func confirm(_ out: inout [Observation]) {
        catchUp(&out)
        let now = kernel.clock.now
        var gone: Set<String> = []
        for path in suspects.sorted() {
            guard let record = lasting(path, &out) else { continue }
            let isSilent = record.map { silentDevices.contains($0.status.device) } ?? false
            switch table.difference(path, record) {
            case .none: continue
            case .silent: statistics.sampled += 1
            case .announced where isSilent: statistics.sampled += 1
            case .announced: statistics.drift += 1
            }
            if let record {
                if admits(record) { table.see(record, nil, .sampled, now, &out) }
            } else {
                gone.insert(path)
            }
        }
        forget(gone, .sampled, now, &out)
        suspects = []
        statistics.sweeps += 1
    }
}

extension FileSurvey {
    func with(executed: Set<String>) -> FileSurvey {
        FileSurvey(kernel: kernel, roots: roots, owners: owners, executed: executed)
    }
}
