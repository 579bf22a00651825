/// A block device with the label of its partition, as the kernel shows it.
public struct Partition: Hashable, Sendable {
    /// Its name: "vda2", "nvme0n1p2".
    public let name: String
    /// The disk it is on: "vda".
    public let disk: String
    /// The label in the partition table: "root-a".
    public let label: String

    /// The partition of that name.
    public init(name: String, disk: String, label: String) {
        self.name = name
        self.disk = disk
        self.label = label
    }

    /// Its device.
    public var path: String { "/dev/" + name }

    /// True for what a slot's root is on.
    public var isRoot: Bool { label.hasPrefix("root-") }

    /// Reads the `uevent` file of a partition of `disk`; nil when it is none, or has no label.
    public init?(uevent: String, disk: String) {
        var fields: [Substring: Substring] = [:]
        for line in uevent.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            fields[line[..<equals]] = line[line.index(after: equals)...]
        }
        guard fields["DEVTYPE"] == "partition", let name = fields["DEVNAME"],
            let label = fields["PARTNAME"]
        else { return nil }
        self.init(name: String(name), disk: disk, label: String(label))
    }
}

/// A place for a system on a disk: the root and the tree that proves it.
public struct Slot: Hashable, Sendable {
    /// Its letter: "a" or "b".
    public let letter: String
    /// The read-only root.
    public let root: Partition
    /// The hashes of the root's blocks.
    public let verity: Partition
    /// Where this disk keeps what changes; nil when it has no such partition.
    public let data: Partition?

    /// The letters there are.
    public static let letters = ["a", "b"]

    /// Finds the slot whose root carries `identity`.
    ///
    /// Several disks may carry it, when a machine made a copy of itself: the first disk in the
    /// kernel's order wins, and all parts come from the one disk. `read` gives the identity of a
    /// root partition, nil when it has none.
    public static func find(
        _ identity: [UInt8], among partitions: [Partition],
        _ read: (Partition) -> [UInt8]?
    ) throws(BootError) -> Slot {
        var seen: [String] = []
        for disk in disks(partitions) {
            let own = partitions.filter { $0.disk == disk }
            for letter in letters {
                guard let root = own.first(where: { $0.label == "root-" + letter }) else {
                    continue
                }
                let found = read(root)
                seen.append("\(root.name) (\(root.label)) \(found.map(hex) ?? "no file system")")
                guard found == identity else { continue }
                guard let verity = own.first(where: { $0.label == "verity-" + letter }) else {
                    throw BootError("find", "verity-\(letter) on \(disk)", "it is not there")
                }
                let data = own.first { $0.label == "data" }
                return Slot(letter: letter, root: root, verity: verity, data: data)
            }
        }
        let cause =
            seen.isEmpty
            ? "no disk has a partition root-a or root-b" : seen.joined(separator: ", ")
        throw BootError("find", "the root \(hex(identity))", cause)
    }

    /// Disks by name, shorter names first: vda, vdb … vdz, vdaa.
    private static func disks(_ partitions: [Partition]) -> [String] {
        Set(partitions.map(\.disk)).sorted {
            ($0.utf8.count, $0) < ($1.utf8.count, $1)
        }
    }

    /// The table of the verified device (verity.rst of the kernel): version 1, blocks of 4096
    /// bytes, SHA-256; the tree begins behind the superblock that `veritysetup` reads.
    public func table(_ words: KernelWords, panics: Bool) -> String {
        "1 \(root.path) \(verity.path) 4096 4096 \(words.blocks) 1 sha256 \(hex(words.rootHash)) "
            + hex(words.salt) + (panics ? " 1 panic_on_corruption" : "")
    }
}
