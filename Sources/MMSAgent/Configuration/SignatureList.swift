internal import Host
internal import Resources

/// The keys that the firmware trusts (UEFI 2.10, 32.4.1): variables that hold lists of signatures,
/// of which those that are certificates are read.
enum SignatureList {
    static let folder = "/sys/firmware/efi/efivars"

    /// The variables by the name of their store.
    static let stores = [
        ("db", "d719b2cb-3d3a-4596-a3bc-dad00e67656f"),
        ("dbx", "d719b2cb-3d3a-4596-a3bc-dad00e67656f"),
        ("KEK", "8be4df61-93ca-11d2-aa0d-00e098032b8c"),
        ("PK", "8be4df61-93ca-11d2-aa0d-00e098032b8c"),
    ].map { (name: $0.0, path: "\(folder)/\($0.0)-\($0.1)") }

    /// EFI_CERT_X509_GUID, a5c059a1-94e4-4aa7-87b5-ab155c2bf072, as it lies in memory.
    private static let certificate: [UInt8] = [
        0xA1, 0x59, 0xC0, 0xA5, 0xE4, 0x94, 0xA7, 0x4A, 0x87, 0xB5, 0xAB, 0x15, 0x5C, 0x2B, 0xF0,
        0x72,
    ]

    /// The certificates of a variable, behind its four bytes of attributes. What is damaged ends
    /// the reading.
    static func certificates(_ bytes: [UInt8]) -> [Certificate] {
        var found: [Certificate] = []
        var rest = bytes.dropFirst(4)
        while rest.count >= 28 {
            let word = { (at: Int) -> Int in
                let start = rest.startIndex + at
                return rest[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            let (size, header, each) = (word(16), word(20), word(24))
            guard size >= 28, size <= rest.count, header <= size - 28 else { return found }
            let isCertificate = rest.prefix(16).elementsEqual(certificate)
            var signatures = rest.prefix(size).dropFirst(28 + header)
            // Each begins with the identifier of who put it there.
            while isCertificate, each > 16, signatures.count >= each {
                if let one = Certificate(signatures.prefix(each).dropFirst(16)) {
                    found.append(one)
                }
                signatures = signatures.dropFirst(each)
            }
            rest = rest.dropFirst(size)
        }
        return found
    }
}
