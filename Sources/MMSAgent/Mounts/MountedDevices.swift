internal import Host
internal import Resources

extension Kernel {
    /// The names of the block devices that file systems are on, by major:minor.
    ///
    /// A file system on many devices, as btrfs, has a number that is no device's: there what was
    /// mounted says the first of them.
    func blockDevices(of records: [MountRecord]) -> [String: String] {
        var names: [String: String] = [:]
        for record in records where names[record.device] == nil {
            var number = record.device
            if number.hasPrefix("0:") {
                guard record.source.hasPrefix("/dev/"),
                    let node = status(record.source, following: true), node.kind == .blockDevice
                else { continue }
                number = Self.text(ofDevice: node.represents)
            }
            names[record.device] = linkName("/sys/dev/block/\(number)").map(BlockDevice.deviceName)
        }
        return names
    }

    /// major:minor of a device number as the C library writes it (makedev(3)).
    private static func text(ofDevice number: UInt64) -> String {
        let major = (number >> 8 & 0xFFF) | (number >> 32 & ~0xFFF)
        let minor = (number & 0xFF) | (number >> 12 & 0xFFFF_FF00)
        return "\(major):\(minor)"
    }
}
