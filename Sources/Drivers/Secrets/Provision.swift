public import Resources
public import Trust

/// What the configs and secrets of a task come to: files, and variables that are written nowhere.
///
/// Pure: who calls has read and opened the resources. How files reach a sandbox, and are replaced
/// there at once, is the `Sandbox`'s.
public struct Provision: Sendable {
    /// The files, in order of their paths.
    public private(set) var files: [Instance.File] = []
    /// The variables.
    public private(set) var variables = SortedMap<String>()
    /// What was given, by name and version.
    public private(set) var edition = Edition()

    /// A config or secret that was read, and opened.
    public struct Material: Sendable {
        /// Its identity: another one of the same name is another one.
        public var id: Identifier
        /// The version of its content: of a config its revision, of a secret its field `version`,
        /// which stays when it is sealed to one machine more.
        public var version: Int64
        /// Permissions of the file.
        public var mode: UInt32
        /// What it holds.
        public var content: SecretBytes

        /// A version of the resource `id`.
        public init(id: Identifier, version: Int64, mode: UInt32, content: SecretBytes) {
            self.id = id
            self.version = version
            self.mode = mode
            self.content = content
        }
    }

    /// What `task` is given; `config` and `secret` find what they name.
    public init(
        of task: App.Task, config: (String) throws(DriverError) -> Material,
        secret: (String) throws(DriverError) -> Material
    ) throws(DriverError) {
        for (path, name) in task.configs.entries {
            add(try config(name), named: name, at: path, isSecret: false)
        }
        for (place, name) in task.secrets.entries {
            let material = try secret(name)
            if place.hasPrefix("/") {
                add(material, named: name, at: place, isSecret: true)
                continue
            }
            guard let text = Self.variable(material.content) else {
                throw Self.refusal(
                    task,
                    "secret \(printable(name)) is no text, so it cannot be variable "
                        + printable(place), "give it as a file: a path instead of a variable")
            }
            variables[place] = text
            edition.note(material, named: name, at: place, isSecret: true)
        }
        files.sort { $0.path < $1.path }
        if let clash = Self.clash(files) {
            throw Self.refusal(task, clash, "give each file a path of its own")
        }
    }

    private mutating func add(
        _ material: Material, named name: String, at path: String, isSecret: Bool
    ) {
        files.append(
            Instance.File(
                path: path, bytes: material.content.withBytes { $0 }, mode: material.mode & 0o777,
                isSecret: isSecret))
        edition.note(material, named: name, at: path, isSecret: isSecret)
    }

    private static func variable(_ content: SecretBytes) -> String? {
        content.withBytes { bytes in
            bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
        }
    }

    /// A config and a secret at one path, or one file inside of another.
    private static func clash(_ files: [Instance.File]) -> String? {
        let paths = Set(files.map(\.path))
        guard paths.count == files.count else {
            return "a config and a secret have the same path"
        }
        for file in files {
            var folder = file.path[...]
            while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
                folder = folder[..<slash]
                if paths.contains(String(folder)) {
                    return
                        "\(printable(file.path)) is inside of the file \(printable(String(folder)))"
                }
            }
        }
        return nil
    }

    private static func refusal(
        _ task: App.Task, _ cause: String, _ remedy: String
    ) -> DriverError {
        DriverError(
            .unsupported, operation: "start", subject: task.name, cause: cause, remedy: remedy)
    }
}
