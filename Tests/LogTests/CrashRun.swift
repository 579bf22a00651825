import Host
import Log
import LogSuite
import Resources
import Testing

/// One seed's history of a log in the World: lives of a process, ended by faults, kills and power
/// cuts, each checked against what was acknowledged.
struct CrashRun {
    private let disk: SimulatedDisk
    private var random: SeededRandom
    private let durability: Durability
    /// Payloads by position (index 0 is position 1) that the log owes us.
    private var owed: [[UInt8]] = []
    /// Groups written behind that, each there as a whole or not at all, in order.
    private var open: [[[UInt8]]] = []
    private var serial: UInt64 = 0
    private(set) var digest: UInt64 = 0
    private(set) var violations: [String] = []
    private(set) var cuts = 0
    private(set) var acknowledged = 0
    private(set) var lives = 0
    private(set) var detections = 0
    /// Lost and misdirected writes: then a log may stop, but must not forget in silence.
    private let mediumFails: Bool

    init(seed: UInt64) {
        disk = SimulatedDisk(seed: seed)
        random = SeededRandom(seed: seed &* 7919 &+ 13)
        durability = seed % 3 == 0 ? .grouped : .synced
        mediumFails = seed % 5 == 4
        disk.set(refusesDirect: seed % 7 == 3)
    }

    /// The whole history.
    mutating func run() throws {
        for _ in 0..<6 where detections == 0 {
            lives += 1
            try live()
            mix(disk.digest)
        }
    }

    private mutating func mix(_ word: UInt64) {
        digest = (digest ^ word) &* 0x0000_0100_0000_01B3
    }

    private var options: LogOptions {
        var options = Sample.options(durability, segment: 6 << 10)
        options.segmentBytes = 8 << 10
        if mediumFails { options.knownDurable = Position(UInt64(owed.count)) }
        return options
    }

    private mutating func live() throws {
        guard let log = try begin() else { return }
        check(log)
        guard detections == 0 else { return }
        setFaults()
        for _ in 0..<(5 + Int(random.next() % 40)) {
            if try !step(log) { break }
        }
        end(log)
    }

    /// Opens the log; now and then the first attempts fail half-way.
    private mutating func begin() throws -> CommandLog<SimulatedDisk>? {
        var attempts = 0
        while true {
            attempts += 1
            disk.set(SimulatedDisk.Faults())
            if random.oneIn(6), attempts < 4 {
                let kinds: [DiskError.Operation] = [
                    .sync, .write, .syncDirectory, .rename, .create,
                ]
                let kind = kinds[Int(random.next() % UInt64(kinds.count))]
                disk.failNext(kind, errno: DiskError.inputOutput)
            }
            switch attempt() {
            case .success(let log): return log
            case .failure(.disk(let error)) where error.isInputOutput && attempts < 4: crash()
            case .failure(.corrupt) where mediumFails:
                detections += 1
                return nil
            case .failure(let error): throw error
            }
        }
    }

    private func attempt() -> Result<CommandLog<SimulatedDisk>, LogError> {
        do throws(LogError) {
            return .success(try Sample.open(disk, "/log", options))
        } catch {
            return .failure(error)
        }
    }

    private mutating func setFaults() {
        var faults = SimulatedDisk.Faults()
        if random.oneIn(3) { faults.syncErrors = 40 }
        if random.oneIn(4) { faults.writeErrors = 60 }
        if mediumFails {
            faults.lostWrites = 30
            faults.misdirectedWrites = 30
        }
        disk.set(faults)
    }

    private mutating func step(_ log: CommandLog<SimulatedDisk>) throws -> Bool {
        do throws(LogError) {
            switch random.next() % 20 {
            case 0: log.prepare()
            case 1: try log.sync()
            case 2: try checkpoint(log)
            case 3: if random.oneIn(3) { try log.extend() }
            default: try append(log)
            }
            settle(to: log.durable)
            return true
        } catch {
            settle(to: log.durable)
            switch error {
            case .sealed:
                do { try log.extend() } catch { return false }
                return true
            case .disk: return true
            default: return false
            }
        }
    }

