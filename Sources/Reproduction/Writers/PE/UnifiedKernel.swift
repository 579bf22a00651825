/// A unified kernel image: systemd's EFI stub with what it starts as further sections
/// (uapi-group.org "Unified Kernel Image", systemd-stub(7)) of a PE32+ file (PE/COFF
/// specification, revision 11).
struct UnifiedKernel {
    /// All of its bytes.
    let content: Rope

    /// A section to add.
    struct Section {
        /// Its name, at most 8 bytes: `.osrel`, `.cmdline`, `.initrd`, `.linux`.
        var name: String
        /// Its bytes.
        var content: Rope
    }

    /// The image of a stub and sections, which get addresses behind the stub's own in order.
    ///
    /// The header's time and checksum become zero: firmware reads neither, and both would say
    /// when or by what the file was made.
    init(
        stub: [UInt8], _ sections: [Section], machine: PEHeader.Machine
    ) throws(ReproductionError) {
        var header = try PEHeader(stub, machine: machine)
        var body = Rope(Array(stub[header.headerBytes...]))
        body.pad(toMultipleOf: header.fileAlignment)
        var address = header.addressEnd
        for section in sections {
            let place = Int64(header.headerBytes) + body.size
            guard section.content.size <= Int64(Int32.max) else {
                throw PEHeader.refusal(
                    .tooLarge, "\(section.name) has \(section.content.size) bytes",
                    "a section has at most 2 GiB: describe less")
            }
            address = address.rounded(upTo: header.sectionAlignment)
            try header.add(
                section.name, address: address, size: section.content.size, at: place)
            body.append(section.content)
            body.pad(toMultipleOf: header.fileAlignment)
            address += section.content.size
        }
        header.close(addressEnd: address)
        var rope = Rope(header.bytes)
        rope.append(body)
        content = rope
    }
}
