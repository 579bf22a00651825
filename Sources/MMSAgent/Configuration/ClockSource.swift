internal import Host
internal import Resources

/// The clock of this machine: its zone, who sets it, and whether it was set.
final class ClockSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "clock", kinds: [Kind.clock],
        mechanism: "a timer that steps of the clock cancel; inotify on the zone's files",
        why: "the kernel tells of every step (TFD_TIMER_CANCEL_ON_SET)",
        privilege: "none", fallback: "reads every minute",
        mayMiss: "steps while the agent does not run; slewing; whether it is synchronised is "
            + "sampled")
    let sampled: [TypeName: SampledFields] = [
        Kind.clock: .some(["synchronised", "synchroniser"])
    ]
    private static let zone = "/etc/localtime"
    let watched: WatchedPaths? = WatchedPaths(
        named: [zone, "/etc/timezone", "/etc/adjtime", timesync])
    private static let timesync = "/run/systemd/timesync"
    private(set) var interval: UInt64?
    private var boot = ""
    private var steps: Int64 = 0
    private var wasStepped = false
    private var lastStep: Int64?

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        boot = bootSetting(kernel).boot
        do throws(KernelError) {
            return [try kernel.stream(.clockSteps)]
        } catch {
            contract.mechanism = "inotify on the zone's files"
            contract.why = "\(error.operation): \(error.cause)"
            contract.mayMiss += "; all steps of the clock"
            interval = 60_000
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        steps += 1
        wasStepped = true
        return .changed
    }

    func read(_ kernel: any Kernel) -> Reading {
        if wasStepped {
            wasStepped = false
            lastStep = kernel.clock.now.milliseconds
        }
        var files = ConfigReader(kernel)
        var data: ValueMap = ["steps": .int(steps)]
        data["lastStep"] = lastStep.map { .int($0) }
        let named = files.lines("/etc/timezone").first { !$0.isComment }?.text
        data["zone"] = (Self.linkedZone(kernel) ?? named).flatMap { .unlessEmpty($0) }
        if let bytes = files.bytes(Self.zone) {
            data["zoneDigest"] = .text(hex(SHA256.digest(bytes)))
            data["zoneRule"] = Self.rule(bytes).flatMap { .unlessEmpty($0) }
        }
        // The third line of adjtime(5); the clock of the hardware keeps UTC unless it says so.
        let adjustment = files.lines("/etc/adjtime")
        let isLocal = adjustment.contains { $0.text == "LOCAL" }
        data["hardwareClock"] = .text(isLocal ? "local" : "UTC")
        data["synchroniser"] = Self.synchroniser(kernel).map { .text($0) }
        data["synchronised"] = kernel.isClockSynchronised().map { .bool($0) }
        return .whole([
            Seen(
                subject: Observation.Subject(type: Kind.clock, name: subjectName("clock")),
                identity: "clock:\(boot)", data: data)
        ])
    }

    private static func linkedZone(_ kernel: any Kernel) -> String? {
        guard let target = kernel.link(zone), let folder = target.firstRange(of: "zoneinfo/")
        else { return nil }
        return String(target[folder.upperBound...])
    }

    /// The rule for times after the table, which a zone's file ends with (RFC 8536).
    static func rule(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: "TZif".utf8), bytes.last == 10, bytes.count > 44, bytes[4] >= 0x32
        else { return nil }
        let body = bytes.dropLast()
        guard let start = body.lastIndex(of: 10) else { return nil }
        let rule = body[(start + 1)...]
        return rule.count < 128 ? lossyText(rule) : nil
    }

    private static func synchroniser(_ kernel: any Kernel) -> String? {
        let marks = [
            ("\(timesync)/synchronized", "systemd-timesyncd"),
            ("/run/chrony/chronyd.pid", "chrony"), ("/run/ntpd.pid", "ntpd"),
            ("/run/openntpd.pid", "openntpd"),
        ]
        return marks.first { kernel.status($0.0, following: true) != nil }?.1
    }
}
