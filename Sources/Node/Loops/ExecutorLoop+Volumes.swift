internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization

/// What the machine log says of the volumes on this machine.
extension ExecutorLoop {
    /// Writes where the volumes of a task are, once they are attached.
    func noteVolumes(of task: Resource) {
        guard let driver = devices.volumes else { return }
        for (_, name) in task.data["volumes"]?.map?.entries ?? [] {
            do {
                let reader = try circle.graph.reader()
                let name = try ResourceName(name.text ?? "")
                guard
                    let volume = try reader.resource(
                        AppTypes.volume.name, name, in: task.namespace),
                    let state = try driver.state(volume.id, measured: false)
                else { continue }
                try write(state, of: volume, reader)
            } catch { note("\(error)") }
        }
    }

    /// Takes back what a task had; it may go to another one now.
    func detachVolumes(of task: Identifier) {
        guard let driver = devices.volumes else { return }
        do {
            let reader = try circle.graph.reader()
            for state in try driver.list(measured: false).volumes
            where state.volume.holder?.task == task {
                _ = try driver.detach(state.volume.id, from: task)
                guard let volume = try reader.resource(state.volume.id),
                    let now = try driver.state(volume.id, measured: false)
                else { continue }
                try write(now, of: volume, reader)
            }
        } catch { note("\(error)") }
    }

    /// Deletes the data of volumes that people have deleted. That a volume is not in the graph is
    /// no reason: its deletion must be (law 1).
    func keepVolumes() {
        guard let driver = devices.volumes else { return }
        do {
            let reader = try circle.graph.reader()
            for state in try reader.all("volumestate") where state.namespace == machine {
                guard let id = state.links["OF"]?.first, try reader.resource(id) == nil,
                    !self.state.withLock({ $0.copies.volumes.contains(id) }),
                    try circle.graph.history(id, limit: 1).versions.first?.deleted == true
                else { continue }
                _ = try driver.delete(id)
                propose([.delete(id: state.id, expect: nil)], "its volume was deleted")
            }
        } catch { note("\(error)") }
    }

    /// False when the log does not take it.
    @discardableResult
    func write(
        _ state: VolumeState, of volume: Resource, _ reader: CommittedReader<S>
    ) throws(GraphError) -> Bool {
        var data: ValueMap = [
            "volume": .text(volume.name.text), "driver": .text(state.volume.device.rawValue),
            "path": .text(state.path), "size": .int(state.volume.size), "task": .null,
            "attachedAt": .null, "error": .null,
            "fence": .int(Int64(clamping: state.volume.fence.rawValue)),
        ]
        if let holder = state.volume.holder {
            data["task"] = .text(holder.name)
            data["attachedAt"] = .int(Int64(clamping: holder.position.rawValue))
        }
        let known = try reader.all("volumestate").first { resource in
            resource.namespace == machine && resource.links["OF"]?.first == volume.id
        }
        if let known {
            let changed = data.entries.filter { (known.data[$0.key] ?? .null) != $0.value }
            if changed.isEmpty { return true }
            return propose(
                [.update(Update(id: known.id, data: ValueMap(changed)))], "the volume changed hands"
            )
        }
        let draft = Draft(
            id: entropy.identifier(at: clock.now), type: AppTypes.volumestate.name,
            namespace: machine, name: volume.name,
            data: ValueMap(data.entries.filter { $0.value != .null }), links: ["OF": [volume.id]])
        return propose([.create(draft)], "the volume is on this machine")
    }
}
