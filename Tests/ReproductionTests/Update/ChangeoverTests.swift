import Host
import MMSGraph
import Resources
import Testing

@testable import Reproduction

/// What an update changes of apps and configuration, and that falling back brings all of it back.
@Suite struct ChangeoverTests {
    /// A graph on which whole batches are applied.
    final class World {
        let graph: Graph<SimulatedStore>
        private var number: UInt64 = 0

        init() throws {
            graph = try Graph(store: SimulatedStore(), mounts: [.root])
            let types = CoreTypes.all + AppTypes.all + ReproductionTypes.all
            for type in types { try set("type", type.name.text, type.data) }
        }

        func identify() -> Identifier {
            number += 1
            return Identifier(high: 1, low: number)
        }

        func apply(_ commands: [Command]) throws {
            number += 1
            let header = EntryHeader(
                log: .root, position: graph.applied(.root).next, author: .local(uid: 0),
                time: WallTime(milliseconds: Int64(number)))
            var transaction = try graph.begin(.root)
            _ = try transaction.apply(header, Batch(commands))
            _ = try graph.commit(transaction, chain: [UInt8(truncatingIfNeeded: number)])
        }

        func set(_ type: String, _ name: String, _ data: ValueMap) throws {
            if let found = try find(type, name) {
                var update = Update(id: found.id, data: data)
                update.replaces = true
                return try apply([.update(update)])
            }
            let draft = Draft(
                id: identify(), type: try TypeName(type), namespace: .root,
                name: try ResourceName(name), data: data)
            try apply([.create(draft)])
        }

        func find(_ type: String, _ name: String) throws -> Resource? {
            try graph.reader().resource(TypeName(type), ResourceName(name), in: .root)
        }

        /// All that a description may have, by address.
        var desired: [String: ValueMap] {
            get throws {
                var found: [String: ValueMap] = [:]
                for type in ["config", "budget", "updatepolicy"] {
                    for resource in try graph.reader().resources(of: TypeName(type), below: .root) {
                        found[resource.address] = resource.data
                    }
                }
                return found
            }
        }

        func make(_ changeover: Changeover) throws {
            let time = WallTime(milliseconds: 5)
            try apply(
                try changeover.commands(
                    on: graph.reader(), appsAt: "/data/apps", at: time, identify: identify))
        }

        func undo(_ changeover: Changeover) throws -> [String] {
            let name = try Changeover.recordName(of: changeover.generation)
            let record = try #require(try find("changeover", name.text))
            let undoing = try Changeover.undoing(
                record, on: graph.reader(), at: WallTime(milliseconds: 6), identify: identify)
            try apply(undoing.commands)
            return undoing.kept
        }
    }

    private static func system(
        _ sequence: Int64, _ resources: [(type: String, name: String, data: ValueMap)]
    ) throws -> Description {
        try Description(
            sequence: sequence, architecture: .x86_64, files: Sample.files,
            resources: resources.map {
                try .init(
                    type: TypeName($0.type), namespace: .root, name: ResourceName($0.name),
                    data: $0.data)
            })
    }

    private static func policy(_ patience: Int64) -> ValueMap {
        ["keys": ["ed25519:a"], "patience": .int(patience)]
    }

    private static func changeover() throws -> Changeover {
        Changeover(
            from: try system(
                1,
                [
                    ("config", "kept", ["text": "1"]),
                    ("config", "old", ["text": "1"]),
                    ("updatepolicy", "ours", policy(1000)),
                ]),
            to: try system(
                2,
                [
                    ("config", "kept", ["text": "1"]),
                    ("config", "new", ["text": "1"]),
                    ("updatepolicy", "ours", policy(2000)),
                ]))
    }

    private func world() throws -> World {
        let world = try World()
        try world.set("config", "kept", ["text": "changed by people"])
        try world.set("config", "old", ["text": "1"])
        try world.set("config", "own", ["text": "1"])
        try world.set("updatepolicy", "ours", Self.policy(1500))
        return world
    }

