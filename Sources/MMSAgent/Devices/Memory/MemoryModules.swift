internal import Host
internal import Resources

/// What SMBIOS says of memory: arrays, modules, and where they lie.
extension SMBIOS.Structure {
    /// What it is reported as; nil for what is only listed.
    var memory: Seen? {
        switch type {
        case 16: array
        case 17: module
        case 18: error
        case 19: range(of: Kind.memoryArray, owner: word(12), wide: 15)
        case 20: range(of: Kind.memoryModule, owner: word(12), wide: 19)
        default: nil
        }
    }

    private func seen(_ type: TypeName, _ data: ValueMap) -> Seen {
        Seen(
            subject: Observation.Subject(type: type, name: subjectName(SMBIOS.name(handle))),
            identity: "\(SMBIOS.name(handle)):\(data["serial"]?.text ?? "")", data: data)
    }

    private func link(_ type: TypeName, _ handle: UInt16?) -> [Observation.Subject] {
        guard let handle, handle < 0xFFFE else { return [] }
        return [Observation.Subject(type: type, name: subjectName(SMBIOS.name(handle)))]
    }

    private var array: Seen {
        var data: ValueMap = ["handle": .text(SMBIOS.name(handle))]
        data.set(
            "location",
            SMBIOS.word(
                byte(4),
                [
                    "other", "unknown", "system board", "ISA card", "EISA card", "PCI card",
                    "MCA card", "PCMCIA card", "proprietary card", "NuBus",
                ]))
        data.set(
            "use",
            SMBIOS.word(
                byte(5),
                [
                    "other", "unknown", "system memory", "video memory", "flash memory",
                    "non-volatile RAM", "cache memory",
                ]))
        data.set(
            "errorCorrection",
            SMBIOS.word(
                byte(6),
                [
                    "other", "unknown", "none", "parity", "single-bit ECC", "multi-bit ECC", "CRC",
                ]))
        let short = word(7, as: UInt32.self)
        let capacity =
            short == 0x8000_0000
            ? word(15, as: UInt64.self) : short.map { UInt64($0) << 10 }
        data.set("capacity", capacity.flatMap { Int64(exactly: $0) })
        data.set("slots", word(13, as: UInt16.self).map { Int64($0) })
        data.set("errorHandle", word(11, as: UInt16.self).map { SMBIOS.name($0) })
        return seen(Kind.memoryArray, data)
    }

    private var module: Seen {
        var data: ValueMap = ["handle": .text(SMBIOS.name(handle))]
        data.set("size", moduleSize)
        data.set("locator", text(16))
        data.set("bank", text(17))
        data.set("formFactor", SMBIOS.word(byte(14), Self.formFactors))
        data.set("technology", SMBIOS.word(byte(18), Self.memoryTypes))
        data.set("details", details)
        data.set("totalWidth", width(8))
        data.set("dataWidth", width(10))
        data.set("speed", speed(21, 84))
        data.set("configuredSpeed", speed(32, 88))
        data.set("manufacturer", text(23))
        data.set("serial", text(24))
        data.set("assetTag", text(25))
        data.set("part", text(26))
        data.set("set", byte(15).flatMap { $0 == 0 || $0 == 0xFF ? nil : Int64($0) })
        data.set("minimumVoltage", voltage(34))
        data.set("maximumVoltage", voltage(36))
        data.set("configuredVoltage", voltage(38))
        data["populated"] = .bool((data["size"]?.int ?? 0) > 0)
        var one = seen(Kind.memoryModule, data)
        one.links["IN"] = link(Kind.memoryArray, word(4))
        return one
    }

    /// Bytes; nil when unknown.
    private var moduleSize: Int64? {
        guard let short = word(12, as: UInt16.self), short != 0xFFFF else { return nil }
        if short == 0x7FFF {
            return word(28, as: UInt32.self).map { Int64($0 & 0x7FFF_FFFF) << 20 }
        }
        return Int64(short & 0x7FFF) << (short & 0x8000 != 0 ? 10 : 20)
    }

    private func width(_ offset: Int) -> Int64? {
        word(offset, as: UInt16.self).flatMap { $0 == 0xFFFF || $0 == 0 ? nil : Int64($0) }
    }

