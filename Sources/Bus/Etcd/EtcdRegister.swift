public import Log
public import Resources

/// A log's chain register in etcd: one key, changed by comparing the revision of its last put.
public struct EtcdRegister<Calls: EtcdCalls>: ChainRegister {
    private let calls: Calls
    private let log: Identifier
    private let key: String

    /// The register of `log`.
    public init(calls: Calls, log: Identifier) {
        self.calls = calls
        self.log = log
        key = EtcdKeys.chain(of: log)
    }

    /// The chain as a majority has it.
    public func read() throws(LogError) -> Chain? {
        try find().map { (found) throws(LogError) in try decode(found) }
    }

    /// Sets the chain. After ``LogError/unanswered(cause:)`` reading tells whether it was set.
    public func compareAndSet(expected: UInt64, _ chain: Chain) throws(LogError) {
        let found = try find()
        let version = try found.map { (found) throws(LogError) in try decode(found).version } ?? 0
        // The first chain that is set is one that was kept elsewhere and has changed there.
        let isNext = expected == 0 ? chain.version > 0 : chain.version == expected + 1
        guard version == expected, isNext, chain.log == log else {
            throw .chainChanged(expected: expected, found: version)
        }
        let transaction = EtcdTransaction(
            compares: [.modified(key, found?.modRevision ?? 0)],
            success: [.put(key, chain.encoded)], failure: [.range(EtcdRange(key: key))])
        let answer = try writing { () throws(BusError) in
            try calls.transact(transaction, milliseconds: Limits.etcdAnswer.value)
        }
        if answer.succeeded { return }
        guard let winner = answer.ranges.first?.keyValues.first else {
            throw .unreachable(cause: "etcd refused chain \(chain.version) and does not say why")
        }
        throw .chainChanged(expected: expected, found: try decode(winner).version)
    }

    private func find() throws(LogError) -> EtcdKeyValue? {
        try reading { () throws(BusError) in
            try calls.range(EtcdRange(key: key), milliseconds: Limits.etcdAnswer.value)
        }.keyValues.first
    }

    private func decode(_ found: EtcdKeyValue) throws(LogError) -> Chain {
        let chain = try Chain.decode(found.value, from: key)
        guard chain.log == log else {
            throw .corrupt(
                Defect(
                    position: Position(1), file: key, offset: 0,
                    reason: "it is the chain of log \(chain.log)"))
        }
        return chain
    }
}
