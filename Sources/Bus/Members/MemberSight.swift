public import Resources

/// What the members of a cluster say, asked so that no part of it is older than the question.
public struct MemberSight: Hashable, Sendable {
    /// Who is in the cluster, and how they are.
    public var cluster: MemberCluster
    /// What each member that answered says of itself.
    public var statuses: [EtcdStatus]
    /// What stops members.
    public var alarms: [EtcdAlarm]
    /// Where clients reach the members, as they say themselves.
    public var addresses: [String]
    /// The same of those that vote, by name.
    public var voting: SortedMap<[String]>

    /// What a person must know: alarms, and stores that fill up. `quota` is in bytes.
    public func warnings(quota: Int) -> [String] {
        let names = Dictionary(
            cluster.members.map { ($0.id, $0.name?.text ?? String($0.id, radix: 16)) },
            uniquingKeysWith: { $1 })
        func name(_ id: UInt64) -> String { names[id] ?? String(id, radix: 16) }
        var warnings = alarms.map { alarm in
            switch alarm.kind {
            case .noSpace: "\(name(alarm.member)): the store of etcd is full; nothing is written"
            case .corrupt: "\(name(alarm.member)): the stores of etcd differ; remove this member"
            }
        }
        for status in statuses {
            let share = Int(clamping: status.storeBytes) / max(1, quota / 100)
            if share >= Limits.memberQuotaAlarm.value {
                warnings.append(
                    "\(name(status.member)): the store of etcd takes \(share) % of its "
                        + "\(quota >> 20) MiB; it is trimmed once all have read what is in it")
            }
            if status.version < .oldest {
                warnings.append(
                    "\(name(status.member)): etcd \(status.version) loses data; install "
                        + "\(EtcdVersion.oldest) or newer")
            }
        }
        return warnings.sorted()
    }
}

extension EtcdClient {
    /// What the cluster is now; nil when no majority answers.
    ///
    /// A member first reads as a majority has it, then lists the members: its list is then at least
    /// as new as the question. (etcd 3.4 answers the list alone from what it happens to know.)
    func sight() -> MemberSight? {
        for endpoint in order() {
            // Another one may answer.
            guard let found = try? members(asKnownBy: endpoint) else { continue }
            return sight(of: found)
        }
        return nil
    }

    private func members(asKnownBy endpoint: Int) throws(GatewayFailure) -> [EtcdMember] {
        let range = EtcdRequest.range(EtcdRange(key: "health", keysOnly: true, limit: 1))
        let milliseconds = Limits.memberCall.value
        _ = try exchange(endpoint, "/v3/kv/range", range, milliseconds)
        let list = try exchange(
            endpoint, "/v3/cluster/member/list", Array("{}".utf8), milliseconds)
        do throws(EtcdAnswerFlaw) {
            return try EtcdAnswerReader(list).members()
        } catch {
            throw .malformed(error.reason)
        }
    }

    private func sight(of members: [EtcdMember]) -> MemberSight {
        var statuses: [UInt64: EtcdStatus] = [:]
        for endpoint in endpoints.indices {
            // One that does not answer is not well, whatever the reason.
            let found = try? status(of: endpoint, milliseconds: Limits.memberStatus.value)
            guard let found, members.contains(where: { $0.id == found.member }) else { continue }
            statuses[found.member] = found
        }
        let alarms = (try? self.alarms()) ?? []
        // Of two that claim to lead, the one of the later term does.
        let leader = statuses.values.filter { $0.leader != 0 }.max { $0.term < $1.term }?.leader
        let cluster = MemberCluster(
            members: members.map { member in
                let status = statuses[member.id]
                let isCorrupt = alarms.contains { $0.member == member.id && $0.kind == .corrupt }
                return MemberCluster.Member(
                    id: member.id,
                    name: member.name.isEmpty ? nil : try? ResourceName(member.name),
                    peers: member.peers, isLearner: member.isLearner,
                    isHealthy: status.map { $0.leader != 0 } == true && !isCorrupt,
                    isLeader: leader == member.id, version: status?.version)
            })
        return MemberSight(
            cluster: cluster, statuses: statuses.values.sorted { $0.member < $1.member },
            alarms: alarms, addresses: members.flatMap(\.clients),
            voting: SortedMap(
                members.filter { !$0.isLearner && !$0.name.isEmpty }.map { ($0.name, $0.clients) }))
    }

    /// Lets another member lead; only the leader can, so each member is asked.
    func yieldLead(to member: UInt64) throws(BusError) {
        var writer = JSONWriter()
        writer.object { $0.member("targetID", String(member)) }
        var failure = GatewayFailure.unsent("there is no member")
        for endpoint in endpoints.indices {
            do throws(GatewayFailure) {
                _ = try exchange(
                    endpoint, "/v3/maintenance/transfer-leadership", writer.bytes,
                    Limits.memberCall.value)
                return
            } catch { failure = error }
        }
        throw failure.error("hand the lead on", String(member, radix: 16))
    }
}
