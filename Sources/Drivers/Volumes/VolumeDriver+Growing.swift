internal import Host
internal import Resources

/// How an image grows with the file system in it.
extension VolumeDriver {
    func growImage(
        of volume: Volume, in folder: VolumeFolder, to size: Int64
    ) throws(DriverError) {
        if LinuxMounts.growsMounted { return try growMounted(volume, in: folder, to: size) }
        try volume.checkFree(
            for: "grow", remedy: "end that task first, or give Pisces CAP_SYS_RESOURCE")
        try growCopy(of: volume, in: folder, to: size)
    }

    /// The file system grows while it is mounted, where its journal makes every step whole.
    private func growMounted(
        _ volume: Volume, in folder: VolumeFolder, to size: Int64
    ) throws(DriverError) {
        let device = try translating { () throws(ProcessError) in
            try FileCopy.makeSparse(folder.image, size: size)
            if try mounts.source(on: folder.mount) == nil {
                try mounts.mount(image: folder.image, on: folder.mount)
            }
            return try mounts.growLoop(on: folder.mount)
        }
        guard let device else {
            throw DriverError(
                .failed, operation: "grow", subject: volume.name,
                cause: "\(folder.mount) is not on a loop device", remedy: "unmount it")
        }
        try call("resize2fs", [device], in: folder, for: volume)
        guard volume.holder == nil else { return }
        _ = try translating { () throws(ProcessError) in try mounts.unmount(folder.mount) }
    }

    /// An unmounted file system has no journal for this: a copy grows, and takes the name when it
    /// is whole.
    private func growCopy(
        of volume: Volume, in folder: VolumeFolder, to size: Int64
    ) throws(DriverError) {
        try checkRoom(for: volume.name, "grow", copying: folder, .loop)
        let copy = folder.path + "/" + VolumeFolder.newImage
        do throws(DriverError) {
            try translating { () throws(ProcessError) in
                try mounts.unmount(folder.mount)
                try files.remove(copy)
                _ = try FileCopy.copy(folder.image, to: copy)
                try FileCopy.makeSparse(copy, size: size)
            }
            // 1: what it found is mended.
            try call("e2fsck", ["-f", "-p", copy], in: folder, for: volume, passing: [0, 1])
            try call("resize2fs", [copy], in: folder, for: volume)
            try translating { () throws(ProcessError) in
                // Syncs what the programs wrote.
                try FileCopy.makeSparse(copy, size: size)
                try files.move(in: folder.path, VolumeFolder.newImage, to: "image")
            }
        } catch {
            // What stays after a failure here is removed by the next life.
            try? files.remove(copy)
            throw error
        }
    }
}
