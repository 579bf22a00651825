/// The shape of whole messages.
enum MessageShape {
    /// Whether all sections have as many records as the header says, every name can be read, and
    /// nothing follows.
    static func isWhole(_ bytes: [UInt8]) -> Bool {
        var reader = DNSReader(bytes)
        do throws(DNSReader.Malformed) {
            try reader.skip(4)
            let questions = try reader.word()
            let records = Int(try reader.word()) + Int(try reader.word()) + Int(try reader.word())
            for _ in 0..<questions {
                _ = try reader.name(pointers: true)
                try reader.skip(4)
            }
            for _ in 0..<records {
                _ = try reader.name(pointers: true)
                try reader.skip(8)
                let length = Int(try reader.word())
                try reader.skip(length)
            }
            return reader.isAtEnd
        } catch { return false }
    }
}
