internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization
internal import ZeroProcs

/// Snapshots and clones of volumes (RFD 0021). Their intent is in the machine log before they
/// begin; a thread of their own makes them, because a large one must not hold up tasks; the loop
/// writes what came of them.
extension ExecutorLoop {
    /// What that thread does.
    struct Copies {
        /// The volumes that are read, made or cleared just now; none when the thread rests.
        var volumes: Set<Identifier> = []
        /// What came of steps and is not in the log yet.
        var done: [Copied] = []
        /// Records of snapshots whose data could not be deleted: the next life tries again.
        var kept: Set<Identifier> = []
    }

    /// What came of a step; of one that deletes, `failure` is nil.
    struct Copied {
        let step: VolumeCopies.Step
        let record: Identifier
        var snapshot: VolumeSnapshot?
        var failure: DriverError?
    }

    /// True while a copy is made of a volume that the task has.
    func hasCopiedVolume(_ task: Identifier) -> Bool {
        guard let driver = devices.volumes else { return false }
        return state.withLock { $0.copies.volumes }.contains { id in
            (try? driver.state(id, measured: false))?.volume.holder?.task == task
        }
    }

    /// Writes what came of the copies before, and begins those that are asked for.
    func keepCopies() throws {
        guard let driver = devices.volumes else { return }
        let isBusy = state.withLock { !$0.copies.volumes.isEmpty }
        guard try writeDone(driver), !isBusy else { return }
        let kept = state.withLock { $0.copies.kept }
        let begun = try asked().compactMap {
            (step) -> (step: VolumeCopies.Step, record: Identifier)? in
            guard let record = begin(step), !kept.contains(record) else { return nil }
            return (step, record)
        }
        guard !begun.isEmpty else { return }
        state.withLock { $0.copies.volumes = Set(begun.flatMap(\.step.volumes)) }
        do throws(ThreadError) {
            try HostThread.start("copies") { [self] in
                for one in begun {
                    let copied = perform(one.step, one.record, driver)
                    state.withLock { $0.copies.done.append(copied) }
                }
                state.withLock { $0.copies.volumes = [] }
                notice()
            }
        } catch {
            state.withLock { $0.copies.volumes = [] }
            note("no thread for copies of volumes: error \(error.code)")
        }
    }

    private func asked() throws(GraphError) -> [VolumeCopies.Step] {
        let reader = try circle.graph.reader()
        let scene = VolumeCopies.Scene(
            snapshots: try reader.all("snapshot"), volumes: try reader.all("volume"),
            snapshotStates: try reader.all(AppTypes.snapshotstate.name, in: machine),
            volumeStates: try reader.all(AppTypes.volumestate.name, in: machine))
        do {
            return try VolumeCopies.steps(of: machine.machineName, scene) { id in
                try circle.graph.history(id, limit: 1).versions.first?.deleted == true
            }
        } catch let error as GraphError { throw error } catch { preconditionFailure("\(error)") }
    }

    /// Writes that a copy begins; gives its record, nil when the log refused it.
    private func begin(_ step: VolumeCopies.Step) -> Identifier? {
        let id = entropy.identifier(at: clock.now)
        switch step {
        case .drop(let record): return record.id
        case .take(_, let record?), .clone(_, _, let record?): return record.id
        case .take(let snapshot, nil):
            guard let name = try? ResourceName(snapshot.id.description.lowercased()) else {
                return nil
            }
            var data: ValueMap = [
                "snapshot": .text(snapshot.name.text), "state": "taking",
                "volume": snapshot.data["volume"] ?? "",
            ]
            data["origin"] = snapshot.links["OF"]?.first.map { .bytes($0.bytes) }
            let draft = Draft(
                id: id, type: AppTypes.snapshotstate.name, namespace: machine, name: name,
                data: data, links: ["OF": [snapshot.id]])
            return propose([.create(draft)], "a snapshot is asked for") ? id : nil
        case .clone(let volume, _, nil):
            var data: ValueMap = ["volume": .text(volume.name.text)]
            data["driver"] = volume.data["driver"]
            let draft = Draft(
                id: id, type: AppTypes.volumestate.name, namespace: machine, name: volume.name,
                data: data, links: ["OF": [volume.id]])
            return propose([.create(draft)], "a clone is asked for") ? id : nil
        }
    }

