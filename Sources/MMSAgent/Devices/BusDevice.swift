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
        data.set("speed", kernel.number("\(path)/speed"))
        data.set("removable", text("removable").map { $0 == "removable" })
        data.set("authorized", kernel.flag("\(path)/authorized"))
        data.set("driver", kernel.linkName("\(path)/driver"))
        var one = Seen(
            subject: Observation.Subject(type: Kind.usbDevice, name: subjectName(name)),
            identity: "\(name):\(text("devnum") ?? ""):\(vendor):\(product)", data: data)
        if let above = kernel.link(path)?.split(separator: "/").dropLast().last,
            above.hasPrefix("usb") || above.contains("-")
        {
            one.links["PARENT"] = [
                Observation.Subject(type: Kind.usbDevice, name: subjectName(String(above)))
            ]
        }
        return one
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
