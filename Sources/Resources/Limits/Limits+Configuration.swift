extension Limits {
    /// Bytes of one configuration file that are read.
    public static let configurationBytes = Limit(
        name: "configuration file", unit: "bytes", value: 1 << 20, range: 4096...16 << 20,
        why: "a bundle of all known root certificates has a quarter of it")
    /// Files of one folder, or by inclusion of one file, that are read as configuration.
    public static let configurationFiles = Limit(
        name: "configuration files", unit: "files", value: 4096, range: 16...65_536,
        why: "a folder that grows without end must not stop the sensor")
    /// Files that include each other in a chain.
    public static let configurationDepth = Limit(
        name: "configuration depth", unit: "files", value: 16, range: 1...128,
        why: "sshd and sudo stop there or before; a loop ends")
    /// Home folders whose keys and settings are read.
    public static let homes = Limit(
        name: "home folders", unit: "folders", value: 1024, range: 1...65_536,
        why: "each takes a few inotify watches, of which a user has 8,192 on small machines")
    /// Records of logins that are kept as resources, the latest.
    public static let logins = Limit(
        name: "login records", unit: "records", value: 256, range: 1...65_536,
        why: "the file grows for a month; what was before is in the history")

    static let configuration = [
        configurationBytes, configurationFiles, configurationDepth, homes, logins,
    ]
}
