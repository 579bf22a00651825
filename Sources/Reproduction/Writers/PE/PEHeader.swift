/// The headers of a PE32+ file, up to which sections can be added (PE/COFF specification,
/// revision 11, sections 2 to 4).
struct PEHeader {
    /// The bytes up to the first section's.
    private(set) var bytes: [UInt8]
    /// Where the COFF header's signature lies.
    private let signature: Int

    /// What a program is for (section 3.3.1).
    enum Machine: Int {
        case x86_64 = 0x8664
        case aarch64 = 0xAA64
    }

    private static let sectionBytes = 40
    /// Of initialized data that is read (section 4.1).
    private static let readableData: UInt32 = 0x4000_0040

    /// Reads the headers of a program for that machine and checks all that is used.
    init(_ file: [UInt8], machine: Machine) throws(ReproductionError) {
        guard file.count >= 0x40, file.half(0) == 0x5A4D, file.word(0x3C) <= file.count - 24 - 112
        else { throw Self.refusal(.badForm, "it is no program for EFI", Self.remedy) }
        let start = file.word(0x3C)
        guard file.word(start) == 0x4550, file.half(start + 24) == 0x20B else {
            throw Self.refusal(.badForm, "it is no PE32+ file", Self.remedy)
        }
        guard file.half(start + 4) == machine.rawValue else {
            let found = String(file.half(start + 4), radix: 16)
            throw Self.refusal(
                .badForm, "it is for another machine (\(found)) than the description", Self.remedy)
        }
        signature = start
        bytes = file
        let size = headerBytes
        guard size <= file.count, tableEnd <= size, fileAlignment > 0, sectionAlignment > 0,
            size % Int(fileAlignment) == 0
        else { throw Self.refusal(.badForm, "its headers contradict each other", Self.remedy) }
        bytes = Array(file[..<size])
    }

    private static let remedy = "take the stub of systemd-boot-efi for this machine"

    private var optional: Int { signature + 24 }
    private var table: Int { optional + bytes.half(signature + 20) }
    private var count: Int { bytes.half(signature + 6) }
    private var tableEnd: Int { table + count * Self.sectionBytes }

    /// Bytes of all headers, and where the first section may begin.
    var headerBytes: Int { bytes.word(optional + 60) }
    /// Sections begin at multiples of this in memory.
    var sectionAlignment: Int64 { Int64(bytes.word(optional + 32)) }
    /// And at multiples of this in the file.
    var fileAlignment: Int64 { Int64(bytes.word(optional + 36)) }
    /// Where in memory the last section ends.
    var addressEnd: Int64 {
        (0..<count).reduce(0) { end, index in
            let entry = table + index * Self.sectionBytes
            return max(end, Int64(bytes.word(entry + 12)) + Int64(bytes.word(entry + 8)))
        }
    }

    /// Adds a section's header.
    mutating func add(
        _ name: String, address: Int64, size: Int64, at place: Int64
    ) throws(ReproductionError) {
        guard tableEnd + Self.sectionBytes <= headerBytes, name.utf8.count <= 8,
            let address = UInt32(exactly: address), let place = UInt32(exactly: place),
            UInt32(exactly: (Int64(address) + size).rounded(upTo: sectionAlignment)) != nil
        else {
            throw Self.refusal(
                .tooLarge, "it has no room for section \(name)",
                "describe a smaller kernel, program or fewer modules, or take another stub")
        }
        var entry = Array(name.utf8)
        entry.pad(to: 8)
        entry.append(little: UInt32(size))
        entry.append(little: address)
        entry.append(little: UInt32(size.rounded(upTo: fileAlignment)))
        entry.append(little: place)
        entry.pad(to: 36)
        entry.append(little: Self.readableData)
        bytes.set(tableEnd, entry)
        bytes.set(signature + 6, little: UInt16(count + 1))
    }

    /// Says how much memory it takes, and takes time and checksum out.
    mutating func close(addressEnd: Int64) {
        let size = addressEnd.rounded(upTo: sectionAlignment)
        bytes.set(optional + 56, little: UInt32(size))
        bytes.set(signature + 8, little: 0 as UInt32)
        bytes.set(optional + 64, little: 0 as UInt32)
    }

    static func refusal(
        _ kind: ReproductionError.Kind, _ cause: String, _ remedy: String
    ) -> ReproductionError {
        ReproductionError(
            kind, operation: "extend", subject: "the boot stub", cause: cause, remedy: remedy)
    }
}
