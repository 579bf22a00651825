import Resources
import Testing

@testable import ZeroProcs

@Suite struct VolumeCopiesTests {
    private var last: UInt64 = 0
    private var scene = VolumeCopies.Scene()

    private mutating func resource(
        _ type: TypeName, _ name: String, _ data: ValueMap, _ relation: String = "OF",
        _ target: Identifier? = nil
    ) throws -> Resource {
        last += 1
        var links = SortedMap<[Identifier]>()
        if let target { links[relation] = [target] }
        let draft = Draft(
            id: Identifier(high: 1, low: last), type: type, namespace: .root,
            name: try ResourceName(name), data: data, links: links)
        let moment = Resource.Moment(position: Position(last), time: WallTime(milliseconds: 0))
        return Resource(draft: draft, created: moment, changed: moment)
    }

    private mutating func volume(_ name: String) throws -> Resource {
        let volume = try resource(AppTypes.volume.name, name, ["driver": "directory"])
        scene.volumes.append(volume)
        return volume
    }

    private mutating func snapshot(
        _ name: String, of volume: Resource, on machine: String = "pi-1"
    ) throws -> Resource {
        let snapshot = try resource(
            AppTypes.snapshot.name, name,
            ["volume": .text(volume.name.text), "machine": .text(machine)], "OF", volume.id)
        scene.snapshots.append(snapshot)
        return snapshot
    }

    private mutating func record(_ snapshot: Resource, _ state: String) throws -> Resource {
        let record = try resource(
            AppTypes.snapshotstate.name, "state-\(last)", ["state": .text(state)], "OF",
            snapshot.id)
        scene.snapshotStates.append(record)
        return record
    }

    private func steps(deleted: Set<Identifier> = []) -> [VolumeCopies.Step] {
        VolumeCopies.steps(of: "pi-1", scene) { deleted.contains($0) }
    }

    @Test mutating func aSnapshotIsTakenOnceAndWhereItsVolumeIs() throws {
        let data = try volume("data")
        let one = try snapshot("one", of: data)
        _ = try snapshot("far", of: data, on: "pi-2")
        #expect(steps() == [.take(snapshot: one, record: nil)])
        let begun = try record(one, "taking")
        #expect(steps() == [.take(snapshot: one, record: begun)], "a life that ended is followed")
        scene.snapshotStates = []
        _ = try record(one, "ready")
        #expect(steps() == [])
        scene.snapshotStates = []
        _ = try record(one, "failed")
        #expect(steps() == [], "whoever asked is told, and asks again")
    }

    @Test mutating func dataGoesOnlyWhenItsDeletionIsInTheLog() throws {
        let data = try volume("data")
        let one = try snapshot("one", of: data)
        let known = try record(one, "ready")
        scene.snapshots = []
        #expect(steps() == [], "a log that does not know it deletes nothing")
        #expect(steps(deleted: [one.id]) == [.drop(record: known)])
        let again = try snapshot("one", of: data)
        #expect(
            steps(deleted: [one.id]) == [
                .drop(record: known), .take(snapshot: again, record: nil),
            ],
            "the next of that name is another one")
    }

    @Test mutating func aCloneIsMadeOfItsSnapshotOrSaysWhyNot() throws {
        let one = try snapshot("one", of: try volume("data"))
        _ = try record(one, "ready")
        let clone = try resource(
            AppTypes.volume.name, "copy", ["machine": "pi-1", "from": "one"], "FROM", one.id)
        scene.volumes.append(clone)
        #expect(steps() == [.clone(volume: clone, snapshot: one, record: nil)])
        let begun = try resource(AppTypes.volumestate.name, "copy", [:], "OF", clone.id)
        scene.volumeStates = [begun]
        #expect(steps() == [.clone(volume: clone, snapshot: one, record: begun)])
        for end: ValueMap in [["path": "/volumes/copy"], ["error": "no room"]] {
            scene.volumeStates = [
                try resource(AppTypes.volumestate.name, "copy", end, "OF", clone.id)
            ]
            #expect(steps() == [])
        }
        scene.volumeStates = []
        scene.snapshots = []
        #expect(steps() == [.clone(volume: clone, snapshot: nil, record: nil)])
    }

    @Test mutating func aCloneIsWhereItsSnapshotIsBeforeItIsMade() throws {
        let one = try snapshot("one", of: try volume("data"))
        let clone = try resource(
            AppTypes.volume.name, "copy", ["machine": "pi-1", "from": "one"], "FROM", one.id)
        let pins = VolumePin.all([], of: scene.volumes + [clone])
        #expect(pins.map(\.volume) == ["copy"])
        #expect(pins.map(\.machine.text) == ["pi-1"])
        let state = try resource(
            AppTypes.volumestate.name, "copy", ["volume": "copy"], "OF", clone.id)
        #expect(VolumePin.all([state], of: [clone]).isEmpty, "its machine says it from then on")
    }
}