    private func speed(_ offset: Int, _ wide: Int) -> Int64? {
        guard let short = word(offset, as: UInt16.self), short != 0 else { return nil }
        if short == 0xFFFF { return word(wide, as: UInt32.self).map { Int64($0) } }
        return Int64(short)
    }

    private func voltage(_ offset: Int) -> Int64? {
        word(offset, as: UInt16.self).flatMap { $0 == 0 ? nil : Int64($0) }
    }

    private var details: [String] {
        let words = [
            "reserved", "other", "unknown", "fast-paged", "static column", "pseudo-static",
            "RAMBUS", "synchronous", "CMOS", "EDO", "window DRAM", "cache DRAM", "non-volatile",
            "registered", "unbuffered", "LRDIMM",
        ]
        let bits = word(19, as: UInt16.self) ?? 0
        return words.indices.filter { bits >> $0 & 1 == 1 }.map { words[$0] }
    }

    private static let formFactors = [
        "other", "unknown", "SIMM", "SIP", "chip", "DIP", "ZIP", "proprietary card", "DIMM", "TSOP",
        "row of chips", "RIMM", "SODIMM", "SRIMM", "FB-DIMM", "die",
    ]

    private static let memoryTypes = [
        "other", "unknown", "DRAM", "EDRAM", "VRAM", "SRAM", "RAM", "ROM", "flash", "EEPROM",
        "FEPROM", "EPROM", "CDRAM", "3DRAM", "SDRAM", "SGRAM", "RDRAM", "DDR", "DDR2",
        "DDR2 FB-DIMM", "reserved", "reserved", "reserved", "DDR3", "FBD2", "DDR4", "LPDDR",
        "LPDDR2", "LPDDR3", "LPDDR4", "logical non-volatile", "HBM", "HBM2", "DDR5", "LPDDR5",
        "HBM3",
    ]

    private var error: Seen {
        var data: ValueMap = ["handle": .text(SMBIOS.name(handle))]
        data.set("kind", byte(4).map { "\($0)" })
        data.set("granularity", SMBIOS.word(byte(5), ["other", "unknown", "device", "partition"]))
        data.set(
            "operation",
            SMBIOS.word(byte(6), ["other", "unknown", "read", "write", "partial write"]))
        data.set("syndrome", word(7, as: UInt32.self).map { Int64($0) })
        data.set("arrayAddress", known(11))
        data.set("deviceAddress", known(15))
        data.set("resolution", known(19))
        return seen(Kind.memoryError, data)
    }

    private func known(_ offset: Int) -> Int64? {
        word(offset, as: UInt32.self).flatMap { $0 == 0x8000_0000 ? nil : Int64($0) }
    }

    /// Addresses in kibibytes, or in bytes behind the fixed part where they need 64 bits.
    private func range(of owner: TypeName, owner handle: UInt16?, wide: Int) -> Seen? {
        guard let first = word(4, as: UInt32.self), let last = word(8, as: UInt32.self) else {
            return nil
        }
        var bounds = (UInt64(first) << 10, UInt64(last) << 10 + 1023)
        if first == .max {
            guard let first = word(wide, as: UInt64.self),
                let last = word(wide + 8, as: UInt64.self)
            else { return nil }
            bounds = (first, last)
        }
        guard let start = Int64(exactly: bounds.0), let end = Int64(exactly: bounds.1) else {
            return nil
        }
        var data: ValueMap = [
            "handle": .text(SMBIOS.name(self.handle)), "start": .int(start), "end": .int(end),
            "kind": .text(type == 19 ? "array" : "module"),
        ]
        if type == 19 {
            data.set("width", byte(14).map { Int64($0) })
        } else {
            data.set("row", byte(16).flatMap { $0 == 0xFF ? nil : Int64($0) })
            data.set("interleave", byte(17).flatMap { $0 == 0xFF ? nil : Int64($0) })
            data.set("interleaveDepth", byte(18).flatMap { $0 == 0xFF ? nil : Int64($0) })
            data.set("arrayRange", word(14, as: UInt16.self).map { SMBIOS.name($0) })
        }
        var one = seen(Kind.memoryRange, data)
        one.links["OF"] = link(owner, handle)
        return one
    }
}
