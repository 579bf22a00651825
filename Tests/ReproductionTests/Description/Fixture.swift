/// The bytes of Docs/Formats/description.md.
enum Fixture {
    static let digest = ""

    static let bytes: [UInt8] = {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in hex.utf8 where digit > 0x20 {
            let value = digit > 0x39 ? digit - 0x57 : digit - 0x30
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }()

    private static let hex = """
        """
}
