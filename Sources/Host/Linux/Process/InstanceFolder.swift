internal import Glibc
internal import Resources

/// One key's folder in the ledger (Docs/drivers.md): `intent`, `lock`, `process`, `ended`, `output`.
struct InstanceFolder {
    let path: String
    let files = LinuxFiles()

    /// Bytes of an intent that are read back.
    static let intentLimit = 1 << 20

    /// What may be mounted in the folder, the topmost first; it goes before the folder does.
    static let mounts = ["/root", "/layer", "/private"]

    var output: String { path + "/output" }

    /// False once it was forgotten.
    var isKnown: Bool { files.kind(path + "/intent") != nil }

    func writeIntent(_ bytes: [UInt8]) throws(ProcessError) {
        try files.makeFolder(path)
        try files.replace(path + "/intent", with: bytes)
    }

    func intent() throws(ProcessError) -> [UInt8]? {
        try files.read(path + "/intent", atMost: Self.intentLimit)
    }

    /// What the child wrote before it ran its program: `pid start wall boot`.
    func record() throws(ProcessError) -> LedgerRecord? {
        guard let text = try files.text(path + "/process") else { return nil }
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard fields.count == 4, let pid = Int32(fields[0]), let start = UInt64(fields[1]),
            let wall = Int64(fields[2])
        else {
            throw ProcessError(
                .failed, operation: "read", subject: path + "/process",
                cause: "has not the form `pid start milliseconds boot`")
        }
        return LedgerRecord(
            process: ProcessIdentity(pid: pid, start: start, boot: String(fields[3])),
            since: WallTime(milliseconds: wall))
    }

    func dropRecord() throws(ProcessError) {
        try files.remove(path + "/process")
        try files.sync(folder: path)
    }

    /// `code 0 <ms>`, `signal 9 <ms>` or `unknown 0 <ms>`; `-` for an unknown time.
    func end() throws(ProcessError) -> ProcessEnd? {
        guard let text = try files.text(path + "/ended") else { return nil }
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard fields.count == 3, let number = Int32(fields[1]) else {
            throw ProcessError(
                .failed, operation: "read", subject: path + "/ended",
                cause: "has not the form `kind number milliseconds`")
        }
        let exit: ExitStatus? =
            switch fields[0] {
            case "code": .code(number)
            case "signal": .signal(number)
            default: nil
            }
        return ProcessEnd(exit: exit, at: Int64(fields[2]).map { WallTime(milliseconds: $0) })
    }

    func writeEnd(_ end: ProcessEnd) throws(ProcessError) {
        let time = end.at.map { String($0.milliseconds) } ?? "-"
        let text =
            switch end.exit {
            case .code(let code): "code \(code) \(time)\n"
            case .signal(let signal): "signal \(signal) \(time)\n"
            case nil: "unknown 0 \(time)\n"
            }
        try files.replace(path + "/ended", with: Array(text.utf8))
    }

    /// Takes the lock of the key. A child that is being started holds it until it runs its
    /// program or has died, whatever became of its parent; this waits for that, boundedly.
    func lock() throws(ProcessError) -> Int32 {
        let name = path + "/lock"
        let file = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw files.failure("open", name) }
        for _ in 0..<Limits.startWait.value {
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return file }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(1000)
        }
        let error = files.failure("lock", name)
        _ = close(file)
        throw error
    }
}
