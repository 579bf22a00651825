public import Host
public import Resources
internal import Synchronization

/// Guests of this machine under qemu: their disks, and their processes, which outlive Pisces and
/// are found again by a ledger. One thread at a time for a guest.
public final class GuestDriver<P: Processes>: Sendable {
    /// The folder that holds a folder for each guest.
    public let root: String
    let processes: P
    private let clock: any Clock
    private let entropy: any Entropy
    let files = LinuxFiles()
    /// Bytes of a disk that has a ticket.
    private static var ticketBytes: Int { 4096 }
    /// Where the processor's help is there and of no use, as in some nested guests, all is emulated.
    private let emulates = Atomic<Bool>(false)

    /// What runs of a guest.
    public enum Life: Hashable, Sendable {
        /// Nothing.
        case none
        /// It runs as that process.
        case runs(pid: Int32)
        /// It ended by itself; how, and what qemu said last.
        case ended(String)
    }

    /// Guests in folders below `root`, whose processes are in a ledger of their own.
    public init(root: String, processes: P, clock: any Clock, entropy: any Entropy) {
        self.root = root
        self.processes = processes
        self.clock = clock
        self.entropy = entropy
        // Ends are seen at the next look.
        processes.onEnd { _, _ in }
    }

    func folder(_ name: ResourceName) -> GuestFolder { GuestFolder(path: "\(root)/\(name)") }

    // MARK: The disk

    /// What the disk of a guest was made of; nil when there is none that is whole.
    public func source(of name: ResourceName) throws(DriverError) -> String? {
        try translating { () throws(ProcessError) in
            try files.text(folder(name).source).map { String($0.prefix { $0 != "\n" }) }
        }
    }

    /// Makes the folder of a guest, and gives the name of the file that becomes its disk. What is
    /// left of one that was not finished goes.
    public func beginDisk(of name: ResourceName) throws(DriverError) -> String {
        let folder = folder(name)
        if let flaw = folder.flaw {
            throw DriverError(
                .unsupported, operation: "make", subject: folder.path,
                cause: "the folder \(flaw)", remedy: "keep the state of the node elsewhere")
        }
        try translating { () throws(ProcessError) in
            try files.makeFolder(folder.path)
            for path in [folder.source, folder.disk, folder.disk + ".part", folder.variables] {
                try files.remove(path)
            }
        }
        return folder.disk
    }

    /// The disk of a guest is whole; `source` is what it was made of.
    public func finishDisk(of name: ResourceName, source: String) throws(DriverError) {
        try translating { () throws(ProcessError) in
            try files.sync(folder: folder(name).path)
            try files.replace(folder(name).source, with: Array((source + "\n").utf8))
        }
    }

    /// Deletes all of a guest that does not run.
    public func erase(_ name: ResourceName) throws(DriverError) {
        if case .runs(let pid) = try life(of: name) {
            throw DriverError(
                .stillRunning, operation: "delete", subject: "guest \(name)",
                cause: "it runs as process \(pid)", remedy: "stop it first")
        }
        try translating { () throws(ProcessError) in
            try files.remove(folder(name).path)
            try files.sync(folder: root)
        }
    }

    // MARK: The process

    /// What runs of a guest; one that an earlier life of Pisces started is found.
    public func life(of name: ResourceName) throws(DriverError) -> Life {
        var ended: LedgerEntry?
        for entry in try entries(of: name) {
            if let process = try running(entry) { return .runs(pid: process.pid) }
            ended = entry
        }
        guard let ended, ended.record != nil else { return .none }
        return .ended(ended.end?.exit?.description ?? "unknown status")
    }

    private func running(_ entry: LedgerEntry) throws(DriverError) -> ProcessIdentity? {
        guard let record = entry.record, entry.end == nil else { return nil }
        return try translating { () throws(ProcessError) -> ProcessIdentity? in
            if try processes.watch(record.process, as: entry.key) { return record.process }
            // It ended while nobody looked.
            try processes.settle(entry.key, ProcessEnd(exit: nil, at: nil))
            return nil
        }
    }

    private func entries(of name: ResourceName) throws(DriverError) -> [LedgerEntry] {
        try translating { () throws(ProcessError) in
            try processes.ledger().filter { $0.intent == Array(name.text.utf8) }
        }
    }

