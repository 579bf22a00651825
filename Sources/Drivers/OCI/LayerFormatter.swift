internal import Host
internal import Resources

/// Makes the file system that gives an instance's layer a ceiling of its own.
struct LayerFormatter {
    let processes: LinuxProcesses

    /// Mounts a layer of at most so many bytes; says in a word what it is. Without the tool or a
    /// loop device the layer is as large as the disk.
    func mount(_ bytes: Int64, image: String, at layer: String) throws(DriverError) -> String {
        guard let program = try? ExecutablePath.find("mke2fs", on: nil, in: nil) else {
            return "overlay without a ceiling: mke2fs is not installed"
        }
        do throws(ProcessError) {
            // Below two MiB ext4 has no room for itself.
            try format(image, max(bytes, 2 << 20), program)
            try SandboxMounts().loop(image, at: layer)
            return "overlay of at most \(bytes) bytes"
        } catch {
            return "overlay without a ceiling: \(error.operation): \(error.cause)"
        }
    }

    private func format(
        _ image: String, _ bytes: Int64, _ program: String
    ) throws(ProcessError) {
        try LinuxFiles().remove(image)
        try OpenFile.making(image, mode: 0o600).setLength(bytes)
        let launch = Launch(
            program,
            [
                "-q", "-t", "ext4", "-m", "0", "-O", "^has_journal,^resize_inode", "-E",
                "lazy_itable_init=1,nodiscard", image,
            ])
        let exit = try processes.run(
            launch, output: image + ".log", milliseconds: Limits.runtimeCall.value)
        guard exit == .code(0) else {
            throw ProcessError(
                .failed, operation: "mke2fs", subject: image, cause: "failed; see \(image).log")
        }
    }
}
