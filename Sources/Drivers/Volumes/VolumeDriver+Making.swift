internal import Host
public import Resources

/// Volumes made, grown and deleted.
extension VolumeDriver {
    /// Makes a volume; one of that identity that is there stays as it is and is given.
    public func create(_ request: VolumeRequest, now: WallTime) throws(DriverError) -> Volume {
        try request.check()
        return try exclusively([request.id], "create") { () throws(DriverError) in
            if let volume = try folder(of: request.id).load() {
                try checkSame(volume, request)
                return volume
            }
            try checkDevice(request.device, for: "create", request.name)
            try space(for: request.device).check(request.size, for: "create", request.name)
            let volume = Volume(request, created: now)
            try build(volume) { folder throws(DriverError) in try fill(folder, for: volume) }
            return volume
        }
    }

    private func checkSame(_ volume: Volume, _ request: VolumeRequest) throws(DriverError) {
        guard volume.device != request.device else { return }
        throw DriverError(
            .unsupported, operation: "create", subject: request.name,
            cause: "it exists with driver \(volume.device.rawValue)",
            remedy: "a volume keeps its driver; make another one and copy")
    }

    /// Makes a volume's folder under another name, and gives it its own when it is whole.
    func build(
        _ volume: Volume, _ fill: (VolumeFolder) throws(DriverError) -> Void
    ) throws(DriverError) {
        let count = try identifiers().count
        guard count < Limits.volumes.value else {
            throw DriverError(
                .exhausted, operation: "create", subject: volume.name,
                cause: "this machine has \(count) volumes", remedy: "delete some")
        }
        let name = ".new-\(volume.id)"
        let folder = VolumeFolder(root: root, name: name)
        try translating { () throws(ProcessError) in
            try TreeRemoval.remove(folder.path)
            try files.makeFolder(folder.snapshots)
        }
        do throws(DriverError) {
            try fill(folder)
            try folder.save(volume)
        } catch {
            // What stays after a failure here is removed by the next life.
            try? TreeRemoval.remove(folder.path)
            throw error
        }
        try translating { () throws(ProcessError) in
            try files.move(in: root, name, to: "\(volume.id)")
        }
    }

    private func fill(_ folder: VolumeFolder, for volume: Volume) throws(DriverError) {
        try translating { () throws(ProcessError) in
            let inner = volume.device.isMounted ? folder.mount : folder.data(volume.device)
            try files.makeFolder(inner)
            // People's programs run as other users: what protects the volume is the folder above.
            if !volume.device.isMounted { try files.setMode(inner, 0o755) }
            if volume.device == .loop {
                try FileCopy.makeSparse(folder.image, size: volume.size)
            }
        }
        guard volume.device == .loop else { return }
        // No block is kept for root; the tables are zeroed while it is used.
        try call(
            "mkfs.ext4",
            ["-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1", folder.image],
            in: folder, for: volume)
    }

    /// Runs a program of the file system to its end.
    func call(
        _ program: String, _ arguments: [String], in folder: VolumeFolder, for volume: Volume,
        passing codes: [Int32] = [0]
    ) throws(DriverError) {
        let output = folder.path + "/output"
        let exit = try translating { () throws(ProcessError) in
            try files.remove(output)
            var launch = Launch(program, arguments)
            launch.environment = ["PATH": path]
            return try processes.run(
                launch, output: output, milliseconds: Limits.fileSystemCall.value)
        }
        if case .code(let code)? = exit, codes.contains(code) { return }
        let said = (try? files.text(output)) ?? nil
        let lines = (said ?? "").split(separator: "\n").suffix(3).joined(separator: " / ")
        let end = exit.map { "\($0)" } ?? "no end in \(Limits.fileSystemCall.value) ms"
        throw DriverError(
            .failed, operation: program, subject: volume.name,
            cause: "\(end): \(lines.prefix(500))")
    }

    /// The room for a volume of that device.
    func space(for device: VolumeDevice) throws(DriverError) -> VolumeSpace {
        if device == .tmpfs {
            return try translating { () throws(ProcessError) in
                VolumeSpace(free: try mounts.freeMemory())
            }
        }
        var promised: Int64 = 0
        for id in try identifiers() {
            let folder = folder(of: id)
            // A broken record promises nothing that could be counted; `list` names it.
            guard let volume = try? folder.load(), volume.device == .loop,
                let image = try? FileCopy.size(folder.image)
            else { continue }
            promised += max(0, image.size - image.taken)
        }
        let sum = promised
        return try translating { () throws(ProcessError) in
            VolumeSpace(free: try mounts.space(root).free, promised: sum)
        }
    }

    /// Lets a volume hold more, also while a task has it. The size it has already is no failure.
    public func grow(_ id: Identifier, to size: Int64) throws(DriverError) -> Volume {
        try exclusively([id], "grow") { () throws(DriverError) in
            var volume = try known(id, for: "grow")
            let request = VolumeRequest(
                id: id, name: volume.name, device: volume.device, size: size)
            try request.check()
            guard size >= volume.size else {
                throw DriverError(
                    .unsupported, operation: "grow", subject: volume.name,
                    cause: "it holds \(VolumeSpace.text(volume.size)), and volumes do not shrink",
                    remedy: "make a smaller one and copy")
            }
            if size == volume.size { return volume }
            try checkDevice(volume.device, for: "grow", volume.name)
            try space(for: volume.device).check(size - volume.size, for: "grow", volume.name)
            let folder = folder(of: id)
            switch volume.device {
            case .directory: break
            case .loop: try growImage(of: volume, in: folder, to: size)
            case .tmpfs:
                try translating { () throws(ProcessError) in
                    guard try mounts.source(on: folder.mount) != nil else { return }
                    try mounts.resize(memory: size, on: folder.mount)
                }
            }
            volume.size = size
            try folder.save(volume)
            return volume
        }
    }

    /// Deletes a volume with its snapshots; false when there is none. Refused while a task has it.
    public func delete(_ id: Identifier) throws(DriverError) -> Bool {
        try exclusively([id], "delete") { () throws(DriverError) in
            let folder = folder(of: id)
            guard files.kind(folder.path, following: false) != nil else { return false }
            if let volume = try folder.load() {
                try volume.checkFree(for: "delete", remedy: "end that task first")
            }
            let gone = ".gone-\(id)"
            try translating { () throws(ProcessError) in
                try mounts.unmount(folder.mount)
                try TreeRemoval.remove(root + "/" + gone)
                try files.move(in: root, "\(id)", to: gone)
                try TreeRemoval.remove(root + "/" + gone)
            }
            return true
        }
    }
}
