internal import Host
public import Resources

/// Volumes given to tasks and taken back.
extension VolumeDriver {
    /// Gives a volume to a task by a decision of the log at `position`, and gives the folder the
    /// task is to see. Repeated, also after a reboot, it mounts what is not mounted. Refused when
    /// another task has it, and, for ever, below the highest position that was granted.
    public func attach(
        _ id: Identifier, to task: Identifier, named name: String, at position: Position,
        now: WallTime
    ) throws(DriverError) -> String {
        try exclusively([id], "attach") { () throws(DriverError) in
            let folder = folder(of: id)
            let before = try known(id, for: "attach")
            var volume = before
            let asker = VolumeHolder(task: task, name: name, position: position, since: now)
            let changed = try volume.grant(asker)
            try checkDevice(volume.device, for: "attach", volume.name)
            // The position is durable before the task can see a byte.
            if changed { try folder.save(volume) }
            do throws(DriverError) {
                return try ready(volume, in: folder)
            } catch {
                if before.holder == nil, volume.release(from: task) { try folder.save(volume) }
                throw error
            }
        }
    }

    /// Mounts what is not mounted, and gives the task's folder.
    private func ready(
        _ volume: Volume, in folder: VolumeFolder
    ) throws(DriverError) -> String {
        try translating { () throws(ProcessError) in
            let data = folder.data(volume.device)
            guard volume.device.isMounted else { return data }
            if try mounts.source(on: folder.mount) == nil {
                if volume.device == .loop {
                    try mounts.mount(image: folder.image, on: folder.mount)
                } else {
                    try mounts.mount(memory: volume.size, on: folder.mount)
                }
            }
            if files.kind(data, following: false) == nil {
                try files.makeFolder(data)
                try files.setMode(data, 0o755)
            }
            return data
        }
    }

    /// Takes a volume from a task that has ended; false when it does not have it. An image is
    /// unmounted; memory stays for the next task, until the volume is deleted.
    @discardableResult
    public func detach(_ id: Identifier, from task: Identifier) throws(DriverError) -> Bool {
        try exclusively([id], "detach") { () throws(DriverError) in
            let folder = folder(of: id)
            guard var volume = try folder.load(), volume.release(from: task) else { return false }
            if volume.device == .loop {
                do throws(ProcessError) {
                    try mounts.unmount(folder.mount)
                } catch {
                    throw DriverError(
                        .stillRunning, operation: "detach", subject: volume.name,
                        cause: error.cause, remedy: "end what runs in \(folder.mount)")
                }
            }
            try folder.save(volume)
            return true
        }
    }
}
