import Host
import Log
import Node
import Resources
import Testing

/// The checker finds what it is there to find: one planted violation of each kind.
@Suite struct LogCheckTests {
    private func sound() throws -> LogCheck {
        let world = try FleetWorld(nodes: 3, seed: 77)
        try world.grow()
        for round in 0..<9 { #expect(world.write(at: round % 3) != nil) }
        try world.nodes[0].life.shared.succeed(
            .shared(world.entropy.identifier(at: world.clock.now)))
        for round in 0..<6 { #expect(world.write(at: round % 3) != nil) }
        try world.settle()
        let replicas = try world.nodes.map { node in
            LogCheck.Replica(
                name: node.name.text, entries: try node.entries(), hashes: node.seen.hashes)
        }
        return LogCheck(
            record: world.record, replicas: replicas, chain: world.nodes[0].life.shared.chain)
    }

    private func planted(_ plant: (inout [LogCheck.Replica]) -> Void) throws -> [String] {
        let sound = try sound()
        #expect(sound.violations == [])
        var replicas = sound.replicas
        plant(&replicas)
        return LogCheck(record: sound.record, replicas: replicas, chain: sound.chain).violations
    }

    @Test func itFindsALostEntry() throws {
        let found = try planted { replicas in
            for index in replicas.indices { replicas[index].entries.remove(at: 8) }
        }
        #expect(found.contains { $0.contains("is lost") })
        #expect(found.contains { $0.contains("follows") })
    }

    @Test func itFindsAnEntryThatIsThereTwice() throws {
        let found = try planted { replicas in
            for index in replicas.indices {
                replicas[index].entries.append(replicas[index].entries[8])
            }
        }
        #expect(found.contains { $0.contains("is there 2 times") })
    }

    @Test func itFindsEntriesInAnotherOrder() throws {
        let found = try planted { replicas in
            for index in replicas.indices { replicas[index].entries.swapAt(8, 9) }
        }
        #expect(found.contains { $0.contains("follows") })
    }

    @Test func itFindsAReplicaWithAnotherEntry() throws {
        let found = try planted { replicas in
            let old = replicas[1].entries[8]
            replicas[1].entries[8] = LogEntry(
                header: old.header, epoch: old.epoch, payload: [1], chainHash: old.chainHash)
        }
        #expect(found.contains { $0.contains("another entry at") })
    }

    @Test func itFindsAReplicaThatEndsEarly() throws {
        let found = try planted { $0[2].entries.removeLast() }
        #expect(found.contains { $0.contains("ends elsewhere") })
    }

    @Test func itFindsADifferentState() throws {
        let found = try planted { replicas in
            for key in replicas[1].hashes.keys { replicas[1].hashes[key] = [0] }
        }
        #expect(found.contains { $0.contains("differ in their state") })
    }

    @Test func itFindsAnEntryBehindTheEndOfItsLoglet() throws {
        let sound = try sound()
        let chain = try #require(sound.chain)
        var links = chain.links
        let open = links.removeLast()
        let sealed = links.removeLast()
        // As if the loglet had ended one entry earlier.
        let end = Position(open.first.rawValue - 2)
        links.append(
            Chain.Link(loglet: sealed.loglet, epoch: sealed.epoch, first: sealed.first, last: end))
        links.append(
            Chain.Link(loglet: open.loglet, epoch: open.epoch, first: end.next, last: nil))
        let wrong = try #require(
            Chain(version: chain.version, cluster: chain.cluster, log: chain.log, links: links))
        let check = LogCheck(record: sound.record, replicas: sound.replicas, chain: wrong)
        #expect(check.violations.contains { $0.contains("has epoch") })
    }

    @Test func itFindsWhatWasRefusedAndIsThereAllTheSame() throws {
        let sound = try sound()
        var record = LogRecord()
        let refusal = Refusal(.unavailable, filter: "log", subject: "log", reason: "no")
        for one in sound.record.told {
            record.note(one.reason, client: one.client, .failure(refusal))
        }
        let check = LogCheck(record: record, replicas: sound.replicas, chain: sound.chain)
        #expect(check.violations.contains { $0.contains("was refused") })
    }

    @Test func itFindsAnAcknowledgementOutOfOrder() throws {
        let sound = try sound()
        var record = LogRecord()
        for one in sound.record.told.reversed() {
            record.note(one.reason, client: one.client, one.outcome)
        }
        let check = LogCheck(record: record, replicas: sound.replicas, chain: sound.chain)
        #expect(check.violations.contains { $0.contains("before it at") })
    }
}
