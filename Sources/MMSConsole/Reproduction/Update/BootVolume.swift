internal import Host
internal import Reproduction
internal import Synchronization

/// The loader's volume, mounted only while somebody works with it: FAT has no journal, and what is
/// not mounted is not damaged by a cut of the power.
enum BootVolume {
    /// Where it is mounted.
    static let path = "/esp"
    private static let state = Mutex(State())

    private struct State {
        var users = 0
        /// Without users too, when it could not be unmounted behind the last one.
        var isMounted = false
    }

    /// Runs `work` while the volume on that device is mounted.
    static func use<Answer>(
        _ device: String, _ work: () throws(ReproductionError) -> Answer
    ) throws(ReproductionError) -> Answer {
        try state.withLock { (state) throws(ReproductionError) in
            if !state.isMounted { try mount(device) }
            state.isMounted = true
            state.users += 1
        }
        defer {
            state.withLock { state in
                state.users -= 1
                if state.users == 0 { state.isMounted = !isUnmounted() }
            }
        }
        return try work()
    }

    /// False while something still looks at it: then the next user finds it mounted, and unmounts it
    /// or the end of the machine does.
    private static func isUnmounted() -> Bool {
        do throws(LinuxMachine.Failure) {
            try LinuxMachine.unmount(path)
            return true
        } catch { return false }
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
