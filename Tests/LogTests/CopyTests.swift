import Host
import Log
import LogSuite
import Resources
import Testing

@Suite struct CopyTests {
    private func log(_ disk: SimulatedDisk, _ path: String) throws -> CommandLog<SimulatedDisk> {
        try Sample.open(disk, path)
    }

    private func all(_ log: CommandLog<SimulatedDisk>) throws -> [LogEntry] {
        try log.read(from: log.first, maximumBytes: .max)
    }

    @Test func aCopyHasTheSameEntriesAndTheSameHashesAlsoAfterACrash() throws {
        let disk = SimulatedDisk(seed: 1)
        let source = try log(disk, "/source")
        var copy = try log(disk, "/copy")
        for round in 0..<30 {
            _ = try source.append(Sample.drafts(round % 5 + 1, bytes: 50 + round, salt: round))
            let fresh = try copy.append(copies: all(source))
            #expect(fresh.last?.header.position == source.tail)
            #expect(copy.chainHash == source.chainHash)
            if round % 7 == 6 {
                source.close()
                try copy.sync()
                disk.crash()
                copy = try log(disk, "/copy")
                break
            }
        }
        let again = try log(disk, "/source")
        #expect(copy.tail == again.tail)
        #expect(try all(copy) == all(again))
        // What is known already changes nothing.
        #expect(try copy.append(copies: all(again)).isEmpty)
        #expect(copy.tail == again.tail)
        copy.close()
        #expect(try CommandLog.verify(disk: disk, directory: "/copy").isSound)
    }

    @Test func aCopyRefusesWhatDoesNotContinueIt() throws {
        let disk = SimulatedDisk(seed: 2)
        let source = try log(disk, "/source")
        _ = try source.append(Sample.drafts(6))
        let entries = try all(source)
        let copy = try log(disk, "/copy")
        try copy.append(copies: Array(entries[..<2]))
        let hash = copy.chainHash
        let forged = LogEntry(
            header: entries[2].header, epoch: entries[2].epoch, payload: [1, 2, 3],
            chainHash: entries[2].chainHash)
        let old = LogEntry(
            header: entries[2].header, epoch: 0, payload: entries[2].payload,
            chainHash: entries[2].chainHash)
        let wrong: [[LogEntry]] = [
            Array(entries[3...]), [entries[2], entries[4]], [forged], [old],
        ]
        for entries in wrong {
            #expect { try copy.append(copies: entries) } throws: { error in
                if case LogError.discontinuous = error { true } else { false }
            }
            #expect(copy.tail == Position(2))
            #expect(copy.chainHash == hash)
        }
        try copy.append(copies: entries)
        #expect(copy.chainHash == source.chainHash)
    }

    @Test func aCopyOfHigherEpochsGoesOnAfterReopeningAndSealing() throws {
        let disk = SimulatedDisk(seed: 3)
        let source = try log(disk, "/source")
        let copy = try log(disk, "/copy")
        for round in 0..<4 {
            _ = try source.append(Sample.drafts(3, salt: round))
            try source.extend()
            _ = try source.append(Sample.drafts(2, salt: round))
            try copy.append(copies: all(from: copy.tail.next, source))
            if round == 1 { _ = try copy.seal() }
        }
        #expect(copy.chainHash == source.chainHash)
        #expect(copy.chain.links.count == 2)
        let epochs = try all(from: Position(1), copy).map(\.epoch)
        #expect(epochs == epochs.sorted() && Set(epochs).count == 5)
        try copy.sync()
        disk.crash()
        let again = try log(disk, "/copy")
        #expect(again.tail == Position(20))
        #expect(again.state == .writable)
        let more = try log(disk, "/source")
        _ = try more.append(Sample.drafts(2))
        try again.append(copies: all(from: again.tail.next, more))
        #expect(again.chainHash == more.chainHash)
    }

    @Test(arguments: 0..<24) func whatWasNotSyncedOfACopyComesAgain(seed: Int) throws {
        let disk = SimulatedDisk(seed: UInt64(seed))
        let source = try log(disk, "/source")
        let copy = try log(disk, "/copy")
        try copy.setForward("a cluster")
        for round in 0..<6 {
            _ = try source.append(Sample.drafts(3, bytes: 300, salt: round))
            try copy.append(copies: all(from: copy.tail.next, source))
            if round == 2 { try copy.sync() }
        }
        #expect(copy.durable == Position(9) && copy.tail == Position(18))
        source.close()
        disk.crash()
        // A graph that had all of it is no witness for a copy.
        var options = Sample.options()
        options.knownDurable = Position(18)
        let again = try CommandLog.open(
            disk: disk, directory: "/copy", mount: .root, clusterID: Sample.cluster,
            logID: Sample.log, options: options)
        #expect(again.state == .writable)
        #expect(again.tail >= Position(9))
        let ordered = try log(disk, "/source")
        try again.append(copies: all(from: again.tail.next, ordered))
        #expect(again.chainHash == ordered.chainHash)
        again.close()
        #expect(try CommandLog.verify(disk: disk, directory: "/copy").isSound)
    }

    @Test func aLogMayBeginBehindACheckpoint() throws {
        let disk = SimulatedDisk(seed: 4)
        let source = try log(disk, "/source")
        _ = try source.append(Sample.drafts(10))
        let entries = try all(source)
        let origin = LogOrigin(
            position: entries[5].header.position, hash: entries[5].chainHash,
            epoch: entries[5].epoch)
        var copy = try CommandLog.open(
            disk: disk, directory: "/copy", mount: .root, clusterID: Sample.cluster,
            logID: Sample.log, options: Sample.options(), origin: origin)
        #expect(copy.first == Position(7))
        #expect(copy.tail == Position(6))
        try copy.append(copies: entries)
        copy.close()
        copy = try log(disk, "/copy")
        #expect(try all(copy) == Array(entries[6...]))
        #expect(copy.chainHash == source.chainHash)
    }

    /// A read ends with its loglet; this goes on.
    private func all(
        from first: Position, _ log: CommandLog<SimulatedDisk>
    ) throws -> [LogEntry] {
        var entries: [LogEntry] = []
        while (entries.last?.header.position ?? Position(first.rawValue - 1)) < log.tail {
            let next = entries.last?.header.position.next ?? first
            entries += try log.read(from: next, maximumBytes: .max)
        }
        return entries
    }
}
