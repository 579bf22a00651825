internal import Resources

/// The types of devices and of the kernel's state.
enum HardwareTypes {
    static let all = DeviceTypes.all + FirmwareTypes.all + KernelTypes.all

    static func relation(
        _ name: String, to target: [TypeName], _ summary: String, single: Bool = true
    ) -> TypeDefinition.RelationDefinition {
        TypeDefinition.RelationDefinition(
            known { () throws(NameError) in try Relation(name) }, to: target, summary,
            single: single)
    }
}

extension Kind {
    private static func named(_ name: String) -> TypeName {
        known { () throws(NameError) in try TypeName(name) }
    }

    static let blockDevice = named("block-device")
    static let pciDevice = named("pci-device")
    static let usbDevice = named("usb-device")
    static let powerSupply = named("power-supply")
    static let watchdog = named("watchdog")
    static let cpu = named("cpu")
    static let numaNode = named("numa-node")
    static let hardware = named("hardware")
    static let firmware = named("firmware")
    static let secureBoot = named("secure-boot")
    static let memoryArray = named("memory-array")
    static let memoryModule = named("memory-module")
    static let memoryRange = named("memory-range")
    static let memoryError = named("memory-error")
    static let memoryController = named("memory-controller")
    static let memoryRegion = named("memory-region")
    static let smbiosStructure = named("smbios-structure")
    static let acpiTable = named("acpi-table")
    static let kernel = named("kernel")
    static let securityModule = named("security-module")
    static let apparmorProfile = named("apparmor-profile")
    static let kernelModule = named("kernel-module")
    static let sysctl = named("sysctl")
    static let kernelKey = named("kernel-key")
    static let swap = named("swap")
    static let kernelLog = named("kernel-log")
    static let audit = named("audit")
    static let securityEvent = named("security-event")
    /// The file behind a loop device or a swap area, and the user behind a key: of other sensors.
    static let backingFile = named("file")
    static let owner = named("user")
}
