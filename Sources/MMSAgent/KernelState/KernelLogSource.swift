internal import Host
internal import Resources

/// Messages of the kernel, counted by level: a chatty driver must not fill the log of the machine.
///
/// The counts are reported once a minute, and at once when a message of level err or worse comes
/// after a quiet time.
final class KernelLogSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "kernel-log", kinds: [Kind.kernelLog], mechanism: "records of /dev/kmsg, counted",
        why: "each record has a number, so that it is known exactly how many were overwritten",
        privilege: "root, where kernel.dmesg_restrict is set",
        fallback: "none: nothing is counted",
        mayMiss: "messages from before the sensor's start; of many errors within ten seconds "
            + "only the last is kept as text")
    let sampled: [TypeName: SampledFields] = [Kind.kernelLog: .all]
    private(set) var interval: UInt64? = 60_000
    let settle: UInt64 = 50
    private var tally = MessageTally()
    private var clock: (any Clock)?
    private var quietUntil = Ticks(nanoseconds: 0)
    private var isOpen = false

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        clock = kernel.clock
        do throws(KernelError) {
            let feed = try kernel.stream(.messages)
            isOpen = true
            return [feed]
        } catch {
            contract.mechanism = "none"
            contract.why = "\(error.operation): \(error.cause)"
            contract.mayMiss = "all messages of the kernel"
            interval = nil
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        guard let message = KernelMessage(datagram) else { return .nothing }
        tally.add(message)
        guard message.level <= 3, let now = clock?.ticks, now >= quietUntil else {
            return .nothing
        }
        quietUntil = now.advanced(byMilliseconds: 10_000)
        return .changed
    }

    func read(_ kernel: any Kernel) -> Reading {
        guard isOpen else { return .whole([]) }
        return .whole([
            Seen(
                subject: Observation.Subject(type: Kind.kernelLog, name: subjectName("kernel")),
                identity: "kernel-log", data: tally.fields)
        ])
    }
}

/// A record of `/dev/kmsg` (Documentation/ABI/testing/dev-kmsg):
/// `priority,sequence,microseconds,flags;text`, then lines of keys.
struct KernelMessage: Hashable, Sendable {
    /// 0 is emerg, 7 is debug.
    var level: Int
    var sequence: UInt64
    /// Since boot.
    var microseconds: UInt64
    var text: String

    /// Reads a record; nil for what is none.
    init?(_ record: RawSpan) {
        let bytes = record.copy(0..<min(record.byteCount, 8192))
        guard let semicolon = bytes.firstIndex(of: 59) else { return nil }
        let fields = bytes[..<semicolon].split(separator: 44)
        guard fields.count >= 3, let priority = decimal(fields[0]),
            let sequence = decimal(fields[1]), let time = decimal(fields[2])
        else { return nil }
        level = Int(priority & 7)
        self.sequence = sequence
        microseconds = time
        text = lossyText(bytes[(semicolon + 1)...].prefix { $0 != 10 }.prefix(512))
    }
}

/// Counts of messages by level.
struct MessageTally: Hashable, Sendable {
    static let levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
    private var counts = [Int64](repeating: 0, count: 8)
    private var next: UInt64?
    private var lost: Int64 = 0
    private var worst: KernelMessage?

    /// Counts a message, and those whose numbers were jumped over.
    mutating func add(_ message: KernelMessage) {
        if let next, message.sequence > next { lost += Int64(clamping: message.sequence - next) }
        if let next, message.sequence < next { return }
        next = message.sequence + 1
        counts[message.level] += 1
        if message.level <= 3 { worst = message }
    }

    /// What is reported of them.
    var fields: ValueMap {
        var data: ValueMap = ["overwritten": .int(lost)]
        for (level, count) in zip(Self.levels, counts) { data[level] = .int(count) }
        data.set("lastError", worst?.text)
        data.set("lastErrorLevel", worst.map { Self.levels[$0.level] })
        data.set("lastErrorAt", worst.map { Int64(clamping: $0.microseconds / 1000) })
        return data
    }
}
