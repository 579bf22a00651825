internal import Host
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization
internal import ZeroProcs

/// What follows a log that others write to, brings it over gaps, and moves it to where it shall
/// rest.
struct LogCare: Sendable {
    let follower: Follower<LinuxDisk, RocksStore>
    let transfer: StateTransfer<LinuxDisk, RocksStore>
    let mover: Mover<LinuxDisk, RocksStore>

    /// Starts its threads.
    func start() throws(ThreadError) {
        try follower.start()
        try mover.start()
    }
}

extension FleetNode {
    /// What looks after the log of `thread`, which `writer` writes.
    func care(
        for thread: SequencerThread<LinuxDisk, RocksStore>,
        _ writer: FleetWriter<LinuxDisk, RocksStore>
    ) -> LogCare {
        writer.attach(advice: { [weak self] in self?.advice ?? .none })
        let transfer = makeTransfer(of: writer) { thread.attend($0) }
        let isRoot = thread.sequencer.mount == .root
        return LogCare(
            follower: Follower(
                thread.sequencer, source: writer.shared, attend: { thread.attend($0) },
                rest: { [weak self] in self?.orders(thread) ?? true },
                transfer: { (first) throws(NodeError) in try transfer.run(to: first) }),
            transfer: transfer,
            mover: Mover(
                writer, clusterName: { [weak self] in self?.readyCluster },
                // The cluster ends once the log at `/` has left it: all others go first.
                comesHome: { [circle] in
                    let others = isRoot ? circle.mounted?.logs ?? [] : []
                    return others.allSatisfy { $0.writer.fleet?.shared.cluster == nil }
                }, attend: { thread.attend($0) }))
    }

    /// Looks after each log that was mounted since.
    func keepMounted() throws {
        for log in circle.mounted?.logs ?? [] {
            let isKept = state.withLock { $0.mounted[log.log.mount] != nil }
            guard !isKept, let writer = log.writer.fleet else { continue }
            let care = self.care(for: log.writer, writer)
            do throws(ThreadError) { try care.start() } catch {
                throw NodeError("start thread", error.name, "error \(error.code)")
            }
            state.withLock { $0.mounted[log.log.mount] = care }
        }
    }
}

extension FleetNode {
    /// The logs that this node writes: mount point, name, positions, what each rests on and who
    /// decides what enters it.
    public func logs() throws(Refusal) -> [ValueMap] {
        let names = Dictionary(
            uniqueKeysWithValues: (circle.mounted?.logs ?? []).map { ($0.log.mount, $0.log) })
        let reader = try reading { () throws(GraphError) in try circle.graph.reader() }
        return try circle.writers.map { (writer) throws(Refusal) in
            let sequencer = writer.sequencer
            let known = names[sequencer.mount]
            var map: ValueMap = [
                "mount": .text(sequencer.mount.path),
                "name": .text(known?.name.text ?? Self.name(of: sequencer.mount)),
                "first": .int(Int64(clamping: sequencer.log.first.rawValue)),
                "position": .int(Int64(clamping: sequencer.log.tail.rawValue)),
                "hash": .text(circle.graph.stateHash(sequencer.mount).description),
                "state": .text(sequencer.log.state.word),
            ]
            map["origin"] = known.map { .int(Int64(clamping: $0.origin.rawValue)) }
            guard let shared = writer.fleet?.shared else {
                map["writer"] = .text(name.text)
                return map
            }
            map["rests"] = .text(Self.words(shared.place))
            let pen = try reading { () throws(GraphError) in
                try Pen(on: reader, of: sequencer.mount)
            }
            switch shared.place {
            case .here: map["writer"] = .text(name.text)
            case .at(let machine): map["writer"] = .text(machine.text)
            case .shared: map["writer"] = (pen?.holder.text).map(Value.text)
            case .unsettled: break
            }
            return map
        }
    }

    private static func name(of mount: Namespace) -> String {
        mount == .root ? "fleet" : "machine"
    }
}
