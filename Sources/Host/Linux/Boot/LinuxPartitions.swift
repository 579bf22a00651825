/// The partitions of a disk by the labels of its table, as the kernel shows them.
public enum LinuxPartitions {
    /// The device of each labelled partition of a disk such as `vda`; none when there is no such
    /// disk.
    public static func labelled(of disk: String) -> [String: String] {
        guard !disk.isEmpty, !disk.contains("/"), disk.first != "." else { return [:] }
        let folder = "/sys/block/\(disk)"
        // A disk that is not there has no partitions.
        let names = (try? LinuxFiles().names(in: folder)) ?? []
        var devices: [String: String] = [:]
        for name in names.sorted() where name.hasPrefix(disk) {
            // A partition that goes while it is read is not there.
            let text = (try? LinuxFile.read("\(folder)/\(name)/uevent", limit: 4096)) ?? []
            guard let label = label(String(decoding: text, as: UTF8.self)) else { continue }
            if devices[label] == nil { devices[label] = "/dev/\(name)" }
        }
        return devices
    }

    private static func label(_ event: String) -> String? {
        event.split(separator: "\n").first { $0.hasPrefix("PARTNAME=") }
            .map { String($0.dropFirst(9)) }
    }
}
