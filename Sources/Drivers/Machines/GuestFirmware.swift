internal import Host

/// What a guest begins with (package `ovmf`).
public struct GuestFirmware: Hashable, Sendable {
    /// The program.
    public let code: String
    /// Its variables, of which each guest gets a copy.
    public let variables: String

    private static let folders = ["/usr/share/OVMF", "/usr/share/edk2/x64"]

    /// The first that is installed; nil for none.
    public static func find() -> GuestFirmware? {
        let files = LinuxFiles()
        for folder in folders {
            let (code, variables) = (folder + "/OVMF_CODE_4M.fd", folder + "/OVMF_VARS_4M.fd")
            // Distributions link their variants to one file, which FileCopy would not follow.
            guard let code = files.resolve(code), let variables = files.resolve(variables) else {
                continue
            }
            return GuestFirmware(code: code, variables: variables)
        }
        return nil
    }
}
