internal import Host
internal import Resources

/// Devices of the buses.
enum BusDevice {
    /// A PCI function.
    static func pci(_ name: String, _ path: String, _ kernel: any Kernel) -> Seen? {
        let number = { (field: String) in digits(kernel.attribute("\(path)/\(field)")) }
        guard PCIAddress.isOne(name), let vendor = number("vendor"), let device = number("device")
        else { return nil }
        var data: ValueMap = [
            "address": .text(name), "vendorId": .text(vendor), "deviceId": .text(device),
        ]
        data.set("class", number("class"))
        data.set("className", number("class").flatMap(className))
        data.set("subsystemVendorId", number("subsystem_vendor"))
        data.set("subsystemDeviceId", number("subsystem_device"))
        data.set("hardwareRevision", number("revision"))
        data.set("driver", kernel.linkName("\(path)/driver"))
        data.set("iommuGroup", kernel.linkName("\(path)/iommu_group"))
        let node = kernel.number("\(path)/numa_node")
        data.set("numaNode", node.flatMap { $0 < 0 ? nil : $0 })
        var one = Seen(
            subject: Observation.Subject(type: Kind.pciDevice, name: subjectName(name)),
            identity: "\(name):\(vendor):\(device)", data: data)
        let above = kernel.link(path)?.split(separator: "/").dropLast().last
        if let above, PCIAddress.isOne(above) {
            one.links["PARENT"] = [
                Observation.Subject(type: Kind.pciDevice, name: subjectName(String(above)))
            ]
        }
        return one
    }

    /// A USB device or hub.
    static func usb(_ name: String, _ path: String, _ kernel: any Kernel) -> Seen? {
        let text = { (field: String) in kernel.attribute("\(path)/\(field)") }
        // Interfaces of devices have a colon in their names.
        guard !name.contains(":"), let vendor = text("idVendor"), let product = text("idProduct")
        else { return nil }
        var data: ValueMap = ["vendorId": .text(vendor), "productId": .text(product)]
        data.set("bus", kernel.number("\(path)/busnum"))
        data.set("number", kernel.number("\(path)/devnum"))
        data.set("vendor", text("manufacturer"))
        data.set("product", text("product"))
        data.set("serial", text("serial"))
        data.set("version", text("bcdDevice"))
        data.set("usbVersion", text("version"))
        data.set("class", text("bDeviceClass"))
        data.set("subclass", text("bDeviceSubClass"))
        data.set("protocol", text("bDeviceProtocol"))
        data.set("speed", text("speed").flatMap(kilobits))
        let removable = text("removable").flatMap { ["removable": true, "fixed": false][$0] }
        data.set("removable", removable)
        data.set("authorized", kernel.flag("\(path)/authorized"))
        data.set("driver", kernel.linkName("\(path)/driver"))
        let interfaces = (kernel.list(path) ?? []).filter { $0.contains(":") }
        let drivers = Set(interfaces.compactMap { kernel.linkName("\(path)/\($0)/driver") })
        data.set("interfaceDrivers", drivers.sorted())
        var one = Seen(
            subject: Observation.Subject(type: Kind.usbDevice, name: subjectName(name)),
            identity: "\(name):\(text("devnum") ?? ""):\(vendor):\(product)", data: data)
        // A root hub hangs on a controller, whatever that is called.
        let isRoot = name.hasPrefix("usb")
        if let above = kernel.link(path)?.split(separator: "/").dropLast().last.map(String.init),
            !isRoot || PCIAddress.isOne(above)
        {
            one.links[isRoot ? "AT" : "PARENT"] = [
                Observation.Subject(
                    type: isRoot ? Kind.pciDevice : Kind.usbDevice, name: subjectName(above))
            ]
        }
        return one
    }

    /// A speed in Mbit/s, which the kernel writes as 1.5, 12, 480 and so on, in kbit/s.
    static func kilobits(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = decimal(parts[0].utf8), whole < 1 << 32 else {
            return nil
        }
        guard parts.count == 2 else { return Int64(whole) * 1000 }
        guard parts[1].utf8.count == 1, let tenths = decimal(parts[1].utf8) else { return nil }
        return Int64(whole) * 1000 + Int64(tenths) * 100
    }

    /// The digits of a hexadecimal number with a prefix.
    private static func digits(_ text: String?) -> String? {
        text.map { $0.hasPrefix("0x") ? String($0.dropFirst(2)) : $0 }
    }

    /// The base class of a class number (PCI Code and ID Assignment Specification, 1).
    static func className(_ digits: String) -> String? {
        guard digits.count == 6, let base = Int(digits.prefix(2), radix: 16) else { return nil }
        let names = [
            "unclassified", "storage", "network", "display", "multimedia", "memory", "bridge",
            "communication", "system", "input", "docking station", "processor", "serial bus",
            "wireless", "intelligent", "satellite", "encryption", "signal processing",
            "accelerator", "instrumentation",
        ]
        return names.indices.contains(base) ? names[base] : nil
    }
}
