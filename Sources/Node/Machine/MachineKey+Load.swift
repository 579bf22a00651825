public import Trust

extension MachineKey {
    /// Reads the keys of a state directory from `machine.key`, or makes them there.
    ///
    /// Who calls holds the lock of the state directory: of two makers one would lose its keys. The
    /// file is readable by its owner alone, and refused when others may read it.
    public static func load(directory: String) throws(NodeError) -> MachineKey {
        let file = PrivateFile(path: directory + "/machine.key")
        guard let encoded = try file.read() else {
            let key = MachineKey()
            try file.write(key.encoded)
            return key
        }
        do throws(TrustError) { return try MachineKey(encoded: encoded) } catch {
            throw NodeError("read", file.path, error.cause, remedy: error.remedy)
        }
    }
}
