/// The entries of a directory: 32 bytes each, long names before the short one they belong to
/// (Microsoft, "FAT: General Overview", pages 22 to 32).
struct FATDirectory {
    /// The volume's label, which is an entry of the root.
    let label: [UInt8]
    /// The time of all entries.
    let time: FATTime

    private static let entryBytes = 32
    private static let isLabel: UInt8 = 0x08
    private static let isDirectory: UInt8 = 0x10
    private static let isArchive: UInt8 = 0x20
    private static let isLongName: UInt8 = 0x0F
    /// Units of UTF-16 in one entry of a long name.
    private static let unitsOfEntry = 13

    /// Bytes of a directory's entries.
    static func bytes(of directory: FATNode, isRoot: Bool) -> Int64 {
        // The root has the label, every other `.` and `..`.
        let names = FATShortName.all(of: directory.children.map(\.name))
        let count = zip(directory.children, names).reduce(isRoot ? 1 : 2) { sum, child in
            sum + 1 + longEntries(child.0.name, child.1)
        }
        return Int64(count * entryBytes)
    }

    private static func longEntries(_ name: String, _ short: FATShortName) -> Int {
        short.isWhole ? 0 : (name.utf16.count + unitsOfEntry - 1) / unitsOfEntry
    }

    /// The entries of a directory; the root has no parent.
    func entries(of directory: FATNode, parent: FATNode?) -> [UInt8] {
        var bytes: [UInt8] = []
        if let parent {
            bytes += entry(Array(".          ".utf8), Self.isDirectory, directory.cluster)
            // The root is cluster 0 here (page 25).
            let above = parent.name.isEmpty ? 0 : parent.cluster
            bytes += entry(Array("..         ".utf8), Self.isDirectory, above)
        } else {
            bytes += entry(label, Self.isLabel, 0)
        }
        let names = FATShortName.all(of: directory.children.map(\.name))
        for (child, short) in zip(directory.children, names) {
            if !short.isWhole { bytes += longName(child.name, short) }
            bytes += entry(
                short.bytes, child.isDirectory ? Self.isDirectory : Self.isArchive,
                child.cluster, size: child.content?.size ?? 0)
        }
        return bytes
    }

    private func entry(
        _ name: [UInt8], _ attributes: UInt8, _ cluster: Int64, size: Int64 = 0
    ) -> [UInt8] {
        var bytes = name + [attributes, 0, 0]
        bytes.append(little: time.time)
        bytes.append(little: time.date)
        bytes.append(little: time.date)
        bytes.append(little: UInt16(truncatingIfNeeded: cluster >> 16))
        bytes.append(little: time.time)
        bytes.append(little: time.date)
        bytes.append(little: UInt16(truncatingIfNeeded: cluster))
        bytes.append(little: UInt32(truncatingIfNeeded: size))
        return bytes
    }

    /// The entries of a long name, its last part first.
    private func longName(_ name: String, _ short: FATShortName) -> [UInt8] {
        var units = Array(name.utf16)
        let count = Self.longEntries(name, short)
        if units.count % Self.unitsOfEntry != 0 { units.append(0) }
        while units.count < count * Self.unitsOfEntry { units.append(0xFFFF) }
        var bytes: [UInt8] = []
        for index in (0..<count).reversed() {
            let start = index * Self.unitsOfEntry
            let isLast = index == count - 1
            bytes.append(UInt8(index + 1) | (isLast ? 0x40 : 0))
            for unit in units[start..<start + 5] { bytes.append(little: unit) }
            bytes += [Self.isLongName, 0, short.checksum]
            for unit in units[start + 5..<start + 11] { bytes.append(little: unit) }
            bytes += [0, 0]
            for unit in units[start + 11..<start + 13] { bytes.append(little: unit) }
        }
        return bytes
    }
}
