internal import Host
internal import Reproduction
internal import Synchronization

/// The loader's volume, mounted only while somebody works with it: FAT has no journal, and what is
/// not mounted is not damaged by a cut of the power.
enum BootVolume {
    /// Where it is mounted.
    static let path = "/esp"
    private static let users = Mutex(0)

    /// Runs `work` while the volume on that device is mounted.
    static func use<Answer>(
        _ device: String, _ work: () throws(ReproductionError) -> Answer
    ) throws(ReproductionError) -> Answer {
        try users.withLock { (users) throws(ReproductionError) in
            if users == 0 { try mount(device) }
            users += 1
        }
        defer {
            users.withLock { users in
                users -= 1
                // What cannot be unmounted is unmounted when the machine ends.
                if users == 0 { try? LinuxMachine.unmount(path) }
            }
        }
        return try work()
    }

    private static func mount(_ device: String) throws(ReproductionError) {
        do throws(LinuxMachine.Failure) {
            // A name that a cut rename left twice is removed twice (BootFolder).
            try LinuxMachine.mount(
                device, at: path, type: "vfat", flags: [.noSetUser, .noDevices, .noPrograms],
                options: "umask=0077,errors=continue")
        } catch {
            throw ReproductionError(
                .failed, operation: "mount", subject: device, cause: error.cause,
                remedy: "look after the disk; the image needs the module vfat")
        }
    }
}
