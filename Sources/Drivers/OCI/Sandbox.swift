internal import Host
internal import Resources

/// What one container sees of files: its root with a layer of its own, and the files made for it.
/// All of it lies in the instance's folder and goes with it.
struct Sandbox {
    let instance: Instance
    let image: Image?
    /// The folders under its own layer, the uppermost first.
    let lower: [String]
    /// The instance's folder.
    let folder: String
    private let files = LinuxFiles()

    init(_ instance: Instance, image: Image?, lower: [String], folder: String) {
        self.instance = instance
        self.image = image
        self.lower = lower
        self.folder = folder
    }

    /// Where the folder of files lies inside.
    static let inside = "/run/pisces"
    /// What no file or volume may replace.
    private static let kernel = ["/dev", "/proc", "/sys", inside]
    /// What a native container shows of the host, read-only.
    private static let host = ["/app", "/bin", "/lib", "/lib64", "/sbin", "/usr"]

    /// True when the shared skeleton of roots will do.
    var isPlain: Bool {
        image == nil && instance.mounts.isEmpty && instance.files.isEmpty
            && instance.resolver == nil
    }

    /// True when something of it may lie in memory only.
    var hasSecrets: Bool {
        !instance.secrets.entries.isEmpty || instance.files.contains(where: \.isSecret)
    }

    var root: String { folder + "/root" }
    private var layer: String { folder + "/layer" }
    /// Memory that is never swapped out, where the kernel can.
    var memory: String { folder + "/private" }
    private func files(secret: Bool) -> String { (secret ? memory : folder) + "/files" }

    private func refuse(_ path: String, _ cause: String, _ remedy: String) -> DriverError {
        DriverError(
            .unsupported, operation: "start", subject: instance.name,
            cause: "\(printable(path)) \(cause)", remedy: remedy)
    }

    /// Refuses paths that cannot be, before anything is made.
    func check() throws(DriverError) {
        let bytes = instance.files.reduce(0) { $0 + $1.bytes.count }
        guard instance.files.count <= Limits.instanceFiles.value,
            bytes <= Limits.instanceFileBytes.value
        else {
            throw refuse(
                "\(instance.files.count) files of \(bytes) bytes", "are too many",
                "the limits are \(Limits.instanceFiles.value) files and "
                    + "\(Limits.instanceFileBytes.value) bytes")
        }
        let targets = instance.files.map(\.path) + instance.mounts.map(\.target)
        for path in targets {
            guard Self.isClean(path) else {
                throw refuse(path, "is no absolute path", "begin it with /, without .. in it")
            }
            let taken = Self.kernel + (image == nil ? Self.host : [])
            if let owner = taken.first(where: { Self.contains($0, path) }) {
                throw refuse(path, "lies in \(owner), which is not an app's", "take another path")
            }
        }
        for mount in instance.mounts where files.kind(mount.source) == nil {
            throw refuse(mount.source, "is not there", "make the volume first")
        }
    }

    static func isClean(_ path: String) -> Bool {
        path.hasPrefix("/") && path != "/" && !path.utf8.contains(0)
            && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }

