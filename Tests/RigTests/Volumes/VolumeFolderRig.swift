internal import Drivers
internal import Glibc
internal import Host
internal import Resources
internal import Testing

/// A folder of one rig with volumes in it. Whatever happens, `remove` unmounts all below it.
struct Rig {
    let path: String
    let driver: VolumeDriver
    private let files = LinuxFiles()

    init() throws {
        path = "/tmp/pisces-volumes-\(LinuxEntropy().next())"
        try files.makeFolder(path, mode: 0o755)
        driver = try Self.driver(in: path)
    }

    static func driver(
        in path: String, mounts: LinuxMounts = LinuxMounts(), user: UInt32 = 0,
        programs: String = ExecutablePath.standard
    ) throws -> VolumeDriver {
        let processes = try LinuxProcesses(ledger: path + "/instances")
        let driver = try VolumeDriver(
            state: path, processes: processes, mounts: mounts, user: user, path: programs)
        try driver.recover()
        return driver
    }

    /// One more life of Pisces over the same folder.
    func next() throws -> VolumeDriver { try Self.driver(in: path) }

    func remove() {
        for folder in mounted { _ = try? LinuxMounts().unmount(folder) }
        _ = eventually { loops.isEmpty }
        _ = try? TreeRemoval.remove(path)
    }

    /// The folders below ours on which something is mounted.
    var mounted: [String] {
        let text = ((try? files.text("/proc/self/mountinfo", atMost: 1 << 24)) ?? nil) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let folder = String(line.split(separator: " ")[4])
            return folder.hasPrefix(path + "/") ? folder : nil
        }.reversed()
    }

    /// The images below ours that a loop device shows.
    var loops: [String] {
        ((try? files.names(in: "/sys/block")) ?? []).compactMap { name in
            let text = (try? files.text("/sys/block/\(name)/loop/backing_file")) ?? nil
            return text?.hasPrefix(path + "/") == true ? text : nil
        }
    }

    func make(
        _ device: VolumeDevice, _ size: Int64 = 16 << 20, number: UInt64 = 1
    ) throws -> Identifier {
        let id = Identifier(high: 1, low: number)
        let request = VolumeRequest(id: id, name: "data-\(number)", device: device, size: size)
        _ = try driver.create(request, now: now)
        return id
    }

    func attach(
        _ id: Identifier, _ task: UInt64 = 1, at position: UInt64 = 1,
        with driver: VolumeDriver? = nil
    ) throws -> String {
        try (driver ?? self.driver).attach(
            id, to: Identifier(high: 9, low: task), named: "web-\(task)",
            at: Position(position), now: now)
    }

    func detach(_ id: Identifier, _ task: UInt64 = 1) throws -> Bool {
        try driver.detach(id, from: Identifier(high: 9, low: task))
    }

    /// Runs a shell, as root; its status.
    func shell(_ script: String) throws -> Int32? {
        let processes = try LinuxProcesses(ledger: path + "/instances")
        var launch = Launch("/bin/sh", ["-c", script])
        launch.environment = ["PATH": ExecutablePath.standard]
        launch.directory = path
        let exit = try processes.run(launch, output: path + "/said", milliseconds: 60_000)
        guard case .code(let code)? = exit else { return nil }
        return code
    }

    /// What all shells said.
    var said: String { ((try? files.text(path + "/said")) ?? nil) ?? "" }
}

let now = WallTime(milliseconds: 1_795_000_000_000)

/// The error of the driver that `body` ends with.
func refusal(_ body: () throws -> Void) -> DriverError? {
    do {
        try body()
        return nil
    } catch { return error as? DriverError }
}

/// Polls a condition for at most ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<1000 {
        if condition() { return true }
        usleep(10_000)
    }
    return false
}

/// Bytes that can be written into a new file until there is no more room.
func fill(_ path: String, atMost limit: Int) -> (written: Int, reason: Int32) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { return (0, errno) }
    defer { _ = close(file) }
    let block = [UInt8](repeating: 0x5A, count: 65_536)
    var written = 0
    while written < limit {
        let count = unsafe write(file, block, block.count)
        if count < 0 { return (written, errno) }
        written += count
    }
    return (written, 0)
}
