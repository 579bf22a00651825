internal import Host
internal import Resources

/// The sockets of its network namespace, and which processes hold them.
final class SocketSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "sockets", kinds: [Kind.socket],
        mechanism: "sock_diag dumps: after the end of a socket that was seen (destroy groups), "
            + "and each second in which the kernel's count of sockets has changed",
        why: "the kernel announces the end of TCP and UDP sockets and no beginning",
        privilege: "none; CAP_SYS_PTRACE for the processes of other users",
        fallback: "/proc/net/tcp, tcp6, udp, udp6 and unix every 5 s",
        mayMiss: "sockets that live less than a second, or longer on a machine where a reading "
            + "takes more than 10 ms; states between two readings; TIME_WAIT, what the kernel "
            + "keeps after a program let go of it, unix sockets without a name that others can "
            + "connect to (a connection to one with a name is a link CONNECTS); other network "
            + "namespaces; SCTP, netlink and vsock",
        edges: [Kind.process: ["LISTENS", "CONNECTS"]])
    /// Beginnings are found by looking; nothing says that a socket has begun.
    let sampled: [TypeName: SampledFields] = [Kind.socket: .all, Kind.process: .all]
    let settle: UInt64 = 20
    private(set) var interval: UInt64? = 1000

    private var table = SocketTable()
    private var reader: DescriptorReader?
    private var boot = ""
    /// The cookies of the last reading: the end of any other socket changes nothing.
    private var cookies: Set<UInt64> = []
    private var counts: [String: UInt64] = [:]
    /// When a look at the counts may lead to a reading again.
    private var rested = Ticks(nanoseconds: 0)
    private var isRefused = false
    private let bufferBytes: Int

    init(bufferBytes: Int = Limits.sensorBuffer.value) { self.bufferBytes = bufferBytes }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        reader = DescriptorReader(kernel)
        boot = bootSetting(kernel).boot
        do throws(KernelError) {
            return [
                try kernel.netlink(
                    SocketDiagnosis.family, groups: SocketDiagnosis.destroyed,
                    bufferBytes: bufferBytes, slot: 4096)
            ]
        } catch {
            contract.mechanism =
                "sock_diag dumps each second in which the kernel's count of sockets has changed"
            contract.why = "\(error.operation): \(error.cause)"
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        guard let ended = SocketDiagnosis.ended(datagram) else {
            return .lost(cause: "a message was cut short")
        }
        return ended.contains { cookies.contains($0) } ? .changed : .nothing
    }

    func stirred(_ kernel: any Kernel) -> Bool {
        if isRefused { return true }
        guard kernel.clock.ticks >= rested else { return false }
        return SocketFiles.counts(kernel) != counts
    }

    func read(_ kernel: any Kernel) -> Reading {
        let begun = kernel.clock.ticks
        defer {
            let now = kernel.clock.ticks
            let cost = now.nanoseconds(since: begun)
            rested = Ticks(nanoseconds: now.nanoseconds + cost * 100)
        }
        // Before the dumps: what changes after this is looked at again.
        counts = SocketFiles.counts(kernel)
        let all: [SocketRecord]
        switch sockets(kernel) {
        case .success(let records): all = records
        case .failure(let torn): return .torn(cause: torn.cause)
        }
        let kept = limited(all.filter(\.isResource))
        cookies = Set(
            kept.compactMap { if case .cookie(let cookie) = $0.key { cookie } else { nil } })
        let setting = SocketTable.Setting(
            boot: boot, namespace: kernel.networkNamespace(), users: userNames(kernel))
        var seen = table.seen(kept, setting)
        if var reader {
            seen += SocketOwners(all, kept: kept).edges(&reader, table)
            if reader.refused > 0 { lack("which sockets the processes of other users hold") }
            self.reader = reader
        }
        return .whole(seen)
    }

    private func lack(_ what: String) {
        if !contract.mayMiss.contains(what) { contract.mayMiss += "; \(what)" }
    }

    /// Of too many, first what waits for others.
    private func limited(_ records: [SocketRecord]) -> [SocketRecord] {
        let most = Limits.sockets.value
        guard records.count > most else { return records }
        lack("connections beyond \(most) sockets")
        let open = records.filter(\.isOpen)
        let rest = records.filter { !$0.isOpen }.sorted { $0.key < $1.key }
        return Array((open + rest).prefix(most))
    }

    // MARK: Tables

    private struct Torn: Error { let cause: String }

    private func sockets(_ kernel: any Kernel) -> Result<[SocketRecord], Torn> {
        if isRefused { return .success(filed(kernel)) }
        var records: [SocketRecord] = []
        for (network, family, counter) in Self.tables {
            // Of a protocol without sockets the kernel need not walk its table.
            if let counter, counts[counter] == 0 { continue }
            let outcome = attempt(kernel, network, family, into: &records)
            switch outcome {
            case .complete: continue
            case .interrupted: return .failure(Torn(cause: "sockets changed under the reading"))
            case .failed(let why):
                // UDP-Lite has no handler on many kernels.
                if network == .udplite { continue }
                refuse(why)
                return .success(filed(kernel))
            }
        }
        return .success(records + rawAndPacket(kernel))
    }

    private static let tables: [(SocketRecord.Network, SocketRecord.Family, counter: String?)] = [
        (.tcp, .ipv4, "TCP"), (.tcp, .ipv6, "TCP6"), (.udp, .ipv4, "UDP"),
        (.udp, .ipv6, "UDP6"), (.udplite, .ipv4, "UDPLITE"), (.udplite, .ipv6, "UDPLITE6"),
        (.unix, .unix, nil),
    ]

    private func attempt(
        _ kernel: any Kernel, _ network: SocketRecord.Network, _ family: SocketRecord.Family,
        into records: inout [SocketRecord]
    ) -> DumpOutcome {
        for _ in 0..<Limits.dumpAttempts.value {
            var found: [SocketRecord] = []
            let outcome = SocketDiagnosis.dump(kernel, network, family, into: &found)
            if outcome == .interrupted { continue }
            records += found
            return outcome
        }
        return .interrupted
    }

    private func refuse(_ why: String) {
        isRefused = true
        interval = 5000
        contract.mechanism = "reads the tables of \(SocketFiles.folder) every 5 s"
        contract.why = "sock_diag: \(why)"
        contract.mayMiss =
            "sockets that live less than 5 s; which unix sockets are connected; "
            + "a socket is told from the next one by its inode, which may be used again"
    }

    private func filed(_ kernel: any Kernel) -> [SocketRecord] {
        var records: [SocketRecord] = []
        let tables: [(String, SocketRecord.Network, SocketRecord.Family)] = [
            ("tcp", .tcp, .ipv4), ("tcp6", .tcp, .ipv6), ("udp", .udp, .ipv4),
            ("udp6", .udp, .ipv6), ("udplite", .udplite, .ipv4), ("udplite6", .udplite, .ipv6),
        ]
        for (name, network, family) in tables {
            let text = kernel.read("\(SocketFiles.folder)/\(name)") ?? []
            records += SocketFiles.sockets(text, network, family)
        }
        records += SocketFiles.unixSockets(kernel.read("\(SocketFiles.folder)/unix") ?? [])
        return records + rawAndPacket(kernel)
    }

    /// Their diagnosis is not in every kernel; there are few.
    private func rawAndPacket(_ kernel: any Kernel) -> [SocketRecord] {
        var records = SocketFiles.packetSockets(
            kernel.read("\(SocketFiles.folder)/packet") ?? [])
        for (name, counter, family) in [
            ("raw", "RAW", SocketRecord.Family.ipv4), ("raw6", "RAW6", .ipv6),
        ] where counts[counter] != 0 {
            let text = kernel.read("\(SocketFiles.folder)/\(name)") ?? []
            records += SocketFiles.sockets(text, .raw, family)
        }
        return records
    }
}
