import Host
import Resources
import Testing

/// What a command costs in a fleet with eight logs, as its machines become many. Counted, not timed.
@Suite struct ScaleTests {
    private static let commands = 160

    @Test func aCommandCostsTheSameWithFiveThousandMachinesAsWithFifty() throws {
        let small = try ScaleWorld(machines: 50, seed: 1).measured(Self.commands)
        for machines in [500, 5000] {
            let large = try ScaleWorld(machines: machines, seed: 1).measured(Self.commands)
            let note = "\(machines) machines"
            // The machine that decides, and one that follows: what is asked of the store.
            for (few, many) in [
                (small.decider, large.decider), (small.follower, large.follower),
            ] {
                #expect(many.gets <= few.gets + few.gets / 20, "\(note)")
                #expect(many.scans <= few.scans + few.scans / 20, "\(note)")
                #expect(many.steps <= few.steps + few.steps / 20, "\(note)")
                #expect(many.writes == few.writes, "\(note)")
                #expect(many.changes <= few.changes + few.changes / 20, "\(note)")
                #expect(many.bytes <= few.bytes + few.bytes / 20, "\(note)")
            }
            // The cluster, and what each machine is sent.
            #expect(large.calls == small.calls, "\(note)")
            #expect(large.logBytes <= small.logBytes + small.logBytes / 20, "\(note)")
            #expect(large.answers == small.answers, "\(note)")
            #expect(large.entries == Self.commands, "\(note)")
            // Delivery as a whole is linear: each machine gets each entry once.
            #expect(large.allEntries == machines * Self.commands, "\(note)")
        }
    }
}

extension ScaleWorld {
    /// The costs of a window in which every machine kept up.
    fileprivate func measured(_ commands: Int) throws -> Costs {
        // The first window fills what is cached.
        _ = try measure(commands: commands)
        let costs = try measure(commands: commands)
        #expect(isEven)
        return costs
    }
}
