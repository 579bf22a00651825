internal import Host
internal import Resources

/// The tables in which firmware describes a machine (DMTF DSP0134).
enum SMBIOS {
    /// One structure: a header of four bytes, a formatted area, and texts.
    struct Structure: Hashable, Sendable {
        var type: UInt8
        var handle: UInt16
        /// The formatted area with its header.
        var body: [UInt8]
        var texts: [String]
        /// Bytes with texts and their end.
        var size: Int
        var digest: UInt64

        /// The integer at an offset; nil where the structure is shorter.
        func word<Word: FixedWidthInteger>(_ offset: Int, as: Word.Type = Word.self) -> Word? {
            integer(body[...].dropFirst(offset))
        }

        func byte(_ offset: Int) -> Int? { word(offset, as: UInt8.self).map { Int($0) } }

        /// The text whose number is at an offset; nil for none and for what says nothing.
        func text(_ offset: Int) -> String? {
            guard let number = byte(offset), number > 0, number <= texts.count else { return nil }
            let text = texts[number - 1]
            let plain = text.lowercased()
            let isEmpty = text.isEmpty || text.allSatisfy { $0 == "0" || $0 == " " || $0 == "F" }
            let says = ["not specified", "none", "unknown", "to be filled by o.e.m.", "n/a"]
            return isEmpty || says.contains(plain) ? nil : text
        }
    }

    private static let path = "/sys/firmware/dmi/tables/DMI"

    /// Reads the structures the kernel shows; nil where there are none or it refuses.
    static func read(_ kernel: any Kernel) -> [Structure]? {
        kernel.read(path).map { structures($0) }
    }

    /// The structures of a table, up to its end mark or the first that is cut short.
    static func structures(_ bytes: [UInt8]) -> [Structure] {
        var result: [Structure] = []
        var offset = 0
        while offset + 4 <= bytes.count, result.count < 4096 {
            let length = Int(bytes[offset + 1])
            guard length >= 4, offset + length <= bytes.count else { break }
            var texts: [String] = []
            var place = offset + length
            while let end = bytes[place...].firstIndex(of: 0), end > place {
                texts.append(trimmed(bytes[place..<end]))
                place = end + 1
            }
            // The texts end with an empty one; of none there are two NUL.
            let end = texts.isEmpty ? place + 2 : place + 1
            guard end <= bytes.count else { break }
            let handle = UInt16(bytes[offset + 2]) | UInt16(bytes[offset + 3]) << 8
            result.append(
                Structure(
                    type: bytes[offset], handle: handle,
                    body: Array(bytes[offset..<offset + length]), texts: texts,
                    size: end - offset, digest: fingerprint(bytes[offset..<end])))
            if bytes[offset] == 127 { break }
            offset = end
        }
        return result
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let start = bytes.drop { $0 == 32 }
        let end = start.lastIndex { $0 != 32 }
        return end.map { lossyText(start[...$0]) } ?? ""
    }

    /// A handle as it is written: 0x0011.
    static func name(_ handle: UInt16) -> String {
        let digits = String(handle, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The word of a number in a list that begins at 1; the number where the list has none.
    static func word(_ number: Int?, _ words: [String]) -> String? {
        guard let number, number > 0 else { return nil }
        return number <= words.count ? words[number - 1] : "\(number)"
    }

    /// What a structure describes, by its type.
    static func description(_ type: UInt8) -> String {
        let names = [
            "BIOS", "system", "baseboard", "chassis", "processor", "memory controller",
            "memory module", "cache", "port connector", "system slot", "onboard device",
            "OEM strings", "system configuration", "BIOS language", "group association",
            "system event log", "memory array", "memory device", "32-bit memory error",
            "memory array mapped address", "memory device mapped address", "pointing device",
            "battery", "system reset", "hardware security", "system power controls",
            "voltage probe", "cooling device", "temperature probe", "electrical current probe",
            "out-of-band remote access", "boot integrity services", "system boot",
            "64-bit memory error", "management device", "management device component",
            "management device threshold", "memory channel", "IPMI device", "power supply",
            "additional information", "onboard device", "management controller host interface",
            "TPM device", "processor additional information",
        ]
        if type == 126 { return "inactive" }
        if type == 127 { return "end of table" }
        return names.indices.contains(Int(type)) ? names[Int(type)] : "OEM-specific"
    }
}
