internal import CHost
internal import Glibc

/// Mounts of this machine that Pisces makes: layers, memory, files with a file system.
public struct SandboxMounts: Sendable {
    /// The mounts of this machine.
    public init() {}

    /// Mounts folders over each other at `target`, the uppermost first; what is written goes to
    /// `upper`, a folder on the same file system as the empty folder `work`.
    public func overlay(
        _ lower: [String], upper: String, work: String, at target: String
    ) throws(ProcessError) {
        var folders: [OpenFile] = []
        for path in lower { folders.append(try OpenFile.folder(path)) }
        let up = try OpenFile.folder(upper)
        let scratch = try OpenFile.folder(work)
        let descriptors = folders.map(\.descriptor)
        let error = withExtendedLifetime((folders, up, scratch)) {
            unsafe chost_mount_overlay(
                descriptors, descriptors.count, up.descriptor, scratch.descriptor, target)
        }
        try check(error, "mount layers at", target)
    }

    /// Mounts memory of at most so many bytes; true when it is never swapped out.
    public func memory(_ bytes: UInt64, at target: String) throws(ProcessError) -> Bool {
        var swappable: Int32 = 0
        try check(
            unsafe chost_mount_memory(target, bytes, &swappable), "mount memory at", target)
        return swappable == 0
    }

    /// Mounts the ext4 file system in a file; its loop device goes with the mount.
    public func loop(_ image: String, at target: String) throws(ProcessError) {
        try check(unsafe chost_mount_loop(image, target), "mount \(image) at", target)
    }

    /// Takes a mount away, whoever still uses it; nothing to do when there is none.
    public func remove(_ target: String) throws(ProcessError) {
        // A second one may lie over the first, left by a life that ended in between.
        for _ in 0..<16 {
            let error = unsafe chost_detach_mount(target)
            if error == EINVAL || error == ENOENT { return }
            try check(error, "unmount", target)
        }
    }

    private func check(
        _ error: Int32, _ operation: String, _ subject: String
    ) throws(ProcessError) {
        if error != 0 {
            throw ProcessError(errno: error, operation: operation, subject: subject)
        }
        LastStep.taken()
    }
}
