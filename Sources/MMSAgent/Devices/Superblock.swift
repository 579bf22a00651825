internal import Host

/// What lies on a block device, by the magic numbers of its first 68 KiB.
struct Superblock: Hashable, Sendable {
    /// The name blkid gives it: ext4, xfs, swap, crypto_LUKS …
    var type: String
    var uuid: String?
    var label: String?

    /// As many bytes as the farthest superblock needs: btrfs begins its own at 64 KiB.
    static let bytes = 69_632

    /// Recognises what the bytes of a device begin with; nil for what it does not know.
    init?(_ bytes: [UInt8]) {
        let known: [([UInt8]) -> Superblock?] = [
            Self.luks, Self.raid, Self.volume, Self.xfs, Self.ext, Self.btrfs, Self.swap, Self.f2fs,
            Self.erofs, Self.squashfs, Self.iso, Self.ntfs, Self.exfat, Self.fat,
        ]
        for recognise in known {
            if let found = recognise(bytes) {
                self = found
                return
            }
        }
        return nil
    }

    private init(_ type: String, uuid: String? = nil, label: String? = nil) {
        self.type = type
        self.uuid = uuid
        self.label = label
    }

    // MARK: Fields

    private static func has(_ magic: String, _ bytes: [UInt8], at offset: Int) -> Bool {
        bytes.dropFirst(offset).starts(with: magic.utf8)
    }

