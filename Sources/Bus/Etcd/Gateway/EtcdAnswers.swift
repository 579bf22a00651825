internal import Resources

// What each answer of the gateway says.

extension EtcdAnswerReader {
    /// A key with its value.
    func keyValue() throws(EtcdAnswerFlaw) -> EtcdKeyValue {
        guard let key = String(validating: try bytes("key"), as: UTF8.self) else {
            throw EtcdAnswerFlaw("a key is not UTF-8")
        }
        return EtcdKeyValue(
            key: key, value: try bytes("value"), createRevision: try number("create_revision"),
            modRevision: try number("mod_revision"), version: try number("version"))
    }

    /// The answer of a range.
    func range() throws(EtcdAnswerFlaw) -> EtcdRangeAnswer {
        var found: [EtcdKeyValue] = []
        for element in try list("kvs") { found.append(try element.keyValue()) }
        return EtcdRangeAnswer(
            revision: try revision(), keyValues: found, isCut: try flag("more"))
    }

    /// The answer of a transaction.
    func transaction() throws(EtcdAnswerFlaw) -> EtcdTransactionAnswer {
        var ranges: [EtcdRangeAnswer] = []
        for element in try list("responses") {
            if let range = try element.optional("response_range") {
                ranges.append(try range.range())
            }
        }
        let revision = try revision()
        guard revision > 0 else { throw EtcdAnswerFlaw("it has no revision") }
        return EtcdTransactionAnswer(
            revision: revision, succeeded: try flag("succeeded"), ranges: ranges)
    }

    /// A message of a watch.
    func watchMessage() throws(EtcdAnswerFlaw) -> EtcdWatchMessage {
        guard let result = try optional("result") else {
            let error = try object("error")
            throw EtcdAnswerFlaw("the watch ended: \(try error.text("message"))")
        }
        var events: [EtcdWatchMessage.Event] = []
        for element in try result.list("events") {
            let type = try element.text("type")
            events.append(
                EtcdWatchMessage.Event(
                    isDeletion: !(type.isEmpty || type == "PUT"),
                    keyValue: try element.object("kv").keyValue()))
        }
        let compacted = try result.number("compact_revision")
        var cancelled: String?
        if try result.flag("canceled") {
            let reason = try result.text("cancel_reason")
            cancelled = reason.isEmpty ? "etcd ended the watch" : reason
        }
        return EtcdWatchMessage(
            revision: try result.revision(), events: events, cancelled: cancelled,
            compactRevision: compacted > 0 ? compacted : nil)
    }

    /// The state of one member.
    func status() throws(EtcdAnswerFlaw) -> EtcdStatus {
        let text = try text("version")
        guard let version = EtcdVersion(text) else {
            throw EtcdAnswerFlaw("the version \(printable(text)) is not one")
        }
        let header = try object("header")
        return EtcdStatus(
            version: version, cluster: try header.number("cluster_id"),
            member: try header.number("member_id"), leader: try number("leader"),
            revision: try header.number("revision"), term: try number("raftTerm"),
            applied: try number("raftAppliedIndex"), isLearner: try flag("isLearner"),
            storeBytes: try number("dbSize"), usedBytes: try number("dbSizeInUse"))
    }

    /// The members of the cluster.
    func members() throws(EtcdAnswerFlaw) -> [EtcdMember] {
        var members: [EtcdMember] = []
        for element in try list("members") { members.append(try element.member()) }
        return members
    }

    /// A member.
    func member() throws(EtcdAnswerFlaw) -> EtcdMember {
        EtcdMember(
            id: try number("ID"), name: try text("name"), peers: try texts("peerURLs"),
            clients: try texts("clientURLs"), isLearner: try flag("isLearner"))
    }

    /// The alarms that are raised.
    func alarms() throws(EtcdAnswerFlaw) -> [EtcdAlarm] {
        var alarms: [EtcdAlarm] = []
        for element in try list("alarms") {
            let kind: EtcdAlarm.Kind =
                switch try element.text("alarm") {
                case "NOSPACE": .noSpace
                case "CORRUPT": .corrupt
                case let other: throw EtcdAnswerFlaw("the alarm \(printable(other)) is unknown")
                }
            alarms.append(EtcdAlarm(member: try element.number("memberID"), kind: kind))
        }
        return alarms
    }

    private func revision() throws(EtcdAnswerFlaw) -> UInt64 {
        try object("header").number("revision")
    }
}