    static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder + "/")
    }

    // MARK: Root

    /// Mounts the layers under a layer of its own; says in a word what that layer is.
    func mountRoot(_ formatter: LayerFormatter) throws(DriverError) -> String {
        var word = "overlay"
        try translating { () throws(ProcessError) in
            try files.makeFolder(layer)
            try files.makeFolder(root)
        }
        if let bytes = instance.limits.storage ?? standardCeiling {
            word = try formatter.mount(bytes, image: folder + "/disk", at: layer)
        }
        do throws(DriverError) { try overlay() } catch {
            // The state may lie on a file system that can be no upper layer, such as overlayfs.
            try translating { () throws(ProcessError) in
                try SandboxMounts().remove(layer)
                let bytes = instance.limits.storage ?? Int64(Limits.instanceTemporary.value)
                _ = try SandboxMounts().memory(UInt64(max(1 << 20, bytes)), at: layer)
            }
            word = "overlay in memory"
            try overlay()
        }
        return word
    }

    /// What a program of an image may write when nobody said how much. A native one has `/data`.
    private var standardCeiling: Int64? {
        image == nil ? nil : Int64(Limits.imageRoom.value)
    }

    private func overlay() throws(DriverError) {
        try translating { () throws(ProcessError) in
            for name in ["upper", "work"] {
                // What an earlier start left behind must not come back.
                try files.remove("\(layer)/\(name)")
                try files.makeFolder("\(layer)/\(name)")
            }
            try files.setMode(layer + "/upper", 0o755)
            try SandboxMounts().overlay(
                lower, upper: layer + "/upper", work: layer + "/work", at: root)
        }
    }

    // MARK: Files

    /// Writes the files and says what must be mounted for the instance to see them.
    func placeFiles(for user: UserTable.User) throws(DriverError) -> [Instance.Mount] {
        var mounts = instance.mounts
        try translating { () throws(ProcessError) in
            for secret in [false, true]
            where instance.files.contains(where: { $0.isSecret == secret }) {
                try files.makeFolder(files(secret: secret))
                try files.setMode(files(secret: secret), 0o755)
                mounts.append(
                    Instance.Mount(
                        source: files(secret: secret), target: inside(secret: secret),
                        writable: false))
            }
            for (index, file) in instance.files.enumerated() {
                try write(file, index, user.user, user.group)
            }
            for (index, file) in instance.files.enumerated() {
                if let mount = try show(file, index) { mounts.append(mount) }
            }
        }
        return mounts + (try placeNames())
    }

    private func inside(secret: Bool) -> String {
        Self.inside + (secret ? "/secrets" : "/files")
    }

    private func write(
        _ file: Instance.File, _ index: Int, _ user: UInt32, _ group: UInt32
    ) throws(ProcessError) {
        try files.replace(
            "\(files(secret: file.isSecret))/\(index)", with: file.bytes, mode: file.mode,
            owner: (user, group))
    }

    /// A link at the file's path leads to the folder of files, so that a new content can take
    /// the place of the old at once. Where no link can stand, the file itself is mounted.
    private func show(
        _ file: Instance.File, _ index: Int
    ) throws(ProcessError) -> Instance.Mount? {
        let names = file.path.split(separator: "/").map(String.init)
        let covered =
            instance.mounts.contains { Self.contains($0.target, file.path) }
            || ["/tmp", "/data"].contains { Self.contains($0, file.path) }
        let direct = Instance.Mount(
            source: "\(files(secret: file.isSecret))/\(index)", target: file.path,
            writable: false)
        if covered { return direct }
        var tree = try FolderTree(root)
        do throws(ProcessError) {
            try tree.makeLink(
                names, to: "\(inside(secret: file.isSecret))/\(index)",
                FolderTree.Traits(mode: 0o777))
            return nil
        } catch { return direct }
    }

    /// The files by which programs find names: of its own in an image, or with a name server.
    private func placeNames() throws(DriverError) -> [Instance.Mount] {
        guard image != nil || instance.resolver != nil else { return [] }
        let name = ContainerConfig.hostname(of: instance)
        var contents = [
            "hosts": "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 \(name)\n",
            "hostname": name + "\n",
        ]
        let host = try translating { () throws(ProcessError) in
            try files.text("/etc/resolv.conf") ?? ""
        }
        contents["resolv.conf"] = instance.resolver.map { "nameserver \($0)\n" } ?? host
        var mounts: [Instance.Mount] = []
        try translating { () throws(ProcessError) in
            try files.makeFolder(folder + "/etc")
            for key in ["hostname", "hosts", "resolv.conf"] {
                let path = folder + "/etc/" + key
                try files.replace(path, with: Array((contents[key] ?? "").utf8), mode: 0o644)
                try files.setMode(path, 0o644)
                mounts.append(
                    Instance.Mount(source: path, target: "/etc/" + key, writable: false))
            }
        }
        return mounts
    }

    /// Puts new contents in the place of old ones, each at once. What was mounted itself stays
    /// as it was: its paths are given back.
    func refresh(_ contents: [Instance.File], _ user: UserTable.User) throws(DriverError)
        -> [String]
    {
        var stale: [String] = []
        for content in contents {
            guard
                let index = instance.files.firstIndex(where: {
                    $0.path == content.path && $0.isSecret == content.isSecret
                })
            else {
                stale.append(content.path)
                continue
            }
            try translating { () throws(ProcessError) in
                try write(content, index, user.user, user.group)
            }
            let names = content.path.split(separator: "/").map(String.init)
            let isLink = try translating { () throws(ProcessError) in
                let tree = try FolderTree(root)
                return (try? tree.kind(names)) == .link
            }
            if !isLink { stale.append(content.path) }
        }
        return stale
    }
}
