internal import Host
public import Resources

/// States of volumes kept, and volumes made of them.
extension VolumeDriver {
    /// Keeps the state of a volume under a name; a snapshot of that name that is there stays as it
    /// is and is given. A volume of device `directory` that a task has is refused unless the caller
    /// has stopped the task's writes (`quiesced`); an image is frozen for the time of the copy.
    public func snapshot(
        _ id: Identifier, as name: String, quiesced: Bool = false, now: WallTime
    ) throws(DriverError) -> VolumeSnapshot {
        try Self.checkName(name)
        return try exclusively([id], "snapshot") { () throws(DriverError) in
            let volume = try known(id, for: "snapshot")
            let folder = folder(of: id)
            if let snapshot = try folder.snapshot(name) { return snapshot }
            try check(volume, in: folder, quiesced)
            let half = ".new-\(name)"
            let path = folder.snapshots + "/" + half
            do throws(ProcessError) {
                try TreeRemoval.remove(path)
                try files.makeFolder(path)
                let report = try copy(volume, in: folder, to: path)
                let snapshot = VolumeSnapshot(
                    name: name, created: now, size: volume.size, copied: report.copied,
                    shared: report.shared, entries: report.entries)
                try files.replace(path + "/record", with: snapshot.record)
                try files.move(in: folder.snapshots, half, to: name)
                return snapshot
            } catch {
                // What stays after a failure here is removed by the next life.
                try? TreeRemoval.remove(path)
                throw DriverError(error)
            }
        }
    }

    /// A name that is a file's name, and no other file's of the driver.
    private static func checkName(_ name: String) throws(DriverError) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard allowed, (1...100).contains(name.utf8.count), !name.hasPrefix(".") else {
            throw DriverError(
                .unsupported, operation: "snapshot", subject: printable(name),
                cause: "is no name of a snapshot",
                remedy: "use 1 to 100 letters, digits and -_.: and no dot at its start")
        }
    }

    private func check(
        _ volume: Volume, in folder: VolumeFolder, _ quiesced: Bool
    ) throws(DriverError) {
        func refuse(_ kind: DriverError.Kind, _ cause: String, _ remedy: String) -> DriverError {
            DriverError(
                kind, operation: "snapshot", subject: volume.name, cause: cause, remedy: remedy)
        }
        if volume.device == .tmpfs {
            throw refuse(
                .unsupported, "what is in memory is not kept", "use driver directory or loop")
        }
        if volume.device == .directory, !quiesced {
            try volume.checkFree(
                for: "snapshot",
                remedy: "end that task first (volumes stay when an app is removed), or use driver "
                    + "loop")
        }
        let count = try folder.snapshotNames().count
        guard count < Limits.volumeSnapshots.value else {
            throw refuse(.exhausted, "it has \(count) snapshots", "delete some")
        }
        try checkRoom(for: volume.name, "snapshot", copying: folder, volume.device)
    }

    /// Refuses a copy for which there is no room, where the disk cannot share bytes.
    func checkRoom(
        for name: String, _ operation: String, copying source: VolumeFolder,
        _ device: VolumeDevice
    ) throws(DriverError) {
        let needed = try translating { () throws(ProcessError) -> Int64 in
            if try FileCopy.canShare(in: root) { return 0 }
            return device == .loop
                ? try FileCopy.size(source.image).taken
                : try TreeWalk.measure(source.data(device)).taken
        }
        try space(for: device).check(needed, for: operation, name)
    }

    private func copy(
        _ volume: Volume, in folder: VolumeFolder, to path: String
    ) throws(ProcessError) -> FileCopy.Report {
        if volume.device == .directory {
            try files.makeFolder(path + "/data")
            return try TreeCopy.copy(folder.data(.directory), to: path + "/data")
        }
        guard try mounts.source(on: folder.mount) != nil else {
            return try FileCopy.copy(folder.image, to: path + "/image")
        }
        return try mounts.frozen(folder.mount) { () throws(ProcessError) in
            try FileCopy.copy(folder.image, to: path + "/image")
        }
    }

    /// Makes a volume of a snapshot, as large as the one it was taken of; one of that identity that
    /// is there stays as it is and is given.
    public func clone(
        _ origin: VolumeOrigin, as id: Identifier, named name: String, now: WallTime
    ) throws(DriverError) -> Volume {
        try exclusively([origin.volume, id], "clone") { () throws(DriverError) in
            if let volume = try folder(of: id).load() { return volume }
            let source = try known(origin.volume, for: "clone")
            guard let snapshot = try folder(of: source.id).snapshot(origin.snapshot) else {
                throw DriverError(
                    .unknownInstance, operation: "clone", subject: source.name,
                    cause: "it has no snapshot \(printable(origin.snapshot))",
                    remedy: "make one first")
            }
            let request = VolumeRequest(
                id: id, name: name, device: source.device, size: snapshot.size)
            try request.check()
            try checkDevice(source.device, for: "clone", name)
            var volume = Volume(request, created: now)
            volume.origin = origin
            let from = VolumeFolder(root: folder(of: source.id).snapshots, name: snapshot.name)
            try checkRoom(for: name, "clone", copying: from, source.device)
            try build(volume) { target throws(DriverError) in
                try translating { () throws(ProcessError) in
                    if source.device == .directory {
                        try files.makeFolder(target.data(.directory))
                        _ = try TreeCopy.copy(from.data(.directory), to: target.data(.directory))
                    } else {
                        try files.makeFolder(target.mount)
                        _ = try FileCopy.copy(from.image, to: target.image)
                    }
                }
            }
            return volume
        }
    }

    /// Deletes a snapshot; false when there is none of that name.
    public func deleteSnapshot(_ name: String, of id: Identifier) throws(DriverError) -> Bool {
        try Self.checkName(name)
        return try exclusively([id], "delete snapshot") { () throws(DriverError) in
            let folder = folder(of: id)
            guard files.kind("\(folder.snapshots)/\(name)", following: false) != nil else {
                return false
            }
            try translating { () throws(ProcessError) in
                try TreeRemoval.remove("\(folder.snapshots)/.gone-\(name)")
                try files.move(in: folder.snapshots, name, to: ".gone-\(name)")
                try TreeRemoval.remove("\(folder.snapshots)/.gone-\(name)")
            }
            return true
        }
    }
}
