public import Resources

/// Decides which snapshots and clones of volumes a machine makes, and which snapshots it deletes: a
/// pure function from what people asked for and what the machine has recorded of it.
///
/// A record is written before the copy begins, so that a life which ends in between is followed by
/// one that finds what it has to finish, or to delete (RFD 0021).
public enum VolumeCopies {
    /// What people asked for, and what machines say of it.
    public struct Scene: Sendable {
        /// The resources of type `snapshot`.
        public var snapshots: [Resource]
        /// The resources of type `volume`.
        public var volumes: [Resource]
        /// The resources of type `snapshotstate` of this machine.
        public var snapshotStates: [Resource]
        /// The resources of type `volumestate` of this machine.
        public var volumeStates: [Resource]

        /// What there is.
        public init(
            snapshots: [Resource] = [], volumes: [Resource] = [],
            snapshotStates: [Resource] = [], volumeStates: [Resource] = []
        ) {
            self.snapshots = snapshots
            self.volumes = volumes
            self.snapshotStates = snapshotStates
            self.volumeStates = volumeStates
        }
    }

    /// One thing to do. Each may be repeated: the driver gives what is there.
    public enum Step: Hashable, Sendable {
        /// Keep the state of a volume; the record of it when one was begun.
        case take(snapshot: Resource, record: Resource?)
        /// Make a volume of a snapshot; the record of it when one was begun.
        case clone(volume: Resource, snapshot: Resource?, record: Resource?)
        /// Delete the data of a snapshot that people deleted, and its record.
        case drop(record: Resource)
    }

    /// The steps of `machine`. `isDeleted` says whether a deletion is in the log: that something is
    /// not in the graph is no reason to delete its data (law 1).
    public static func steps(
        of machine: String, _ scene: Scene, isDeleted: (Identifier) throws -> Bool
    ) rethrows -> [Step] {
        let asked = Set(scene.snapshots.map(\.id))
        var steps: [Step] = []
        for record in scene.snapshotStates {
            guard let id = record.links["OF"]?.first, !asked.contains(id) else { continue }
            if try isDeleted(id) { steps.append(.drop(record: record)) }
        }
        let taken = records(scene.snapshotStates)
        for snapshot in scene.snapshots where snapshot.data["machine"]?.text == machine {
            let record = taken[snapshot.id]
            if record.map({ $0.data["state"] == "taking" }) ?? true {
                steps.append(.take(snapshot: snapshot, record: record))
            }
        }
        let made = records(scene.volumeStates)
        for volume in scene.volumes where volume.data["machine"]?.text == machine {
            guard let origin = volume.links["FROM"]?.first else { continue }
            let record = made[volume.id]
            if let record, record.data["path"] != nil || record.data["error"] != nil { continue }
            let snapshot = scene.snapshots.first { $0.id == origin }
            steps.append(.clone(volume: volume, snapshot: snapshot, record: record))
        }
        return steps
    }

    private static func records(_ states: [Resource]) -> [Identifier: Resource] {
        let pairs = states.compactMap { state in state.links["OF"]?.first.map { ($0, state) } }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }
}
