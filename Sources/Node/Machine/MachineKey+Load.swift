internal import Host
internal import Resources
public import Trust

extension MachineKey {
    /// Reads the keys of a state directory from `machine.key`, or makes them there.
    ///
    /// Who calls holds the lock of the state directory: of two makers one would lose its keys. The
    /// file is readable by its owner alone, and refused when others may read it.
    public static func load(directory: String) throws(NodeError) -> MachineKey {
        let path = directory + "/machine.key"
        let files = LinuxFiles()
        if let mode = files.mode(path), mode & 0o077 != 0 {
            throw NodeError(
                "read", path, "others may read it (mode \(String(mode, radix: 8)))",
                remedy: "chmod 600 it; if it may have been copied, remove it and set secrets anew")
        }
        guard var bytes = try read(path, files) else { return try make(path, files) }
        let encoded = SecretBytes(taking: &bytes)
        do throws(TrustError) { return try MachineKey(encoded: encoded) } catch {
            throw NodeError("read", path, error.cause, remedy: error.remedy)
        }
    }

    private static func read(_ path: String, _ files: LinuxFiles) throws(NodeError) -> [UInt8]? {
        do throws(ProcessError) { return try files.read(path, atMost: 1024) } catch {
            throw NodeError(error.operation, path, error.cause)
        }
    }

    /// Written under another name, synced and renamed: the name never has half a key.
    private static func make(_ path: String, _ files: LinuxFiles) throws(NodeError) -> MachineKey {
        let key = MachineKey()
        var bytes = key.encoded.withBytes { $0 }
        defer { wipe(&bytes) }
        do throws(ProcessError) {
            try files.replace(path, with: bytes, mode: fileMode)
        } catch { throw NodeError(error.operation, path, error.cause) }
        return key
    }
}
