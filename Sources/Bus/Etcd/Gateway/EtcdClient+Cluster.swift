internal import Resources

// What keeps a cluster: membership, the state of members, alarms.

extension EtcdClient {
    /// What the member at `endpoint`, counted as they were given, says of itself; of any version.
    public func status(of endpoint: Int) throws(BusError) -> EtcdStatus {
        do throws(GatewayFailure) {
            return try status(of: endpoint, milliseconds: Limits.etcdAnswer.value)
        } catch {
            throw error.error("ask the state of", endpoints[endpoint])
        }
    }

    /// The members, as a majority has them or as the member asked knows them.
    public func members() throws(BusError) -> [EtcdMember] {
        try manage("list", writes: false, { _ in }) { (answer) throws(EtcdAnswerFlaw) in
            try answer.members()
        }
    }

    /// Adds a member that will be reached at `peers`; a learner has no vote until it is promoted.
    /// etcd refuses it as unhealthy for some seconds after the addition of another.
    public func add(peers: [String], asLearner: Bool) throws(BusError) -> EtcdMember {
        try manage(
            "add", writes: true,
            { writer in
                writer.key("peerURLs")
                writer.array { writer in for peer in peers { writer.write(peer) } }
                writer.member("isLearner", Value.bool(asLearner))
            }
        ) { (answer) throws(EtcdAnswerFlaw) in try answer.object("member").member() }
    }

    /// Says where other members reach a member from now on; gives all of them.
    public func move(_ member: UInt64, to peers: [String]) throws(BusError) -> [EtcdMember] {
        try manage(
            "update", writes: true,
            { writer in
                writer.member("ID", String(member))
                writer.key("peerURLs")
                writer.array { writer in for peer in peers { writer.write(peer) } }
            }
        ) { (answer) throws(EtcdAnswerFlaw) in try answer.members() }
    }

    /// Removes a member; gives the others.
    public func remove(_ member: UInt64) throws(BusError) -> [EtcdMember] {
        try manage("remove", writes: true, { $0.member("ID", String(member)) }) {
            (answer) throws(EtcdAnswerFlaw) in try answer.members()
        }
    }

    /// Gives a learner its vote; refused until it has caught up.
    public func promote(_ member: UInt64) throws(BusError) -> [EtcdMember] {
        try manage("promote", writes: true, { $0.member("ID", String(member)) }) {
            (answer) throws(EtcdAnswerFlaw) in try answer.members()
        }
    }

    /// The alarms that are raised.
    public func alarms() throws(BusError) -> [EtcdAlarm] {
        try alarm(action: "GET", writes: false, nil)
    }

    /// Clears an alarm, after its cause is gone.
    public func clear(_ alarm: EtcdAlarm) throws(BusError) {
        _ = try self.alarm(action: "DEACTIVATE", writes: true, alarm)
    }

    private func alarm(
        action: String, writes: Bool, _ alarm: EtcdAlarm?
    ) throws(BusError) -> [EtcdAlarm] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("action", action)
            guard let alarm else { return }
            writer.member("memberID", String(alarm.member))
            writer.member("alarm", alarm.kind == .noSpace ? "NOSPACE" : "CORRUPT")
        }
        return try ask(
            "/v3/maintenance/alarm", writer.bytes, Limits.etcdAnswer.value, writes: writes
        ) { (answer) throws(EtcdAnswerFlaw) in try answer.alarms() }
    }

    private func manage<Answer>(
        _ verb: String, writes: Bool, _ members: (inout JSONWriter) -> Void,
        _ decode: (EtcdAnswerReader) throws(EtcdAnswerFlaw) -> Answer
    ) throws(BusError) -> Answer {
        var writer = JSONWriter()
        writer.object { members(&$0) }
        return try ask(
            "/v3/cluster/member/" + verb, writer.bytes, Limits.etcdAnswer.value, writes: writes,
            decode)
    }
}
