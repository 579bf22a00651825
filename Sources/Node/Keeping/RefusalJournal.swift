public import Host
public import Resources
internal import Synchronization

/// What this node refused, for audit: two files of lines beside the logs, the older of which goes
/// when the newer is full (Docs/Formats/refusals.md). Nothing is synced: a refusal is no promise.
///
/// It never stands in the way of the log: what cannot be written, or comes too fast, is counted and
/// told as one line later.
public final class RefusalJournal<D: Disk>: Sendable {
    private let disk: D
    private let directory: String
    private let clock: any Clock
    private let state: Mutex<State>

    private struct State {
        var gate: RefusalGate
        var file: D.File?
        var size = 0
        /// How often the files changed names.
        var turns = 0
        var failure: String?
    }

    /// The journal in `directory`, which is made when it is not there.
    public init(disk: D, directory: String, clock: any Clock) {
        self.disk = disk
        self.directory = directory
        self.clock = clock
        state = Mutex(State(gate: RefusalGate(at: clock.ticks)))
    }

    private var current: String { directory + "/current" }
    private var previous: String { directory + "/previous" }

    /// Why the last line could not be written; nil when it was.
    public var failure: String? { state.withLock { $0.failure } }

    /// Keeps that a batch was refused. `look` finds what a command is about that does not say so.
    public func note(
        _ refusal: Refusal, of batch: Batch, by author: Identity, in log: Namespace,
        look: (Identifier) -> Draft?
    ) {
        let (time, ticks) = (clock.now, clock.ticks)
        state.withLock { state in
            guard open(&state, at: time, ticks) else {
                return state.gate.count(refusal, by: author, at: time)
            }
            let record = RefusalRecord(
                refusal, of: batch, by: author, in: log, at: time, look: look)
            if !append(record.map, &state) { state.gate.count(refusal, by: author, at: time) }
        }
    }

    /// Keeps that a request was refused before it was a batch.
    public func note(_ refusal: Refusal, ofRequest verb: String, by author: Identity) {
        let (time, ticks) = (clock.now, clock.ticks)
        state.withLock { state in
            guard open(&state, at: time, ticks) else {
                return state.gate.count(refusal, by: author, at: time)
            }
            // Its words may repeat anything of a request that was not understood.
            let line: ValueMap = [
                "at": .text(time.text), "author": .text(author.text),
                "verb": .text(verb), "filter": .text(refusal.filter),
                "code": .text(refusal.code.rawValue),
            ]
            if !append(line, &state) { state.gate.count(refusal, by: author, at: time) }
        }
    }

    /// The lines from `since` on, the oldest first, at most the newest `limit`; lines that cannot
    /// be read are counted.
    public func read(
        since: WallTime?, limit: Int
    ) throws(DiskError) -> (lines: [Value], damaged: Int) {
        flush()
        var (newer, older): ([UInt8]?, [UInt8]?)
        // Read without holding up who is refused: when the files changed names, once more.
        for _ in 0..<3 {
            let turns = state.withLock { $0.turns }
            (newer, older) = (try bytes(of: current), try bytes(of: previous))
            if state.withLock({ $0.turns }) == turns { break }
        }
        var lines: [Value] = []
        var damaged = 0
        let from = since?.text ?? ""
        for line in [older, newer].compactMap(\.self).flatMap({ $0.split(separator: 10) }) {
            do throws(JSONError) {
                let value = try JSONReader.decode(Array(line))
                guard let at = value.map?["at"]?.text else {
                    damaged += 1
                    continue
                }
                if at >= from { lines.append(value) }
            } catch { damaged += 1 }
        }
        return (Array(lines.suffix(limit)), damaged)
    }

    /// Writes what was only counted, and closes.
    public func close() {
        flush()
        state.withLock { state in
            state.file?.close()
            state.file = nil
        }
    }

    private func flush() {
        let time = clock.now
        state.withLock { state in
            if state.gate.hasMissed, prepare(&state) { tell(&state, at: time) }
        }
    }

    /// True when the next line may be written; tells first what was counted before it.
    private func open(_ state: inout State, at time: WallTime, _ ticks: Ticks) -> Bool {
        guard state.gate.opens(at: ticks), prepare(&state) else { return false }
        guard state.gate.hasMissed else { return true }
        return tell(&state, at: time) && state.gate.opens(at: ticks)
    }

    @discardableResult
    private func tell(_ state: inout State, at time: WallTime) -> Bool {
        guard let summary = state.gate.summary(at: time), append(summary, &state) else {
            return false
        }
        state.gate.forget()
        return true
    }

    /// Opens the file when it is not; a torn last line is cut off.
    private func prepare(_ state: inout State) -> Bool {
        if state.file != nil { return true }
        do throws(DiskError) {
            try disk.createDirectory(directory)
            if try !disk.exists(current) {
                state.file = try disk.create(current)
                state.size = 0
                return true
            }
            let file = try disk.open(current, writing: true)
            let size = try file.size()
            let bytes = try file.read(at: 0, count: size)
            let whole = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            if whole < size { try file.truncate(to: whole) }
            (state.file, state.size) = (file, whole)
            return true
        } catch {
            state.failure = error.description
            return false
        }
    }

    private func append(_ line: ValueMap, _ state: inout State) -> Bool {
        var writer = JSONWriter()
        writer.write(.map(line))
        let bytes = writer.bytes + [UInt8(ascii: "\n")]
        do throws(DiskError) {
            if state.size + bytes.count > Limits.refusalBytes.value, state.size > 0 {
                try turn(&state)
            }
            guard let file = state.file else { return false }
            // SAFETY: the span ends before the array does.
            try unsafe file.write(bytes.span.bytes, at: state.size)
            state.size += bytes.count
            state.failure = nil
            return true
        } catch {
            // What was half written is cut off when it is opened again.
            state.failure = error.description
            state.file?.close()
            state.file = nil
            return false
        }
    }

    /// The newer file becomes the older one.
    private func turn(_ state: inout State) throws(DiskError) {
        state.file?.close()
        state.file = nil
        try disk.rename(current, to: previous)
        state.turns += 1
        state.file = try disk.create(current)
        state.size = 0
    }

    private func bytes(of path: String) throws(DiskError) -> [UInt8]? {
        do throws(DiskError) {
            let file = try disk.open(path, writing: false)
            defer { file.close() }
            return try file.read(at: 0, count: try file.size())
        } catch {
            if error.errno == DiskError.notFound { return nil }
            throw error
        }
    }
}

extension RefusalJournal where D == LinuxDisk {
    /// The journal of a state directory.
    convenience init(in state: String) {
        self.init(disk: LinuxDisk(), directory: state + "/refusals", clock: LinuxClock())
    }
}

extension RefusalRecord {
    /// The record as a line of the journal.
    var map: ValueMap {
        var map: ValueMap = [
            "at": .text(at.text), "author": .text(author), "log": .text(log.path),
            "verb": .text(verb), "commands": .int(Int64(commands)), "filter": .text(filter),
            "code": .text(code), "reason": .text(reason),
        ]
        map["type"] = type.map(Value.text)
        map["name"] = name.map(Value.text)
        map["namespace"] = namespace.map(Value.text)
        return map
    }
}