    /// Starts a guest whose disk is there; one that runs goes on. Lives before it are forgotten.
    /// `ticket` tells a guest with a wire who it is; without, it is who it was.
    public func start(
        _ guest: Guest, qemu: String, firmware: GuestFirmware, ticket: String? = nil
    ) throws(DriverError) -> Int32 {
        if case .runs(let pid) = try life(of: guest.name) { return pid }
        try forget(guest.name)
        let folder = folder(guest.name)
        var launch = Launch(
            qemu,
            guest.arguments(
                folder, firmware: firmware.code,
                acceleration: acceleration),
            directory: folder.path)
        launch.environment = ["LC_ALL": "C", "PATH": ExecutablePath.standard]
        let ready = launch
        let key = entropy.identifier(at: clock.now)
        return try translating { () throws(ProcessError) -> Int32 in
            if files.kind(folder.variables) == nil {
                _ = try FileCopy.copy(firmware.variables, to: folder.variables)
            }
            if guest.wire != nil {
                var bytes = Array((ticket ?? "").utf8)
                bytes += repeatElement(0, count: max(0, Self.ticketBytes - bytes.count))
                try files.replace(folder.ticket, with: bytes, mode: 0o600)
            }
            try files.remove(folder.socket)
            try files.remove(folder.serial)
            try processes.intend(key, Array(guest.name.text.utf8))
            try processes.listOutput(of: key, as: "guest-\(guest.name)")
            return try processes.launch(ready, as: key).process.pid
        }
    }

    /// What runs a guest's instructions: the first of these that qemu can begin with.
    var acceleration: [String] {
        emulates.load(ordering: .relaxed) ? ["tcg"] : ["kvm", "tcg"]
    }

    /// From now on guests are started without the processor's help, when that is what one ended
    /// of; `words` are the last it said.
    public func learn(from words: String) {
        if words.contains("kvm") { emulates.store(true, ordering: .relaxed) }
    }

    /// Gives this machine its address on the wire of a guest that runs.
    public func connect(_ guest: Guest) throws(DriverError) {
        guard let wire = guest.wire else { return }
        let interface = wire.interface(of: guest.name)
        do throws(LinuxMachine.Failure) {
            try LinuxLink.raise(interface)
            try LinuxLink(interface).setAddress(wire.host, mask: Lease.mask(wire.prefix))
        } catch {
            throw DriverError(
                .failed, operation: "connect", subject: "guest \(guest.name)", cause: "\(error)",
                remedy: "see that Pisces may configure interfaces, and that /dev/net/tun is there")
        }
    }

    /// Ends a guest, as a cut of the power does: its data are made for that. True when nothing of
    /// it runs any more.
    public func stop(_ name: ResourceName) throws(DriverError) -> Bool {
        var isEnded = true
        for entry in try entries(of: name) {
            guard let process = try running(entry) else { continue }
            isEnded = false
            try translating { () throws(ProcessError) in
                try processes.stop(
                    process, as: entry.key, graceMilliseconds: UInt64(Limits.guestGrace.value),
                    signal: 15)
            }
        }
        return isEnded
    }

    /// Forgets the lives of a guest that ended.
    public func forget(_ name: ResourceName) throws(DriverError) {
        for entry in try entries(of: name) {
            if try running(entry) != nil { continue }
            try translating { () throws(ProcessError) in
                try processes.keepOutput(of: entry.key, as: "guest-\(name)")
                try processes.forget(entry.key)
            }
        }
    }

    // MARK: What is seen of it

    /// What it shows on its serial line, the last of it; what is more is cut off.
    public func screen(of name: ResourceName) throws(DriverError) -> String {
        let path = folder(name).serial
        guard let size = files.status(path)?.size else { return "" }
        if size > Limits.guestSerial.value {
            // qemu appends: what comes next begins the file anew.
            do throws(DiskError) {
                let file = try LinuxDisk().open(path, writing: true)
                defer { file.close() }
                try file.truncate(to: 0)
            } catch {
                throw DriverError(
                    .failed, operation: "cut", subject: path, cause: "\(error)")
            }
            return ""
        }
        return try translating { () throws(ProcessError) -> String in
            let bytes = try files.read(path, atMost: 2 * Limits.guestSerial.value) ?? []
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

extension GuestDriver where P == LinuxProcesses {
    /// Guests of this machine, below `root`.
    public static func linux(
        root: String, clock: any Clock, entropy: any Entropy
    ) throws(DriverError) -> GuestDriver {
        let processes = try translating { () throws(ProcessError) in
            try LinuxProcesses(ledger: root + "/ledger")
        }
        return GuestDriver(root: root, processes: processes, clock: clock, entropy: entropy)
    }

    /// Makes `disk` of the bytes of an image, without its holes.
    public func copyDisk(_ image: String, to disk: String) throws(DriverError) {
        guard image.hasPrefix("/"), case .file? = LinuxFiles().kind(image, following: false) else {
            throw DriverError(
                .invalid, operation: "copy", subject: printable(image),
                cause: "it is no file of this machine",
                remedy: "name the image of a disk from / on, as pisces image build makes it")
        }
        try translating { () throws(ProcessError) in
            _ = try FileCopy.copy(image, to: disk)
        }
    }

    /// The last line that qemu said of a guest that ended; nil for none.
    public func lastWords(of name: ResourceName) throws(DriverError) -> String? {
        try translating { () throws(ProcessError) -> String? in
            let entries = try processes.ledger().filter { $0.intent == Array(name.text.utf8) }
            guard let last = entries.last,
                let said = try files.text(processes.output(of: last.key), atMost: 1 << 20)
            else { return nil }
            return said.split(separator: "\n").last.map { printable(String($0.prefix(300))) }
        }
    }
}
