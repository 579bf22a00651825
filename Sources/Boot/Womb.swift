internal import CBoot
internal import Glibc

/// The first program of a machine: it finds the root that the kernel's command line names, proves
/// it, and becomes the root's own first program.
public struct Womb {
    /// What went wrong and did not end the boot.
    private var notes: [String] = []
    /// What the next program is told.
    private var environment: [String] = ["PATH=/usr/bin:/pisces/bin", "HOME=/data"]

    /// Where modules lie in the initramfs; they are loaded in the bytewise order of their names.
    static let modules = "/modules"
    /// What PID 1 of the root is.
    static let successor = "/pisces/bin/pisces"
    /// How long disks may take to appear, in steps of 20 ms.
    private static let diskSteps = 500
    /// Seconds the watchdog leaves until PID 1 of the root feeds it.
    private static let watchdogSeconds: Int32 = 60

    /// A boot that has not begun.
    public init() {}

    /// Boots, when this is the first process. Comes back only when nothing of it worked; then the
    /// machine resets.
    public static func boot() -> Never {
        guard getpid() == 1 else {
            Kernel.say("womb is the first program of an image, and runs as nothing else\n")
            exit(2)
        }
        var womb = Womb()
        // Without a readable command line the standard holds.
        let line = (try? Kernel.text("/proc/cmdline")) ?? ""
        do throws(BootError) { try womb.enterRoot(line) } catch {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
            let seconds = KernelWords.panicSeconds(words)
            Kernel.say(RescueScreen(error, notes: womb.notes, seconds: seconds).text)
            Kernel.pause(milliseconds: UInt32(seconds) * 1000)
        }
        _ = cboot_restart()
        // A machine that refuses to restart is the kernel's to end: it panics when PID 1 ends.
        exit(1)
    }

    private mutating func enterRoot(_ line: String) throws(BootError) {
        loadModules()
        armWatchdog()
        let words = try KernelWords(reading: line)
        let slot = try findSlot(words)
        let device = try openVerity(slot, words)
        try mountRoot(device, slot, words)
        openData(slot)
        environment += [
            "PISCES_SLOT=\(slot.letter)", "PISCES_DISK=\(slot.root.disk)",
            "PISCES_ROOT=\(hex(words.identity))",
        ]
        if !notes.isEmpty {
            environment.append("PISCES_NOTES=\(notes.joined(separator: "; "))")
        }
        try switchRoot()
    }

    private mutating func loadModules() {
        for name in Kernel.names(Self.modules) {
            let code = unsafe cboot_load_module("\(Self.modules)/\(name)")
            // What needs it says so itself; here only the reason is known.
            if code < 0 { notes.append("module \(name) was not loaded: \(Kernel.words(-code))") }
        }
    }

    /// Before anything that could hang. It goes on running when this program ends.
    private mutating func armWatchdog() {
        let code = unsafe cboot_arm_watchdog("/dev/watchdog", Self.watchdogSeconds)
        if code < 0 { notes.append("no watchdog: \(Kernel.words(-code))") }
    }

    private func findSlot(_ words: KernelWords) throws(BootError) -> Slot {
        var found = partitions()
        for _ in 0..<Self.diskSteps where !found.contains(where: \.isRoot) {
            Kernel.pause(milliseconds: 20)
            found = partitions()
        }
        return try Slot.find(words.identity, among: found) { partition in
            // An unreadable partition carries no identity; the screen lists it so.
            let bytes = try? Kernel.read(partition.path, FileSystemHeader.bytesNeeded)
            return bytes.flatMap(FileSystemHeader.rootIdentity)
        }
    }

    /// The labelled partitions that the kernel has found so far.
    private func partitions() -> [Partition] {
        let folder = "/sys/block"
        return Kernel.names(folder).flatMap { disk in
            Kernel.names("\(folder)/\(disk)").filter { $0.hasPrefix(disk) }.compactMap { name in
                // A partition that goes while it is read is not there.
                (try? Kernel.text("\(folder)/\(disk)/\(name)/uevent")).flatMap {
                    Partition(uevent: $0, disk: disk)
                }
            }
        }
    }

    private static let device = "pisces-root"

    private func openVerity(_ slot: Slot, _ words: KernelWords) throws(BootError) -> String {
        let code = unsafe cboot_open_verity(
            Self.device, slot.table(words, panics: false), words.blocks * 8, 0)
        try Kernel.check(code, "verify", "slot \(slot.letter) (\(slot.root.path))")
        return "/dev/dm-0"
    }