    /// Takes a step. All may be repeated: the name of a snapshot on the disk is its identity.
    private func perform(
        _ step: VolumeCopies.Step, _ record: Identifier, _ driver: VolumeDriver
    ) -> Copied {
        var copied = Copied(step: step, record: record)
        do throws(DriverError) {
            switch step {
            case .take(let snapshot, _):
                guard let volume = snapshot.links["OF"]?.first else {
                    throw refusal("snapshot", snapshot, "it names no volume")
                }
                copied.snapshot = try driver.snapshot(
                    volume, as: snapshot.id.description, now: clock.now)
            case .clone(let volume, let snapshot, _):
                guard let snapshot, let origin = snapshot.links["OF"]?.first else {
                    throw refusal("clone", volume, "its snapshot was deleted")
                }
                _ = try driver.clone(
                    VolumeOrigin(volume: origin, snapshot: snapshot.id.description),
                    as: volume.id, named: volume.name.text, now: clock.now)
            case .drop(let record):
                guard let origin = record.data["origin"]?.bytes.flatMap({ Identifier(bytes: $0) }),
                    let snapshot = record.links["OF"]?.first
                else { break }
                _ = try driver.deleteSnapshot(snapshot.description, of: origin)
            }
        } catch { copied.failure = error }
        return copied
    }

    private func refusal(_ operation: String, _ asked: Resource, _ cause: String) -> DriverError {
        DriverError(
            .unsupported, operation: operation, subject: asked.name.text, cause: cause,
            remedy: "delete \(asked.address) and ask again")
    }

    // MARK: What came of them

    /// False when the log does not take it: it is tried again at the next look.
    private func writeDone(_ driver: VolumeDriver) throws -> Bool {
        let done = state.withLock { state in
            defer { state.copies.done = [] }
            return state.copies.done
        }
        for (index, copied) in done.enumerated() {
            if try write(copied, driver) { continue }
            state.withLock { $0.copies.done = Array(done[index...]) + $0.copies.done }
            return false
        }
        return true
    }

    private func write(_ copied: Copied, _ driver: VolumeDriver) throws -> Bool {
        switch (copied.step, copied.failure) {
        case (.drop, let failure?):
            note("\(failure)")
            state.withLock { _ = $0.copies.kept.insert(copied.record) }
            return true
        case (.drop, nil):
            return propose([.delete(id: copied.record, expect: nil)], "its snapshot was deleted")
        case (.take, _):
            let update = Update(id: copied.record, data: copied.fields)
            return propose([.update(update)], "a snapshot was asked for")
        case (.clone, let failure?):
            let update = Update(id: copied.record, data: ["error": .text("\(failure)")])
            return propose([.update(update)], "a clone could not be made")
        case (.clone(let volume, _, _), nil):
            guard let made = try driver.state(volume.id, measured: false) else { return true }
            return try write(made, of: volume, circle.graph.reader())
        }
    }
}

extension ExecutorLoop.Copied {
    /// What the record of a snapshot says of it.
    fileprivate var fields: ValueMap {
        guard let snapshot else {
            return ["state": "failed", "error": failure.map { .text("\($0)") } ?? .null]
        }
        return [
            "state": "ready", "error": .null, "taken": .int(snapshot.created.milliseconds),
            "size": .int(snapshot.size), "copied": .int(snapshot.copied),
            "shared": .int(snapshot.shared), "entries": .int(Int64(snapshot.entries)),
        ]
    }
}

extension VolumeCopies.Step {
    /// The volumes it is at work on.
    fileprivate var volumes: [Identifier] {
        switch self {
        case .take(let snapshot, _): [snapshot.id] + (snapshot.links["OF"] ?? [])
        case .clone(let volume, let snapshot, _): [volume.id] + (snapshot?.links["OF"] ?? [])
        case .drop(let record):
            [record.id]
                + [record.data["origin"]?.bytes.flatMap { Identifier(bytes: $0) }].compactMap(
                    \.self)
        }
    }
}