    /// What is durable by the log's word is owed.
    private mutating func settle(to durable: Position) {
        while let group = open.first, owed.count + group.count <= Int(durable.rawValue) {
            owed += group
            open.removeFirst()
        }
        acknowledged = owed.count
    }

    private mutating func append(_ log: CommandLog<SimulatedDisk>) throws(LogError) {
        let count = Int(random.next() % 5) + 1
        let group = (0..<count).map { _ -> EntryDraft in
            serial += 1
            let size = Int(random.next() % 900)
            let fill: UInt8 = random.oneIn(4) ? 0 : UInt8(truncatingIfNeeded: serial)
            let head = (0..<8).map { UInt8(truncatingIfNeeded: serial >> UInt64($0 * 8)) }
            return EntryDraft(
                author: Sample.author, time: WallTime(milliseconds: Int64(serial)),
                payload: head + [UInt8](repeating: fill, count: size))
        }
        do throws(LogError) {
            let range = try log.append(group)
            let next = owed.count + open.reduce(0) { $0 + $1.count } + 1
            if range.lowerBound != Position(UInt64(next)) {
                violations.append("appended at \(range), expected \(next)")
            }
            open.append(group.map(\.payload))
        } catch {
            if case .outcomeUnknown = error { open.append(group.map(\.payload)) }
            throw error
        }
    }

    private mutating func checkpoint(_ log: CommandLog<SimulatedDisk>) throws(LogError) {
        let durable = log.durable
        guard durable >= log.first,
            let entry = try log.read(from: durable, maximumBytes: 1).first
        else { return }
        try log.keep(
            CheckpointManifest(
                position: durable, epoch: entry.epoch, chainHash: entry.chainHash,
                stateHash: [1, 2, 3], format: 1))
        if random.oneIn(2) { try log.trim(before: try log.trimBound().next) }
    }

    private mutating func end(_ log: CommandLog<SimulatedDisk>) {
        switch random.next() % 4 {
        case 0:
            log.close()
            settle(to: log.durable)
            disk.kill()
        case 1: disk.kill()
        default: crash()
        }
    }

    private mutating func crash() { disk.crash() }

    private mutating func check(_ log: CommandLog<SimulatedDisk>) {
        if log.cut != nil { cuts += 1 }
        if case .rescue(let defect) = log.state {
            detections += 1
            if !mediumFails { violations.append("life \(lives): rescue at \(defect)") }
            return
        }
        do {
            try compare(try log.read(from: log.first, maximumBytes: .max), from: log.first, log)
        } catch {
            detections += 1
            if !mediumFails { violations.append("life \(lives): cannot read: \(error)") }
        }
        for byte in log.hash { mix(UInt64(byte)) }
    }

    private mutating func compare(
        _ first: [LogEntry], from start: Position, _ log: CommandLog<SimulatedDisk>
    ) throws(LogError) {
        var entries = first
        while let last = entries.last?.header.position, last < log.tail {
            let more = try log.read(from: last.next, maximumBytes: .max)
            if more.isEmpty { break }
            entries += more
        }
        let skipped = Int(start.rawValue) - 1
        var found = owed.prefix(skipped) + entries.map(\.payload)
        if found.count < owed.count || Array(found.prefix(owed.count)) != owed {
            violations.append("life \(lives): \(owed.count) owed, \(found.count) found")
            return
        }
        // Behind what is owed: whole groups in the order they were written, nothing else.
        found.removeFirst(owed.count)
        for group in open where !found.isEmpty {
            if Array(found.prefix(group.count)) != group {
                violations.append("life \(lives): a group is there in part or twice")
                return
            }
            found.removeFirst(group.count)
            owed += group
        }
        if !found.isEmpty { violations.append("life \(lives): \(found.count) strangers") }
        open = []
        acknowledged = owed.count
    }
}
