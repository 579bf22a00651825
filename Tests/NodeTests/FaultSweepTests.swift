import Host
import Log
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

/// Each operation of the disk fails once, in a short life of a log from its first file on: nothing
/// that was acknowledged is lost, and who asks is told by a typed error (design/01, point 5).
@Suite struct FaultSweepTests {
    static let parts = 4

    /// What came of a life, and of the one behind it that began where it was cut off.
    private struct Story {
        /// Values that were acknowledged, in order.
        var acknowledged: [Int64] = []
        /// Values whose outcome is unknown.
        var unknown: Set<Int64> = []
        /// Codes of the refusals.
        var refusals: Set<Refusal.Code> = []
        /// Why the log could not be opened.
        var opening: LogError?
        var operations = 0
        /// Values that the next life found, by name.
        var found: [Int64] = []
    }

    private static let count: Int64 = 30
    private static let node = CoreTypes.known("note")

    private static func open(
        _ disk: SimulatedDisk, _ store: SimulatedStore
    ) throws(LogError) -> CommandLog<SimulatedDisk> {
        var options = LogOptions(durability: .synced)
        options.firstSegmentBytes = 8 << 10
        options.segmentBytes = 16 << 10
        return try CommandLog.open(
            disk: disk, directory: "/fleet", mount: .root,
            clusterID: Identifier(high: 1, low: 1), logID: Identifier(high: 1, low: 2),
            options: options)
    }

    private static func propose(
        _ commands: [Command], _ sequencer: Sequencer<SimulatedDisk, SimulatedStore>
    ) -> Outcome {
        sequencer.commit([
            Proposal(
                caller: .system("install"), batch: Batch(commands),
                time: WallTime(milliseconds: 1))
        ])[0]
    }

    private static func create(_ type: TypeName, _ name: String, _ data: ValueMap, _ id: UInt64)
        throws -> Command
    {
        .create(
            Draft(
                id: Identifier(high: 2, low: id), type: type, namespace: .root,
                name: try ResourceName(name), data: data))
    }

    /// Lives with the failing operation, loses the power, and looks at what is there.
    private static func play(failing operation: Int?, errno: Int32) throws -> Story {
        let disk = SimulatedDisk(seed: UInt64(operation ?? 0))
        if let operation { disk.fail(operation: operation, errno: errno) }
        var story = Story()
        do throws(LogError) {
            let log = try open(disk, SimulatedStore())
            do { try live(log, &story) } catch { Issue.record("\(error)") }
            log.close()
        } catch {
            story.opening = error
        }
        story.operations = disk.operations
        // What the last life did is done; the next one meets a sound disk.
        disk.fail(operation: 0, errno: 0)
        disk.crash()
        let log = try open(disk, SimulatedStore())
        #expect(log.state == .writable)
        let graph = try Graph(store: SimulatedStore(), mounts: [.root])
        let sequencer = Sequencer(mount: .root, log: log, graph: graph) { _ in }
        try sequencer.replay()
        story.found = try graph.reader().all("note").compactMap { $0.data["value"]?.int }.sorted()
        log.close()
        #expect(try CommandLog.verify(disk: disk, directory: "/fleet").isSound)
        return story
    }

    private static func live(_ log: CommandLog<SimulatedDisk>, _ story: inout Story) throws {
        let graph = try Graph(store: SimulatedStore(), mounts: [.root])
        let sequencer = Sequencer(mount: .root, log: log, graph: graph) { _ in }
        let note = TypeDefinition(
            name: node, summary: "A note.", role: .desired, writer: "people",
            fields: [
                .init("value", .int, "A value.", required: true), .init("text", .text, "Room."),
            ], columns: ["value"])
        let types = try (CoreTypes.all + [note]).enumerated().map { index, type in
            try create(CoreTypes.type.name, type.name.text, type.data, UInt64(1000 + index))
        }
        if case .failure(let refusal) = propose(types, sequencer) {
            story.refusals.insert(refusal.code)
            return
        }
        let room = Value.text(String(repeating: "x", count: 3000))
        for value in 0..<count {
            let command = try create(
                node, "n\(value)", ["value": .int(value), "text": room], UInt64(value))
            switch propose([command], sequencer) {
            case .success: story.acknowledged.append(value)
            case .failure(let refusal):
                story.refusals.insert(refusal.code)
                if refusal.code == .unknownOutcome { story.unknown.insert(value) }
            }
        }
    }

    @Test(arguments: 0..<parts, [DiskError.inputOutput, DiskError.noSpace])
    func nothingAcknowledgedIsLostWhateverFails(part: Int, errno: Int32) throws {
        let undisturbed = try Self.play(failing: nil, errno: 0)
        try #require(undisturbed.acknowledged.count == Int(Self.count))
        // Several segments were made, or the sweep would say little.
        try #require(undisturbed.operations > 100, "\(undisturbed.operations) operations")
        var hurt = 0
        for operation in stride(from: part + 1, through: undisturbed.operations, by: Self.parts) {
            let story = try Self.play(failing: operation, errno: errno)
            let found = Set(story.found)
            let lost = story.acknowledged.filter { !found.contains($0) }
            #expect(lost.isEmpty, "operation \(operation): \(lost) of \(story.acknowledged)")
            // What is there was acknowledged, or nobody was told that it is not.
            let strange = found.subtracting(story.acknowledged).subtracting(story.unknown)
            #expect(strange.isEmpty, "operation \(operation): \(strange)")
            let known: Set<Refusal.Code> = [.unknownOutcome, .readOnly, .unavailable, .diskFull]
            #expect(story.refusals.isSubset(of: known), "operation \(operation)")
            if let opening = story.opening {
                guard case .disk(let error) = opening else {
                    Issue.record("operation \(operation): opened with \(opening)")
                    continue
                }
                #expect(error.errno == errno, "operation \(operation): \(error)")
            }
            if story.opening != nil || !story.refusals.isEmpty { hurt += 1 }
            // After an unknown outcome nothing is taken any more: the sync is not tried again.
            if let first = story.unknown.min() {
                #expect(story.acknowledged.allSatisfy { $0 < first }, "operation \(operation)")
            }
        }
        #expect(hurt > 0)
    }
}
