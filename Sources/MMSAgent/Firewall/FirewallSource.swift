internal import Host
internal import Resources

/// The firewall of its network namespace: nf_tables, and which tables of iptables there are.
final class FirewallSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "firewall",
        kinds: [
            Kind.firewallTable, Kind.firewallChain, Kind.firewallSet, Kind.firewallRule,
            Kind.legacyTable, Kind.legacyChain, Kind.legacyRule,
        ],
        mechanism: "nfnetlink group of nf_tables, dumps of one generation",
        why: "the kernel announces every change of tables, chains, rules and sets",
        privilege: "CAP_NET_ADMIN", fallback: "none: without it nothing of nf_tables is seen",
        mayMiss: "rules of iptables-legacy that come and go within 5 s, and of their matches and "
            + "targets all but ports, states, comments and a digest; counters; elements of sets that packets fill; flow tables and stateful objects; "
            + "other network namespaces")
    let sampled: [TypeName: SampledFields] = [
        Kind.legacyTable: .all, Kind.legacyChain: .all, Kind.legacyRule: .all,
    ]
    let settle: UInt64 = 50
    private(set) var interval: UInt64?
    /// Once loaded it stays.
    private var isThere = false
    /// True when no event tells of nf_tables.
    private var isBlind = false
    private var legacy = LegacyReader()
    /// Why it reads nf_tables as it does.
    private var reason = ""

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        let feeds = events(kernel)
        isBlind = feeds.isEmpty
        if LegacyReader.isThere(kernel) {
            contract.mechanism += "; looks at the tables of iptables-legacy every 5 s"
            interval = 5000
        }
        reason = contract.why
        return feeds
    }

    private func events(_ kernel: any Kernel) -> [any KernelFeed] {
        guard isLoaded(kernel) else {
            // Asking would load it.
            contract.mechanism = "dumps every 5 s once nf_tables is there"
            contract.why = "the module nf_tables is not loaded, and is not loaded to look"
            interval = 5000
            return []
        }
        do throws(KernelError) {
            return [
                try kernel.netlink(
                    FirewallMessage.family, groups: [FirewallMessage.group],
                    bufferBytes: Limits.sensorBuffer.value, slot: 16_384)
            ]
        } catch {
            contract.mechanism = "dumps every 5 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 5000
            return []
        }
    }

    func stirred(_ kernel: any Kernel) -> Bool {
        isBlind && isLoaded(kernel) || legacy.hasChanged(kernel)
    }

    private func isLoaded(_ kernel: any Kernel) -> Bool {
        isThere = isThere || Self.looksLoaded(kernel)
        return isThere
    }

    private static func looksLoaded(_ kernel: any Kernel) -> Bool {
        // A kernel without this file has no modules: asking loads nothing.
        guard let modules = kernel.read("/proc/modules") else { return true }
        if lossyText(modules).split(separator: "\n").contains(where: { $0.hasPrefix("nf_tables ") })
        {
            return true
        }
        let builtin = "/lib/modules/\(kernel.systemName().release)/modules.builtin"
        return lossyText(kernel.read(builtin) ?? []).contains("/nf_tables.ko")
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint {
        NetlinkMessage.each(in: datagram, { _ in })
            ? .changed : .lost(cause: "a message was cut short")
    }

    func read(_ kernel: any Kernel) -> Reading {
        let legacy = legacy.read(kernel)
        defer {
            contract.why = reason
            if let refusal = self.legacy.refusal {
                contract.why += "; \(refusal.operation): \(refusal.cause), \(refusal.remedy)"
            }
        }
        guard isLoaded(kernel) else { return .whole(legacy) }
        for _ in 0..<Limits.dumpAttempts.value {
            let before = generation(kernel)
            var dump = FirewallDump(namespace: kernel.networkNamespace())
            switch dump.read(kernel) {
            case .complete: break
            case .interrupted: continue
            case .failed(let why):
                // Not ours to read, or not in this kernel: a state, not a loss.
                reason = "nf_tables: \(why)"
                return .whole(legacy)
            }
            if generation(kernel) == before { return .whole(dump.seen + legacy) }
        }
        return .torn(cause: "the rules changed faster than they could be read")
    }

    /// The number that each change of the rules raises.
    private func generation(_ kernel: any Kernel) -> UInt32? {
        var number: UInt32?
        let request = FirewallMessage.request(.generation)
        _ = kernel.ask(FirewallMessage.family, request) { datagram in
            _ = NetlinkMessage.each(in: datagram) { message in
                guard message.kind == FirewallMessage.Question.generation.answer else { return }
                number = networkInteger(message.attributes(after: 4)[1])
            }
        }
        return number
    }
}
