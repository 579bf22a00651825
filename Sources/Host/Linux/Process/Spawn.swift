internal import CHost
internal import Glibc
internal import Resources

/// One call of the C shim that forks and executes.
struct Spawn {
    private let launch: Launch
    private let executable: String
    private let output: String
    private let boot: String
    private let record: Int32
    /// Descriptors of input, output and errors, and whether the first is a terminal.
    var streams: (input: Int32, output: Int32, errors: Int32) = (-1, -1, -1)
    var ownsTerminal = false

    /// A start of `launch` whose output is appended to `output`; checked, not performed.
    init(
        _ launch: Launch, output: String, boot: String, record: Int32
    ) throws(ProcessError) {
        self.launch = launch
        self.output = output
        self.boot = boot
        self.record = record
        executable = try ExecutablePath.find(
            launch.executable, on: launch.environment["PATH"], in: launch.directory)
        try checkSize()
    }

    private var arguments: [String] { [launch.executable] + launch.arguments }
    private var environment: [String] {
        launch.environment.entries.map { "\($0.key)=\($0.value)" }
    }

    private func checkSize() throws(ProcessError) {
        let texts = arguments + environment
        let bytes = texts.reduce(0) { $0 + $1.utf8.count + 1 }
        if bytes > Limits.launchBytes.value {
            throw ProcessError(
                .exhausted, operation: "start", subject: launch.executable,
                cause: "arguments and environment have \(bytes) bytes; the limit is "
                    + "\(Limits.launchBytes.value)")
        }
        if texts.contains(where: { $0.utf8.contains(0) }) {
            throw ProcessError(
                .failed, operation: "start", subject: launch.executable,
                cause: "an argument or variable has a NUL")
        }
    }

    /// Forks and executes; the number of the process once its program runs.
    func perform() throws(ProcessError) -> Int32 {
        var pid: pid_t = 0
        var stage: Int32 = 0
        let paths = launch.cgroups.map { $0 + "/cgroup.procs" }
        let lists = [arguments, environment, paths].map(CStringList.init)
        defer { for list in lists { list.free() } }
        let error = unsafe executable.withCString { executable in
            unsafe output.withCString { output in
                unsafe boot.withCString { boot in
                    unsafe withOptionalCString(launch.directory) { directory in
                        var request = unsafe chost_spawn(
                            executable: executable, arguments: lists[0].pointer,
                            environment: lists[1].pointer, directory: directory, output: output,
                            record: record, boot: boot, cgroups: lists[2].pointer,
                            user: launch.user.map { Int64($0) } ?? -1,
                            group: launch.group.map { Int64($0) } ?? -1, streams: streams,
                            terminal: ownsTerminal ? 1 : 0)
                        return unsafe chost_spawn(&request, &pid, &stage)
                    }
                }
            }
        }
        if error == 0 {
            LastStep.taken()
            return pid
        }
        throw ProcessError(
            errno: error, operation: Self.operation(at: stage), subject: subject(at: stage))
    }

    private static func operation(at stage: Int32) -> String {
        switch UInt32(stage) {
        case CHOST_SPAWN_FORK.rawValue: "fork for"
        case CHOST_SPAWN_OUTPUT.rawValue: "open output"
        case CHOST_SPAWN_CGROUP.rawValue: "join control groups of"
        case CHOST_SPAWN_RECORD.rawValue: "record"
        case CHOST_SPAWN_USER.rawValue: "change user of"
        case CHOST_SPAWN_DIRECTORY.rawValue: "enter directory"
        default: "start"
        }
    }

    private func subject(at stage: Int32) -> String {
        switch UInt32(stage) {
        case CHOST_SPAWN_OUTPUT.rawValue: output
        case CHOST_SPAWN_DIRECTORY.rawValue: launch.directory ?? "/"
        default: executable
        }
    }
}

/// Finds programs as execvp(3) does, but says what it looked for.
public enum ExecutablePath {
    /// Where programs are looked for without a `PATH`.
    public static let standard = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

    /// The path of a program: as it is when it has a slash, else the first on `path`.
    public static func find(
        _ name: String, on path: String?, in directory: String?
    ) throws(ProcessError) -> String {
        let files = LinuxFiles()
        if name.utf8.contains(UInt8(ascii: "/")) {
            // A relative program is relative to where it will run, not to where Pisces runs.
            let absolute = name.hasPrefix("/") ? name : (directory ?? "/") + "/" + name
            try check(absolute, named: name)
            return absolute
        }
        for folder in (path ?? standard).split(separator: ":") {
            let candidate = folder + "/" + name
            if files.kind(candidate) == .file(executable: true) { return candidate }
        }
        throw ProcessError(
            .notFound, operation: "start", subject: printable(name),
            cause: "no such program on \(path ?? standard); install it or give its path")
    }

    private static func check(_ path: String, named name: String) throws(ProcessError) {
        switch LinuxFiles().kind(path) {
        case .file(executable: true): return
        case .file(executable: false):
            throw ProcessError(
                .notAllowed, operation: "start", subject: printable(path),
                cause: "is not executable; chmod +x it")
        case nil:
            throw ProcessError(
                .notFound, operation: "start", subject: printable(path),
                cause: "no such program; check the path or build it")
        case .folder, .link, .other:
            throw ProcessError(
                .notAllowed, operation: "start", subject: printable(path),
                cause: "is not a file")
        }
    }
}

/// A list of C strings that ends in NULL. Freed by hand, because C keeps the pointer.
@safe private struct CStringList {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointer = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() {
            unsafe (pointer + index).initialize(to: strdup(text))
        }
        unsafe (pointer + count).initialize(to: nil)
    }

    func free() {
        for index in 0..<count { unsafe Glibc.free(pointer[index]) }
        unsafe pointer.deallocate()
    }
}

private func withOptionalCString<Result>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
}
