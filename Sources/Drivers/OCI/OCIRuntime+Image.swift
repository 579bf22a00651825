internal import Host
internal import Resources

/// What a container runs, and as whom: by its instance and its image.
extension OCIRuntime {
    /// A user of its own for each task, far from people's, the same in all its lives; for each
    /// instance where no task is named.
    static func user(of instance: Instance) -> UInt32 {
        guard let task = instance.task else { return user(instance.id.low) }
        // FNV-1a (draft-eastlake-fnv).
        let hash = task.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return user(hash ^ hash >> 32)
    }

    private static func user(_ number: UInt64) -> UInt32 {
        0x7000_0000 | UInt32(number & 0x00FF_FFFF)
    }

    /// True for a user that a task has because nobody said another.
    static func isOwnUser(_ user: UInt32) -> Bool { user >> 24 == 0x70 }

    func image(of instance: Instance) throws(DriverError) -> Image? {
        guard let digest = instance.image else { return nil }
        if let image = try images?.image(digest) { return image }
        throw DriverError(
            .unknownImage, operation: "start", subject: instance.name,
            cause: "this machine has no image \(digest)", remedy: "import it first")
    }

    func arguments(
        of instance: Instance, _ image: Image?, app: String?
    ) throws(DriverError) -> [String] {
        guard let image else {
            let program = try ContainerProgram.path(of: instance, app: app)
            return [program] + instance.command.dropFirst()
        }
        // As with docker run: a command of one's own takes the place of Cmd, after Entrypoint.
        let command = instance.command.isEmpty ? image.config.command : instance.command
        let arguments = image.config.entrypoint + command
        if !arguments.isEmpty { return arguments }
        throw DriverError(
            .unsupported, operation: "start", subject: instance.name,
            cause: "the image \(image.digest) names no program", remedy: "give a command")
    }

    func user(
        of instance: Instance, _ image: Image?, root: String
    ) throws(DriverError) -> UserTable.User {
        guard let text = instance.user ?? image?.config.user else {
            let number = Self.user(of: instance)
            return UserTable.User(user: number, group: number)
        }
        let table = try translating { () throws(ProcessError) in
            try UserTable(FolderTree(root))
        }
        if let user = table.user(text) { return user }
        throw DriverError(
            .unsupported, operation: "start", subject: instance.name,
            cause: "there is no user or group \(printable(text))",
            remedy: "give the number, or a name of the image's /etc/passwd")
    }

    static func environment(
        of instance: Instance, _ image: Image?, home: String
    ) -> SortedMap<String> {
        var environment = SortedMap<String>()
        environment["PATH"] = ExecutablePath.standard
        if image != nil { environment["HOME"] = home }
        for text in image?.config.environment ?? [] {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            environment[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        for (key, value) in instance.environment.entries { environment[key] = value }
        for (key, value) in instance.secrets.entries { environment[key] = value }
        return environment
    }

    static func directory(
        of instance: Instance, _ image: Image?, app: String?, data: String?
    ) -> String {
        if let given = instance.workingDirectory { return given }
        if let image { return image.config.directory.isEmpty ? "/" : image.config.directory }
        return app == nil ? (data == nil ? "/" : "/data") : "/app"
    }

    /// What becomes of new contents of an instance's files; the paths that only a restart shows.
    func refresh(_ instance: Instance, _ files: [Instance.File]) throws(DriverError) -> [String] {
        let image = try image(of: instance)
        let sandbox = Sandbox(
            instance, image: image, lower: [], folder: processes.folder(of: instance.id))
        let user = try user(of: instance, image, root: sandbox.root)
        return try sandbox.refresh(files, user)
    }

    /// What an instance's own layer is, in a word; nil without one.
    func layer(of id: Identifier) -> String? {
        (try? LinuxFiles().text(processes.folder(of: id) + "/layer.word")) ?? nil
    }
}
