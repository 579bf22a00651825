internal import Host
internal import MMSGraph
internal import Node
internal import Resources
internal import ZeroProcs

/// The measures, each on a rig that already has 10,000 notes.
struct Measures {
    let rig: Rig
    let notes: Notes
    let seconds: Double

    private var fleet: SequencerThread<LinuxDisk, RocksStore> { rig.circle.fleet }

    /// One client that waits for each answer.
    func oneClient() throws -> Figure {
        var random = SplitMix(1)
        return try .repeating("command1", seconds: seconds) {
            _ = try fleet.propose(notes.replacing(1, &random)).get()
        }
    }

    /// Many in flight, `batch` commands each.
    func inFlight(_ key: String, width: Int, batch: Int = 1, creating: Bool = false) -> Figure {
        let clock = LinuxClock()
        let start = clock.ticks
        let flight = Flight(
            on: fleet, end: start.advanced(byMilliseconds: UInt64(seconds * 1000))
        ) { [notes] random in
            creating ? notes.creating(&random) : notes.replacing(batch, &random)
        }
        let durations = flight.run(width: width)
        return Figure(
            key: key, count: durations.count * batch,
            nanoseconds: clock.ticks.nanoseconds(since: start), durations: durations)
    }

    /// The state machine alone, in groups of 256: no filters, no log. Last, because the log does
    /// not have what this applies.
    func applyAlone() throws -> Figure {
        let graph = rig.circle.graph
        let chain = [UInt8](repeating: 0, count: 32)
        var random = SplitMix(2)
        let groups = try Figure.repeating("apply", seconds: seconds) {
            var transaction = try graph.begin(.root)
            for _ in 0..<256 {
                let proposal = notes.replacing(1, &random)
                _ = try transaction.apply(
                    EntryHeader(
                        log: .root, position: transaction.applied.next,
                        author: proposal.caller.identity, time: proposal.time), proposal.batch)
            }
            _ = try graph.commit(transaction, chain: chain)
        }
        return Figure(key: "apply", count: groups.count * 256, nanoseconds: groups.nanoseconds)
    }

    /// Point reads, by one thread.
    func get() throws -> Figure {
        var random = SplitMix(3)
        return try .repeating("get1", seconds: seconds / 2) {
            let id = notes.ids[Int(random.next() % UInt64(notes.ids.count))]
            guard try rig.circle.graph.resource(id) != nil else { stop("\(id) is missing") }
        }
    }

    /// Lists of 100, by one thread, each from a state of its own.
    func list() throws -> Figure {
        var selection = Selection(try TypeName("note"))
        selection.scope = .namespace(try Namespace("/bench"))
        selection.limit = 100
        return try .repeating("list100", seconds: seconds / 2) {
            let page = try rig.circle.graph.reader().list(selection)
            guard page.resources.count == 100 else { stop("\(page.resources.count) rows") }
        }
    }
}
