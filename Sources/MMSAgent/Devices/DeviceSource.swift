internal import Host
internal import Resources

/// What hangs on the PCI and USB buses, batteries and watchdogs.
final class DeviceSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "devices",
        kinds: [Kind.pciDevice, Kind.usbDevice, Kind.powerSupply, Kind.watchdog],
        mechanism: "kobject uevents of the PCI, USB, power and watchdog subsystems",
        why: "the kernel announces each device and driver",
        privilege: "none", fallback: "reads /sys every 30 s",
        mayMiss: "a device that comes and goes before it is read")
    let sampled: [TypeName: SampledFields] = [Kind.watchdog: .some(["state", "timeout"])]
    private(set) var interval: UInt64?
    private let bufferBytes: Int
    private var events = Uevents(["pci", "usb", "power_supply", "watchdog"])

    /// Reads devices with a receive buffer of so many bytes.
    init(bufferBytes: Int = Limits.sensorBuffer.value) { self.bufferBytes = bufferBytes }

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        do throws(KernelError) {
            return [
                try kernel.netlink(
                    Uevents.family, groups: [Uevents.group], bufferBytes: bufferBytes,
                    slot: Uevents.slot)
            ]
        } catch {
            contract.mechanism = "reads /sys every 30 s"
            contract.why = "\(error.operation): \(error.cause)"
            interval = 30_000
            return []
        }
    }

    func take(_ feed: Int, _ datagram: RawSpan) -> Hint { events.hint(datagram) }

    func read(_ kernel: any Kernel) -> Reading {
        let pci = folder("/sys/bus/pci/devices", kernel) { BusDevice.pci($0, $1, kernel) }
        let usb = folder("/sys/bus/usb/devices", kernel) { BusDevice.usb($0, $1, kernel) }
        let power = folder("/sys/class/power_supply", kernel) { Self.power($0, $1, kernel) }
        let dogs = folder("/sys/class/watchdog", kernel) { Self.watchdog($0, $1, kernel) }
        return .whole(pci + usb + power + dogs)
    }

    private func folder(
        _ path: String, _ kernel: any Kernel, _ one: (String, String) -> Seen?
    ) -> [Seen] {
        (kernel.list(path) ?? []).compactMap { one($0, "\(path)/\($0)") }
    }

    private static func power(_ name: String, _ path: String, _ kernel: any Kernel) -> Seen? {
        let text = { (field: String) in kernel.attribute("\(path)/\(field)") }
        guard let kind = text("type") else { return nil }
        var data: ValueMap = ["kind": .text(kind)]
        // 2 is for a supply whose voltage was agreed on.
        data.set("online", kernel.number("\(path)/online").map { $0 > 0 })
        data.set("scope", text("scope"))
        data.set("present", kernel.flag("\(path)/present"))
        data.set("status", text("status"))
        data.set("health", text("health"))
        data.set("technology", text("technology"))
        data.set("manufacturer", text("manufacturer"))
        data.set("model", text("model_name"))
        data.set("serial", text("serial_number"))
        data.set("cycles", kernel.number("\(path)/cycle_count"))
        data.set(
            "level",
            kernel.number("\(path)/capacity").map(Self.level) ?? Self.level(text("capacity_level")))
        data.set("designEnergy", designEnergy(path, kernel))
        return Seen(
            subject: Observation.Subject(type: Kind.powerSupply, name: subjectName(name)),
            identity: "\(name):\(kind):\(text("serial_number") ?? "")", data: data)
    }

    /// A charge in words: a percentage would be a change a minute.
    static func level(_ percent: Int64) -> String {
        switch percent {
        case ..<10: "critical"
        case ..<25: "low"
        case ..<90: "normal"
        default: "full"
        }
    }

    /// A level in the kernel's words, of a battery that tells no percentage.
    private static func level(_ word: String?) -> String? {
        switch word {
        case "Critical": "critical"
        case "Low": "low"
        case "Normal", "High": "normal"
        case "Full": "full"
        default: nil
        }
    }

    /// mWh; a battery tells it in µWh, or in µAh at a voltage in µV.
    private static func designEnergy(_ path: String, _ kernel: any Kernel) -> Int64? {
        if let energy = kernel.number("\(path)/energy_full_design") { return energy / 1000 }
        guard let charge = kernel.number("\(path)/charge_full_design"),
            let voltage = kernel.number("\(path)/voltage_min_design")
        else { return nil }
        let (product, isTooMuch) = charge.multipliedReportingOverflow(by: voltage)
        return isTooMuch ? nil : product / 1_000_000_000
    }

    private static func watchdog(_ name: String, _ path: String, _ kernel: any Kernel) -> Seen? {
        var data = ValueMap()
        data.set("model", kernel.attribute("\(path)/identity"))
        data.set("state", kernel.attribute("\(path)/state"))
        data.set("timeout", kernel.number("\(path)/timeout"))
        data.set("noWayOut", kernel.flag("\(path)/nowayout"))
        // WDIOF_CARDRESET (Documentation/watchdog/watchdog-api.rst).
        data.set("hasReset", kernel.number("\(path)/bootstatus").map { $0 & 0x20 != 0 })
        guard let device = kernel.attribute("\(path)/dev") else { return nil }
        data["device"] = .text(device)
        return Seen(
            subject: Observation.Subject(type: Kind.watchdog, name: subjectName(name)),
            identity: "\(name):\(device)", data: data)
    }
}
