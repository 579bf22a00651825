internal import Host
internal import Resources

/// The files of an instance that runs plainly on the host: below a folder that is named for them,
/// never at the host's own paths.
enum HostFiles {
    /// Why device host cannot give an instance what it asks for; nil when it can.
    static func refusal(_ instance: Instance) -> (why: String, remedy: String)? {
        if instance.image != nil {
            return ("device host runs no images", "use device oci")
        }
        if !instance.mounts.isEmpty {
            return (
                "device host sees the folders of the host, it mounts none",
                "use device oci, or give the program the volume's path"
            )
        }
        if instance.resolver != nil {
            return ("device host asks the host's name servers", "use device oci")
        }
        guard !instance.files.isEmpty else { return nil }
        guard let folder = instance.filesFolder, Sandbox.isClean(folder) else {
            return (
                "device host does not write \(printable(instance.files[0].path)) of the host",
                "use device oci, or name a folder for its files"
            )
        }
        let bad = instance.files.first { !Sandbox.isClean($0.path) }
        return bad.map { ("\(printable($0.path)) is no absolute path", "begin it with /") }
    }

    /// Writes the files, each at once.
    static func write(
        _ instance: Instance, only contents: [Instance.File]? = nil
    ) throws(DriverError) {
        guard let folder = instance.filesFolder else { return }
        let owner = try user(instance)
        let files = LinuxFiles()
        try translating { () throws(ProcessError) in
            for file in contents ?? instance.files {
                let path = folder + file.path
                try files.makeFolder(Self.parent(of: path), mode: 0o755)
                try files.replace(
                    path, with: file.bytes, mode: file.mode,
                    owner: owner.map { ($0.user, $0.group) })
            }
        }
    }

    static func remove(_ instance: Instance) throws(DriverError) {
        guard let folder = instance.filesFolder else { return }
        try translating { () throws(ProcessError) in
            for file in instance.files { try LinuxFiles().remove(folder + file.path) }
        }
    }

    /// The user of the host it runs as; nil as Pisces itself.
    static func user(_ instance: Instance) throws(DriverError) -> UserTable.User? {
        guard let text = instance.user else { return nil }
        let table = try translating { () throws(ProcessError) in
            try UserTable(FolderTree("/"))
        }
        if let user = table.user(text) { return user }
        throw DriverError(
            .unsupported, operation: "start", subject: instance.name,
            cause: "there is no user or group \(printable(text))",
            remedy: "give the number, or a name of /etc/passwd")
    }

    private static func parent(of path: String) -> String {
        "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }
}