    /// Mounts the root and reads what the boot needs of it while a damaged block is still an
    /// error that can be shown; from then on it stops the kernel.
    private func mountRoot(
        _ device: String, _ slot: Slot, _ words: KernelWords
    ) throws(BootError) {
        let flags = cboot_read_only | cboot_no_devices
        do throws(BootError) {
            try Kernel.mount(device, at: "/sysroot", "erofs", flags: flags)
            _ = try Kernel.read("/sysroot/pisces/description", 1 << 20)
            _ = try Kernel.read("/sysroot" + Self.successor, 1 << 16)
        } catch {
            throw BootError(
                "read", "the root in slot \(slot.letter) (\(slot.root.path))",
                "\(error.cause): it is not the root that was built, a block is damaged")
        }
        let code = unsafe cboot_open_verity(
            Self.device, slot.table(words, panics: true), words.blocks * 8, 1)
        try Kernel.check(code, "guard", "slot \(slot.letter) (\(slot.root.path))")
    }

    private func switchRoot() throws(BootError) {
        for folder in ["/dev", "/proc", "/sys"] {
            try Kernel.mount(folder, at: "/sysroot" + folder, "", flags: cboot_move)
        }
        guard unsafe chdir("/sysroot") == 0 else {
            throw BootError("enter", "the root", Kernel.words(errno))
        }
        try Kernel.check(cboot_enter_root(), "enter", "the root")
        let arguments = unsafe Self.pointers(["pisces", "init"])
        let variables = unsafe Self.pointers(environment)
        let code: Int32 = unsafe cboot_become(Self.successor, arguments, variables)
        throw BootError("run", Self.successor, Kernel.words(-code))
    }
}

extension Womb {
    /// Texts as execve(2) takes them. Never given back: the program ends or becomes another.
    private static func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe texts.map { text in unsafe strdup(text) } + [nil]
    }

    /// Mounts what changes. A machine whose data are lost boots all the same, with nothing but
    /// memory, and says so.
    private mutating func openData(_ slot: Slot) {
        do throws(BootError) {
            guard let data = slot.data else {
                throw BootError("find", "data on \(slot.root.disk)", "no partition has that label")
            }
            try mountData(data)
            environment.append("PISCES_DATA=\(data.name)")
        } catch {
            environment.append("PISCES_DATA_LOST=\(error)")
            let code = unsafe cboot_mount("data", "/sysroot/data", "tmpfs", 0, "mode=0755")
            if code < 0 { notes.append("no memory for data: \(Kernel.words(-code))") }
        }
    }

    private mutating func mountData(_ data: Partition) throws(BootError) {
        let bytes = try Kernel.read(data.path, FileSystemHeader.bytesNeeded)
        guard let header = FileSystemHeader.Data(bytes) else {
            throw BootError("mount", data.path, "it holds no ext4")
        }
        // Torn by a cut of the power it is written again at the next boot: nothing of it is used.
        if header.isUntouched {
            let block = FileSystemHeader.superblock(of: bytes, seed: try random())
            try Kernel.put(block, to: data.path, at: FileSystemHeader.start)
        }
        try Kernel.mount(
            data.path, at: "/sysroot/data", "ext4", flags: cboot_no_access_times)
        do throws(BootError) {
            try grow(header, data)
            if header.isTemplate { try identify() }
        } catch {
            // It works as it is; the next boot tries again.
            notes.append("\(error)")
        }
    }

    private func grow(_ header: FileSystemHeader.Data, _ data: Partition) throws(BootError) {
        let file = unsafe open(data.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BootError("open", data.path, Kernel.words(errno)) }
        let room = cboot_device_bytes(file)
        close(file)
        guard room > 0, let blocks = header.blocks(growingTo: UInt64(room)) else { return }
        let code = try Kernel.withFolder("/sysroot/data") { folder in
            cboot_resize_file_system(folder, blocks)
        }
        try Kernel.check(code, "grow", "\(data.path) to \(blocks) blocks")
    }

    /// Gives the data an identity of their own: that of the template is in every image.
    private func identify() throws(BootError) {
        var identity = try random()
        // Version 4, variant 1 (RFC 9562).
        identity[6] = identity[6] & 0x0F | 0x40
        identity[8] = identity[8] & 0x3F | 0x80
        let code = try Kernel.withFolder("/sysroot/data") { folder in
            unsafe cboot_set_identity(folder, identity)
        }
        try Kernel.check(code, "identify", "the data")
    }

    private func random() throws(BootError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        try Kernel.check(unsafe cboot_random(&bytes, 16), "make", "an identity")
        return bytes
    }
}
