internal import Host
public import Resources

/// What is asked of instances while they run.
extension ProcessDriver {
    /// Sends a running instance a signal, by its name or number; an ended one is left alone.
    public func signal(_ id: Identifier, _ name: String) throws(DriverError) {
        guard let number = SignalName.number(name) else {
            throw DriverError(
                .unsupported, operation: "signal", subject: "\(id)",
                cause: "there is no signal \(printable(name))", remedy: "write TERM or HUP")
        }
        let entry = try known(id, for: "signal")
        guard case .running(let process, _) = try state(of: entry) else { return }
        try translating { () throws(ProcessError) in
            try processes.signal(process, as: id, number)
        }
    }

    /// Puts new contents in the place of an instance's configs and secrets, each at once. Gives
    /// the paths whose new content only a restart shows.
    public func refresh(
        _ id: Identifier, _ files: [Instance.File]
    ) throws(DriverError) -> [String] {
        let entry = try known(id, for: "refresh")
        guard let instance = Instance(id: id, intent: entry.intent) else { return [] }
        switch instance.device {
        case .host:
            let known = files.filter { file in
                instance.files.contains { $0.path == file.path }
            }
            try HostFiles.write(instance, only: known)
            return files.map(\.path).filter { path in !known.contains { $0.path == path } }
        case .oci: return try runtime?.refresh(instance, files) ?? files.map(\.path)
        }
    }

    /// The images that instances of this machine were started from: their layers must stay.
    public func imagesInUse() throws(DriverError) -> Set<ImageDigest> {
        Set(try ledger().compactMap { Instance(id: $0.key, intent: $0.intent)?.image })
    }

    /// What the kernel did to an instance of device `oci` because of its limits: known until the
    /// instance is removed. Nil when it did nothing.
    public func limitsReached(by id: Identifier) -> LimitsReached? {
        runtime?.limitsReached(by: id)
    }

    /// What an instance's own layer is, in a word; nil for one without.
    public func layer(of id: Identifier) -> String? { runtime?.layer(of: id) }
}
