internal import Host
internal import Trust

/// A file of a state directory that its owner alone may read; refused when others may.
struct PrivateFile {
    let path: String
    private let files = LinuxFiles()

    /// The bytes; nil when there is no such file.
    func read() throws(NodeError) -> SecretBytes? {
        if let mode = files.mode(path), mode & 0o077 != 0 {
            throw NodeError(
                "read", path, "others may read it (mode \(String(mode, radix: 8)))",
                remedy: "chmod 600 it; if it may have been copied, remove it, so that another is "
                    + "made, and set secrets anew")
        }
        do throws(ProcessError) {
            guard var bytes = try files.read(path, atMost: 1024) else { return nil }
            return SecretBytes(taking: &bytes)
        } catch { throw NodeError(error.operation, path, error.cause) }
    }

    /// Written under another name, synced and renamed: the name never has half of it.
    func write(_ secret: SecretBytes) throws(NodeError) {
        var bytes = secret.withBytes { $0 }
        defer { wipe(&bytes) }
        do throws(ProcessError) {
            try files.replace(path, with: bytes, mode: MachineKey.fileMode)
        } catch { throw NodeError(error.operation, path, error.cause) }
    }
}