    private static func text(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> String? {
        var part = bytes.dropFirst(offset).prefix(count).prefix { $0 != 0 }
        while part.last == 32 { part.removeLast() }
        return part.isEmpty ? nil : lossyText(part)
    }

    private static func word<Word: FixedWidthInteger>(
        _ bytes: [UInt8], _ offset: Int, as: Word.Type = Word.self
    ) -> Word {
        integer(bytes[...].dropFirst(offset)) ?? 0
    }

    /// A UUID as text; nil when it is cut short or zero.
    static func uuid(_ bytes: [UInt8], _ offset: Int) -> String? {
        let part = Array(bytes.dropFirst(offset).prefix(16))
        guard part.count == 16, part.contains(where: { $0 != 0 }) else { return nil }
        return grouped(part, [4, 2, 2, 2, 6], separator: "-")
    }

    /// Hexadecimal digits of bytes in groups of so many bytes.
    static func grouped(_ bytes: [UInt8], _ groups: [Int], separator: String) -> String {
        var rest = bytes[...]
        return groups.map { count in
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }.joined(separator: separator)
    }

    // MARK: Containers

    private static func luks(_ bytes: [UInt8]) -> Superblock? {
        guard has("LUKS", bytes, at: 0), bytes.count > 208, bytes[4] == 0xBA, bytes[5] == 0xBE
        else { return nil }
        let isSecond = bytes[7] == 2
        return Superblock(
            "crypto_LUKS", uuid: text(bytes, 168, 40), label: isSecond ? text(bytes, 24, 48) : nil)
    }

    /// Version 1.1 and 1.2 of Linux RAID; 0.9 and 1.0 lie at the end of the device.
    private static func raid(_ bytes: [UInt8]) -> Superblock? {
        for start in [0, 4096] where word(bytes, start, as: UInt32.self) == 0xA92B_4EFC {
            let set = Array(bytes.dropFirst(start + 16).prefix(16))
            return Superblock(
                "linux_raid_member", uuid: set.count == 16 ? raidName(set) : nil,
                label: text(bytes, start + 32, 32))
        }
        return nil
    }

    private static func raidName(_ set: [UInt8]) -> String {
        grouped(set, [4, 2, 2, 2, 6], separator: "-")
    }

    private static func volume(_ bytes: [UInt8]) -> Superblock? {
        for start in stride(from: 0, to: 2048, by: 512)
        where has("LABELONE", bytes, at: start) && has("LVM2 001", bytes, at: start + 24) {
            let header = start + Int(word(bytes, start + 20, as: UInt32.self) & 0xFFF)
            guard let plain = text(bytes, header, 32), plain.utf8.count == 32 else { return nil }
            var rest = plain[...]
            let parts = [6, 4, 4, 4, 4, 4, 6].map { count in
                defer { rest = rest.dropFirst(count) }
                return String(rest.prefix(count))
            }
            return Superblock("LVM2_member", uuid: parts.joined(separator: "-"))
        }
        return nil
    }

    private static func swap(_ bytes: [UInt8]) -> Superblock? {
        for page in [4096, 8192, 16_384, 65_536] where has("SWAPSPACE2", bytes, at: page - 10) {
            return Superblock("swap", uuid: uuid(bytes, 1036), label: text(bytes, 1052, 16))
        }
        return nil
    }

    // MARK: File systems

    private static func ext(_ bytes: [UInt8]) -> Superblock? {
        guard word(bytes, 0x438, as: UInt16.self) == 0xEF53 else { return nil }
        let hasJournal = word(bytes, 0x45C, as: UInt32.self) & 0x4 != 0
        // Extents, 64 bit, flexible groups; huge files and what came with ext4.
        let isFourth =
            word(bytes, 0x460, as: UInt32.self) & 0x2C0 != 0
            || word(bytes, 0x464, as: UInt32.self) & 0x78 != 0
        return Superblock(
            isFourth ? "ext4" : hasJournal ? "ext3" : "ext2", uuid: uuid(bytes, 0x468),
            label: text(bytes, 0x478, 16))
    }

    private static func xfs(_ bytes: [UInt8]) -> Superblock? {
        guard has("XFSB", bytes, at: 0) else { return nil }
        return Superblock("xfs", uuid: uuid(bytes, 32), label: text(bytes, 108, 12))
    }

    private static func btrfs(_ bytes: [UInt8]) -> Superblock? {
        guard has("_BHRfS_M", bytes, at: 0x10040) else { return nil }
        return Superblock("btrfs", uuid: uuid(bytes, 0x10020), label: text(bytes, 0x1012B, 256))
    }

    private static func f2fs(_ bytes: [UInt8]) -> Superblock? {
        guard word(bytes, 1024, as: UInt32.self) == 0xF2F5_2010 else { return nil }
        return Superblock("f2fs", uuid: uuid(bytes, 1024 + 108))
    }

    private static func erofs(_ bytes: [UInt8]) -> Superblock? {
        guard word(bytes, 1024, as: UInt32.self) == 0xE0F5_E1E2 else { return nil }
        return Superblock("erofs", uuid: uuid(bytes, 1024 + 48), label: text(bytes, 1024 + 64, 16))
    }

    private static func squashfs(_ bytes: [UInt8]) -> Superblock? {
        has("hsqs", bytes, at: 0) ? Superblock("squashfs") : nil
    }

    private static func iso(_ bytes: [UInt8]) -> Superblock? {
        guard has("CD001", bytes, at: 32_769) else { return nil }
        return Superblock("iso9660", label: text(bytes, 32_808, 32))
    }

    private static func ntfs(_ bytes: [UInt8]) -> Superblock? {
        guard has("NTFS    ", bytes, at: 3) else { return nil }
        let serial = Array(bytes.dropFirst(72).prefix(8).reversed())
        return Superblock("ntfs", uuid: grouped(serial, [8], separator: "").uppercased())
    }

    private static func exfat(_ bytes: [UInt8]) -> Superblock? {
        guard has("EXFAT   ", bytes, at: 3) else { return nil }
        return Superblock("exfat", uuid: serial(bytes, 100))
    }

    private static func fat(_ bytes: [UInt8]) -> Superblock? {
        guard bytes.count > 512, bytes[510] == 0x55, bytes[511] == 0xAA else { return nil }
        let start = has("FAT32   ", bytes, at: 82) ? 67 : has("FAT1", bytes, at: 54) ? 39 : nil
        guard let start else { return nil }
        let label = text(bytes, start + 4, 11)
        return Superblock(
            "vfat", uuid: serial(bytes, start), label: label == "NO NAME" ? nil : label)
    }

    private static func serial(_ bytes: [UInt8], _ offset: Int) -> String {
        let four = Array(bytes.dropFirst(offset).prefix(4).reversed())
        return grouped(four, [2, 2], separator: "-").uppercased()
    }
}

/// The partition table of a disk, by its first sectors.
struct PartitionTable: Hashable, Sendable {
    /// gpt or dos.
    var type: String
    /// The disk's GUID, or the number in a DOS table.
    var uuid: String?

    /// Recognises a table in the first bytes of a disk with sectors of so many bytes.
    init?(_ bytes: [UInt8], sector: Int) {
        guard bytes.count > 1024, bytes[510] == 0x55, bytes[511] == 0xAA else { return nil }
        let header = sector == 4096 ? 4096 : 512
        if bytes.dropFirst(header).starts(with: "EFI PART".utf8) {
            type = "gpt"
            uuid = Self.mixed(Array(bytes.dropFirst(header + 56).prefix(16)))
            return
        }
        // A file system's boot sector ends alike; a table's entries are active or not.
        let entries = (0..<4).map { 446 + 16 * $0 }
        guard entries.allSatisfy({ bytes[$0] == 0 || bytes[$0] == 0x80 }),
            entries.contains(where: { bytes[$0 + 4] != 0 })
        else { return nil }
        type = "dos"
        let serial = Array(bytes[440..<444].reversed())
        uuid = Superblock.grouped(serial, [4], separator: "")
    }

    /// A GUID: its first three groups are little-endian.
    static func mixed(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 16 else { return nil }
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
        return Superblock.uuid(order.map { bytes[$0] }, 0)
    }
}