    @Test func onlyWhatTheTwoSystemsDifferInIsChanged() throws {
        let changeover = try Self.changeover()
        #expect(changeover.sets.map(\.name.text).sorted() == ["new", "ours"])
        #expect(changeover.removes.map(\.name.text) == ["old"])
        let world = try world()
        let before = world.graph.applied(.root)
        try world.make(changeover)
        #expect(world.graph.applied(.root) == before.next, "one position")
        #expect(
            try world.desired == [
                "config/kept": ["text": "changed by people"],
                "config/new": ["text": "1"], "config/own": ["text": "1"],
                "updatepolicy/ours": Self.policy(2000),
            ])
    }

    @Test func aFallbackBringsAllOfItBackAtOnePosition() throws {
        let (changeover, world) = (try Self.changeover(), try world())
        let before = try world.desired
        for _ in 0..<2 {
            try world.make(changeover)
            #expect(try world.desired != before)
            let position = world.graph.applied(.root)
            #expect(try world.undo(changeover).isEmpty)
            #expect(world.graph.applied(.root) == position.next)
            #expect(try world.desired == before)
        }
        let name = try Changeover.recordName(of: changeover.generation)
        let record = try #require(try world.find("changeover", name.text))
        #expect(record.data["state"] == "reverted")
        #expect(record.data["before"] == nil)
    }

    @Test func whatPeopleChangedDuringTheTrialStaysTheirs() throws {
        let (changeover, world) = (try Self.changeover(), try world())
        try world.make(changeover)
        try world.set("updatepolicy", "ours", Self.policy(9000))
        try world.set("config", "old", ["text": "made again"])
        #expect(
            try world.undo(changeover).sorted() == ["/config/old", "/updatepolicy/ours"])
        #expect(
            try world.desired == [
                "config/kept": ["text": "changed by people"],
                "config/old": ["text": "made again"],
                "config/own": ["text": "1"], "updatepolicy/ours": Self.policy(9000),
            ])
    }

    @Test func whatIsThereAlreadyIsNotWritten() throws {
        let (changeover, world) = (try Self.changeover(), try world())
        try world.make(changeover)
        let again = try changeover.commands(
            on: world.graph.reader(), appsAt: "/data/apps", at: WallTime(milliseconds: 7),
            identify: world.identify)
        #expect(again.count == 1, "the record alone")
        let same = try Self.system(3, [])
        #expect(Changeover(from: same, to: same).isEmpty)
    }

    @Test func whatIsKeptIsNotUndone() throws {
        let (changeover, world) = (try Self.changeover(), try world())
        try world.make(changeover)
        let after = try world.desired
        let name = try Changeover.recordName(of: changeover.generation)
        let record = try #require(try world.find("changeover", name.text))
        try world.apply([Changeover.keeping(record, at: WallTime(milliseconds: 8))])
        #expect(try world.find("changeover", name.text)?.data["state"] == "kept")
        #expect(try world.desired == after)
    }

    @Test func newTypesComeFirst() throws {
        let type = TypeDefinition(
            name: try TypeName("lamp"), summary: "A lamp.", role: .desired, writer: "people",
            fields: [.init("on", .bool, "It shines.")], columns: ["on"], heritable: true)
        let changeover = Changeover(
            from: try Self.system(1, []),
            to: try Self.system(2, [("type", "lamp", type.data), ("lamp", "desk", ["on": true])]))
        let world = try World()
        let types = try changeover.newTypes(on: world.graph.reader(), identify: world.identify)
        #expect(types.count == 1)
        try world.apply(types)
        try world.make(changeover)
        #expect(try world.find("lamp", "desk")?.data == ["on": true])
        #expect(try world.undo(changeover).isEmpty)
        #expect(try world.find("lamp", "desk") == nil)
        #expect(try world.find("type", "lamp") != nil)
    }
}
