public import Host
public import Resources

/// A machine that is a guest of this one: what it is given.
public struct Guest: Hashable, Sendable {
    /// Its name, also that of its folder.
    public let name: ResourceName
    /// Its memory, in MiB.
    public let memory: Int
    /// Its processors.
    public let processors: Int
    /// Where its console is reached on this machine.
    public let console: Endpoint
    /// The wire between this machine and a guest that is a node; nil for one that reaches nothing.
    public let wire: GuestWire?

    /// What runs guests (package `qemu-system-x86`).
    public static let program = "qemu-system-x86_64"
    /// The port of the API in a guest of our image.
    static let port = 7117

    /// A guest of that name; refused when something of it cannot be given.
    public init(
        _ name: ResourceName, memory: Int?, processors: Int?, console: String?,
        wire: GuestWire? = nil
    ) throws(DriverError) {
        func refusal(_ cause: String, _ remedy: String) -> DriverError {
            DriverError(
                .invalid, operation: "make", subject: "guest \(name)", cause: cause,
                remedy: remedy)
        }
        for (what, value, limit) in [
            ("memory", memory, Limits.guestMemory),
            ("processors", processors, Limits.guestProcessors),
        ] {
            if let value, !limit.range.contains(value) {
                throw refusal(
                    "\(what) of \(value) \(limit.unit) is out of range",
                    "give it \(limit.range.lowerBound) to \(limit.range.upperBound)")
            }
        }
        guard name.text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        else { throw refusal("its name has more than letters, digits and -", "name it otherwise") }
        self.name = name
        self.memory = memory ?? Limits.guestMemory.value
        self.processors = processors ?? Limits.guestProcessors.value
        self.wire = wire
        if let wire {
            self.console = Endpoint(wire.guest, UInt16(Self.port))
            return
        }
        let halves = (console ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, let address = IPAddress(String(halves[0])), !address.isVersion6,
            let port = UInt16(halves[1]), port > 0
        else {
            throw refusal(
                "'\(printable(console ?? ""))' is no address and port for its console",
                "write where it is reached on this machine, as 127.0.0.1:7201")
        }
        self.console = Endpoint(address, port)
    }

    /// The words for qemu, over the files of its folder. A guest without a wire reaches nothing: its
    /// network ends in qemu, which lets its console in (`restrict=on`, qemu-options: -netdev user).
    /// `acceleration` is what runs its instructions, the first that qemu can use.
    func arguments(
        _ files: GuestFolder, firmware: String, acceleration: [String]
    ) -> [String] {
        let drive = "if=virtio,format=raw,discard=unmap,file=\(files.disk)"
        return [
            "-machine", "q35", "-cpu", "max",
            "-m", "\(memory)", "-smp", "\(processors)", "-nodefaults", "-display", "none",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny",
            "-drive", "if=pflash,format=raw,readonly=on,file=\(firmware)",
            "-drive", "if=pflash,format=raw,file=\(files.variables)", "-drive", drive,
            "-device", "virtio-rng-pci",
            "-chardev",
            "socket,id=serial,path=\(files.socket),server=on,wait=off,logfile=\(files.serial),"
                + "logappend=on",
            "-serial", "chardev:serial",
        ] + network(files) + acceleration.flatMap { ["-accel", $0] }
    }

    private func network(_ files: GuestFolder) -> [String] {
        guard let wire else {
            return [
                "-netdev", "user,id=net,restrict=on,hostfwd=tcp:\(console)-:\(Self.port)",
                "-device", "virtio-net-pci,netdev=net,romfile=",
            ]
        }
        let device = "virtio-net-pci,netdev=net,mac=\(wire.hardware(of: name)),romfile="
        return [
            "-netdev",
            "tap,id=net,ifname=\(wire.interface(of: name)),script=no,downscript=no",
            "-device", device,
            "-drive", "if=virtio,format=raw,readonly=on,file=\(files.ticket)",
        ]
    }
}

/// The files of one guest.
struct GuestFolder: Hashable {
    let path: String

    var disk: String { path + "/disk" }
    var variables: String { path + "/variables" }
    var serial: String { path + "/serial" }
    var socket: String { path + "/console" }
    /// What tells a guest with a wire who it is; a disk of its own.
    var ticket: String { path + "/ticket" }
    /// What the disk was made of, in one line; written when it was whole.
    var source: String { path + "/source" }

    /// Why the folder cannot be named to qemu or hold a socket; nil when it can.
    var flaw: String? {
        // 107 bytes are a socket's path (unix(7)); a comma begins an option of qemu.
        if socket.utf8.count > 107 { return "is too long for a socket" }
        return path.contains(",") ? "has a comma" : nil
    }
}
