internal import Host
internal import MMSGraph
internal import Node
internal import Resources

/// Builds a log of single commands and opens it with empty graphs.
struct Replay {
    let directory: String
    let count: Int

    /// Three replays of the same log.
    func run() throws -> [Figure] {
        let rig = try Rig(directory: directory, graph: directory + "/graph")
        let notes = try Notes(in: rig)
        let flight = Flight(
            on: rig.circle.fleet, count: count,
            end: LinuxClock().ticks.advanced(byMilliseconds: 60_000)
        ) { random in notes.replacing(1, &random) }
        guard flight.run(width: 1024).count == count else {
            stop("\(count) commands were not written within 60 s")
        }
        let hash = rig.circle.graph.stateHash(.root)
        // Those of the notes came in batches of 100 and belong to the replay as well.
        let commands = count + notes.ids.count
        try rig.close()
        // To write the log and its graph leaves much to write out, which is none of a replay's.
        LinuxDisk().writeOut(directory)
        return try (1...3).map { turn in
            let start = LinuxClock().ticks
            let again = try Rig(directory: directory, graph: directory + "/graph-\(turn)")
            let took = LinuxClock().ticks.nanoseconds(since: start)
            guard again.circle.graph.stateHash(.root) == hash else {
                stop("the replayed graph differs")
            }
            try again.close()
            return Figure(key: "replay", count: commands, nanoseconds: took)
        }
    }
}
