internal import Host
public import Resources
public import Trust

extension CopyDirectory {
    /// Signs what the directory describes, beside those who signed it before: votes count together
    /// only of one release, so its times stay as the first who signed set them.
    public func sign(
        by key: MachineKey, at time: WallTime, until expires: WallTime
    ) throws(ReproductionError) -> Release {
        guard let description = try description() else {
            throw ReproductionError(
                .missing, operation: "sign", subject: printable(path),
                cause: "no system is described there", remedy: "name a directory with a copy")
        }
        var release = Release(of: description, issued: time, expires: expires)
        if let known = try self.release(), known.generation == release.generation,
            known.sequence == release.sequence, known.expires > time
        {
            release = known
        }
        try release.sign(by: key)
        do throws(ProcessError) {
            try LinuxFiles().replace(path + "/release", with: release.encoded)
        } catch { throw ReproductionError(error) }
        return release
    }
}
