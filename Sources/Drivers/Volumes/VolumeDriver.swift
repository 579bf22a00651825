public import Host
public import Resources
internal import Synchronization

/// The volume driver: devices `directory`, `loop` and `tmpfs`. What it knows is in the records
/// under its folder, so that a new life of Pisces knows as much as the one before; every operation
/// may be repeated, and may end at any step.
public final class VolumeDriver: Sendable {
    /// What the driver owns and needs.
    public static var contract: DriverContract { .volume }

    /// The folder that holds a folder for each volume.
    public let root: String
    let processes: LinuxProcesses
    let mounts: LinuxMounts
    let files = LinuxFiles()
    private let user: UInt32
    /// Where the programs of the file system are looked for.
    let path: String
    /// Volumes that a call is at work on just now.
    private let busy = Mutex<Set<Identifier>>([])

    /// The volumes under `<state>/volumes`. Call `recover()` once before anything else. `user` is
    /// who Pisces runs as: only root may mount. `path` leads to the programs of e2fsprogs.
    public init(
        state: String, processes: LinuxProcesses, mounts: LinuxMounts = LinuxMounts(),
        user: UInt32 = LinuxSystem.userID, path: String = ExecutablePath.standard
    ) throws(DriverError) {
        root = state + "/volumes"
        self.processes = processes
        self.mounts = mounts
        self.user = user
        self.path = path
        try translating { () throws(ProcessError) in
            try files.makeFolder(root)
        }
    }

    /// Why a device cannot be had on this machine; nil when it can.
    public func refusal(of device: VolumeDevice) -> String? {
        switch device {
        case .directory: return nil
        case .tmpfs: return user == 0 ? nil : "only root may mount, and Pisces runs as \(user)"
        case .loop:
            if user != 0 { return "only root may mount, and Pisces runs as \(user)" }
            if let reason = mounts.loopRefusal() { return reason }
            let known = ["mkfs.ext4", "e2fsck", "resize2fs"].allSatisfy { program in
                (try? ExecutablePath.find(program, on: path, in: nil)) != nil
            }
            return known ? nil : "mkfs.ext4, e2fsck or resize2fs is missing; install e2fsprogs"
        }
    }

    /// Finishes what an earlier life left halfway: removes what was never whole, lets frozen file
    /// systems go on, unmounts what nobody has.
    public func recover() throws(DriverError) {
        for name in try names() where name.hasPrefix(".") {
            try translating { () throws(ProcessError) in
                try mounts.unmount("\(root)/\(name)/mount")
                try TreeRemoval.remove("\(root)/\(name)")
            }
        }
        for id in try identifiers() {
            try exclusively([id], "recover") { () throws(DriverError) in
                let folder = folder(of: id)
                guard let volume = try folder.load() else { return }
                try translating { () throws(ProcessError) in
                    try removeHalves(in: folder)
                    guard try mounts.source(on: folder.mount) != nil else { return }
                    try mounts.thaw(folder.mount)
                    if volume.device == .loop, volume.holder == nil {
                        try mounts.unmount(folder.mount)
                    }
                }
            }
        }
    }

    private func removeHalves(in folder: VolumeFolder) throws(ProcessError) {
        for name in try files.names(in: folder.path) where name.hasPrefix("record.new-") {
            try files.remove(folder.path + "/" + name)
        }
        try files.remove(folder.path + "/" + VolumeFolder.newImage)
        for name in try files.names(in: folder.snapshots) where name.hasPrefix(".") {
            try TreeRemoval.remove(folder.snapshots + "/" + name)
        }
    }

    /// All volumes in order of their identities, and the folders whose records cannot be read.
    /// Measuring walks through every folder of device `directory`.
    public func list(
        measured: Bool = true
    ) throws(DriverError) -> (volumes: [VolumeState], broken: [String]) {
        var states: [VolumeState] = []
        var broken: [String] = []
        for id in try identifiers() {
            do throws(DriverError) {
                if let state = try state(id, measured: measured) { states.append(state) }
            } catch { broken.append("\(id): \(error.cause)") }
        }
        return (states, broken)
    }

    /// One volume; nil when this machine has none of that identity.
    public func state(
        _ id: Identifier, measured: Bool = true
    ) throws(DriverError) -> VolumeState? {
        let folder = folder(of: id)
        guard let volume = try folder.load() else { return nil }
        var snapshots: [VolumeSnapshot] = []
        for name in try folder.snapshotNames() {
            if let snapshot = try folder.snapshot(name) { snapshots.append(snapshot) }
        }
        return try translating { () throws(ProcessError) in
            let mounted = try mounts.source(on: folder.mount) != nil
            return VolumeState(
                volume: volume, path: folder.data(volume.device),
                isReady: mounted || !volume.device.isMounted,
                used: measured ? try used(by: volume, in: folder, mounted) : nil,
                snapshots: snapshots)
        }
    }

    private func used(
        by volume: Volume, in folder: VolumeFolder, _ mounted: Bool
    ) throws(ProcessError) -> Int64 {
        switch volume.device {
        case .directory: try TreeWalk.measure(folder.data(.directory)).taken
        case .loop where mounted, .tmpfs where mounted: try mounts.space(folder.mount).used
        case .loop: try FileCopy.size(folder.image).taken
        case .tmpfs: 0
        }
    }

    func names() throws(DriverError) -> [String] {
        try translating { () throws(ProcessError) in try files.names(in: root) }
    }

    func identifiers() throws(DriverError) -> [Identifier] {
        try names().compactMap { Identifier($0) }
    }

    func folder(of id: Identifier) -> VolumeFolder { VolumeFolder(root: root, name: "\(id)") }

    /// The record of a volume that must be there.
    func known(_ id: Identifier, for operation: String) throws(DriverError) -> Volume {
        if let volume = try folder(of: id).load() { return volume }
        throw DriverError(
            .unknownInstance, operation: operation, subject: "\(id)",
            cause: "this machine has no such volume", remedy: "create it first")
    }

    /// Runs `body` while no other call works on these volumes.
    func exclusively<Result>(
        _ ids: Set<Identifier>, _ operation: String, _ body: () throws(DriverError) -> Result
    ) throws(DriverError) -> Result {
        let taken = busy.withLock { busy in
            if !busy.isDisjoint(with: ids) { return false }
            busy.formUnion(ids)
            return true
        }
        guard taken else {
            let names = ids.sorted().map(\.description).joined(separator: ", ")
            throw DriverError(
                .stillRunning, operation: operation, subject: names,
                cause: "another call is at work on it", remedy: "try again")
        }
        defer { busy.withLock { $0.subtract(ids) } }
        return try body()
    }

    func checkDevice(
        _ device: VolumeDevice, for operation: String, _ name: String
    ) throws(DriverError) {
        guard let reason = refusal(of: device) else { return }
        throw DriverError(
            .deviceMissing, operation: operation, subject: name,
            cause: "driver \(device.rawValue) is not available: \(reason)",
            remedy: device == .directory ? nil : "use driver directory")
    }
}
