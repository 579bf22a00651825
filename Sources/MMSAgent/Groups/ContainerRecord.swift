internal import Host
internal import Resources

/// A container as the files of engines and runtimes describe it.
struct ContainerRecord: Hashable, Sendable {
    var id: String
    var engine: String
    /// Name, image, runtime, bundle …: fields that are texts.
    var texts: [String: String] = [:]
    var lists: [String: [String]] = [:]
    var words: [String: Bool] = [:]
    var created: Int64?
    var exitCode: Int64?
    var pid: Int32?
    /// The tick at which the first process started, where the runtime keeps it.
    var start: UInt64?
    /// Whether it is paused, when its files say so.
    var status: String?
    /// The files that tell of its processes' end and of their being stopped, and the path of its
    /// control group.
    var eventFiles: [String] = []
    var cgroup: String?

    init(id: String, engine: String) {
        self.id = id
        self.engine = engine
    }

    /// Adds what another account of the same container tells besides.
    mutating func merge(_ other: ContainerRecord) {
        texts.merge(other.texts) { own, _ in own }
        lists.merge(other.lists) { own, _ in own }
        words.merge(other.words) { own, _ in own }
        created = created ?? other.created
        if pid == nil || pid == other.pid { start = start ?? other.start }
        pid = pid ?? other.pid
        cgroup = cgroup ?? other.cgroup
        if eventFiles.isEmpty { eventFiles = other.eventFiles }
        status = status ?? other.status
    }

    mutating func set(_ field: String, _ text: String?) {
        if let text, !text.isEmpty { texts[field] = text }
    }

    mutating func set(_ field: String, _ list: [String]) {
        if !list.isEmpty {
            lists[field] = Array(list.prefix(Limits.unitSettings.value))
        }
    }

    mutating func setCommand(_ arguments: [String]) {
        set("command", CommandLine(arguments).arguments)
    }

    /// The names of variables, never their values.
    mutating func setEnvironment(_ lines: [String]) {
        let names = lines.compactMap { line in
            line.firstIndex(of: "=").map { String(line[..<$0]) }
        }
        set("environment", Set(names).sorted())
    }

    /// Labels as `key=value`; what a key says is secret is not kept.
    mutating func setLabels(_ labels: ValueMap?) {
        let lines = (labels?.entries ?? []).map { "\($0.key)=\($0.value.text ?? "")" }
        set("labels", CommandLine(lines).arguments)
    }
}

extension CommandLine {
    /// The arguments as a file gives them, with secrets taken out.
    init(_ arguments: [String]) {
        let bytes: [UInt8] = arguments.flatMap { argument -> [UInt8] in
            Array(argument.utf8.prefix(Limits.commandLineBytes.value)) + [0]
        }
        self.init(bytes.prefix(Limits.commandLineBytes.value), isCut: false)
    }
}

/// Ways through JSON of unknown shape.
extension Value {
    subscript(_ key: String) -> Value? { map?[key] }

    /// The texts of a list.
    var texts: [String] { (list ?? []).compactMap(\.text) }

    /// A process's number; nil for 0.
    var pid: Int32? { int.flatMap { $0 > 0 ? Int32(exactly: $0) : nil } }

    /// Milliseconds since 1970 of a time in text; the year 1 stands for never.
    var milliseconds: Int64? {
        text.flatMap { WallTime(text: $0) }.flatMap { $0.milliseconds > 0 ? $0.milliseconds : nil }
    }
}

/// Reads JSON files of engines.
struct EngineFiles {
    let kernel: any Kernel

    /// The value in a file; nil for what cannot be read, is too long, or is not JSON.
    func json(_ path: String) -> Value? {
        guard let bytes = kernel.read(path), bytes.count <= Limits.containerFileBytes.value else {
            return nil
        }
        // A file that is being replaced is read again at the next change.
        return try? JSONReader.decode(bytes)
    }

    /// The names in a folder, as many as there may be containers.
    func list(_ folder: String) -> [String] {
        Array((kernel.list(folder) ?? []).prefix(Limits.containers.value))
    }

    func number(_ path: String) -> Int32? {
        let digits = (kernel.read(path) ?? []).prefix { $0 > 32 }
        return decimal(digits).flatMap { Int32(exactly: $0) }
    }
}
