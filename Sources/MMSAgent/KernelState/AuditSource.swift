internal import Host
internal import Resources

/// Denials and logins as the kernel's audit system tells them, folded by what they are of.
///
/// It listens in the group for readers and so takes nothing from an audit daemon.
final class AuditSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "audit", kinds: [Kind.audit, Kind.securityEvent],
        mechanism: "audit multicast group (AUDIT_NLGRP_READLOG)",
        why: "it tells denials and logins beside an audit daemon, which keeps its own connection",
        privilege: "CAP_AUDIT_READ, CAP_AUDIT_CONTROL for the lost count",
        fallback: "none: denials and logins are not seen",
        mayMiss: "records while auditing is off (audit.enabled is false); counts of what "
            + "happens again are told once a minute, settings that change without a record "
            + "every ten minutes")
    let sampled: [TypeName: SampledFields] = [
        Kind.audit: .all,
        Kind.securityEvent: .some([
            "count", "last", "pid", "session", "terminal", "hostname", "objectName", "auid",
            "signal",
        ]),
    ]
    private(set) var interval: UInt64? = 60_000
    private let bufferBytes: Int
    private var events = SecurityEvents()
    private var status: AuditStatus?
    private var lost: UInt32?
    /// When the status was read, in milliseconds, and whether a record came since. The kernel starts
    /// a thread for each answer, which is churn on an idle machine.
    private var asked: Int64 = 0
    private var isTold = true
    private static let askInterval: Int64 = 600_000
    /// NETLINK_AUDIT, its group, AUDIT_GET.
    private static let family: Int32 = 9
    private static let group: UInt32 = 1
    private static let statusRequest: [UInt8] = [
        16, 0, 0, 0, 0xE8, 3, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0,
    ]

    /// Listens with a receive buffer of so many bytes.
    init(bufferBytes: Int = Limits.sensorBuffer.value) { self.bufferBytes = bufferBytes }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            return [
                try kernel.netlink(
                    Self.family, groups: [Self.group], bufferBytes: bufferBytes, slot: 9216)
            ]
        } catch {
            contract.mechanism = "none"
            contract.why = "\(error.operation): \(error.cause)"
            contract.mayMiss = "all denials and logins"
            interval = nil
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        isTold = true
        guard let record = AuditRecord(datagram) else { return .nothing }
        return events.add(record) ? .changed : .nothing
    }

    func read(_ kernel: any Kernel) -> Reading {
        let now = kernel.clock.now.milliseconds
        events.forget(before: now - 3_600_000)
        if isTold || now - asked >= Self.askInterval {
            status = nil
            _ = kernel.ask(Self.family, once: Self.statusRequest) { status = AuditStatus($0) }
            // Who got no answer asks again at the next reading.
            (asked, isTold) = (now, status == nil)
            if let status {
                let before = lost ?? status.lost
                lost = status.lost
                if status.lost > before {
                    return .torn(cause: "the kernel lost \(status.lost - before) audit records")
                }
            }
        }
        return .whole((status.map { [$0.seen] } ?? []) + events.seen)
    }
}

/// `struct audit_status` behind a netlink header.
struct AuditStatus: Hashable, Sendable {
    var enabled, failure, daemon, rateLimit, backlogLimit, lost: UInt32

    /// Reads an answer to AUDIT_GET; nil for anything else.
    init?(_ answer: RawSpan) {
        guard answer.load(4, as: UInt16.self) == 1000,
            let enabled = answer.load(20, as: UInt32.self),
            let failure = answer.load(24, as: UInt32.self),
            let daemon = answer.load(28, as: UInt32.self),
            let rate = answer.load(32, as: UInt32.self),
            let backlog = answer.load(36, as: UInt32.self),
            let lost = answer.load(40, as: UInt32.self)
        else { return nil }
        self.enabled = enabled
        self.failure = failure
        self.daemon = daemon
        rateLimit = rate
        backlogLimit = backlog
        self.lost = lost
    }

    var seen: Seen {
        let failures = ["silent", "print", "panic"]
        var data: ValueMap = [
            "enabled": .bool(enabled != 0), "locked": .bool(enabled == 2),
            "rateLimit": .int(Int64(rateLimit)), "backlogLimit": .int(Int64(backlogLimit)),
            "lost": .int(Int64(lost)),
        ]
        data.set("failure", failures.indices.contains(Int(failure)) ? failures[Int(failure)] : nil)
        data.set("daemon", daemon == 0 ? nil : Int64(daemon))
        return Seen(
            subject: Observation.Subject(type: Kind.audit, name: subjectName("audit")),
            identity: "audit", data: data)
    }
}

/// Events by what they are of, with how often they happened.
struct SecurityEvents {
    private struct Fold {
        var record: AuditRecord
        var first: Int64
        var count: Int64
    }

    /// Kinds kept at most; the one not seen for longest goes.
    private static let most = 1024
    private var folds: [String: Fold] = [:]

    /// Counts an event; true when it is the first of its kind.
    mutating func add(_ record: AuditRecord) -> Bool {
        let key = record.key
        if var fold = folds[key] {
            fold.count += 1
            fold.record = record
            folds[key] = fold
            return false
        }
        if folds.count >= Self.most,
            let oldest = folds.min(by: {
                ($0.value.record.time, $0.key) < ($1.value.record.time, $1.key)
            })
        {
            folds[oldest.key] = nil
        }
        folds[key] = Fold(record: record, first: record.time, count: 1)
        return true
    }

    /// Forgets kinds that have not happened since a moment.
    mutating func forget(before time: Int64) {
        folds = folds.filter { $0.value.record.time >= time }
    }

    var seen: [Seen] {
        folds.keys.sorted().compactMap { key in folds[key].map { Self.seen(key, $0) } }
    }

    private static func seen(_ key: String, _ fold: Fold) -> Seen {
        let record = fold.record
        let digest = hexadecimal(fingerprint(key.utf8))
        var data: ValueMap = [
            "kind": .text(record.name), "group": .text(record.group), "count": .int(fold.count),
            "first": .int(fold.first), "last": .int(record.time),
        ]
        data.set("result", record.result)
        let texts = [
            ("account", "acct"), ("executable", "exe"), ("program", "comm"), ("address", "addr"),
            ("hostname", "hostname"), ("terminal", "terminal"), ("profile", "profile"),
            ("operation", "operation"), ("permissions", "permissions"), ("subject", "scontext"),
            ("object", "tcontext"), ("class", "tclass"), ("objectName", "name"),
        ]
        for (field, key) in texts {
            data.set(field, record.fields[key].flatMap { $0 == "?" ? nil : $0 })
        }
        if data["operation"] == nil { data.set("operation", record.fields["op"]) }
        if data["permissions"] == nil { data.set("permissions", record.fields["denied_mask"]) }
        let numbers = [
            ("pid", "pid"), ("uid", "uid"), ("auid", "auid"), ("session", "ses"),
            ("signal", "sig"), ("syscall", "syscall"),
        ]
        for (field, key) in numbers {
            // 2^32 - 1 says that there was no login.
            let number = record.fields[key].flatMap { Int64($0) }
            data.set(field, number.flatMap { $0 == 4_294_967_295 ? nil : $0 })
        }
        return Seen(
            subject: Observation.Subject(
                type: Kind.securityEvent, name: subjectName("\(record.name)-\(digest)")),
            identity: "\(digest):\(fold.first)", data: data)
    }
}
