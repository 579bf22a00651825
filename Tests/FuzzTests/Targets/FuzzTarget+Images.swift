internal import Host

@testable internal import Drivers

extension FuzzTarget {
    /// An archive of an image, and the same bytes with the sums of its headers made right: names
    /// stay inside, files have the bytes they say, and reading ends.
    @Sendable static func tar(_ input: [UInt8]) -> String? {
        for archive in [input, summed(input)] {
            do throws(DriverError) {
                if let broken = try judge(archive) { return broken }
            } catch {
                if error.cause.isEmpty { return "refused without a reason" }
            }
        }
        return nil
    }

    private static func judge(_ archive: [UInt8]) throws(DriverError) -> String? {
        var ceilings = ImageCeilings()
        ceilings.layer = 1 << 22
        let stream = try ArchiveStream(bytes: archive, name: "input", ceilings: ceilings)
        var reader = TarReader(stream)
        var entries = 0
        while let entry = try reader.next() {
            entries += 1
            var names = entry.path
            if case .hardLink(let target) = entry.kind { names += target }
            let bad = names.contains { name in
                name.isEmpty || name == "." || name == ".." || name.utf8.contains(0)
                    || name.utf8.contains(UInt8(ascii: "/"))
            }
            if bad { return "took the name \(names)" }
            if entry.traits.mode > 0o1777 { return "kept the mode \(entry.traits.mode)" }
            var bytes = 0
            // Half of the files are read, the others passed over.
            while entries % 2 == 0 {
                let piece = try reader.data(atMost: 1000)
                if piece.isEmpty { break }
                bytes += piece.count
            }
            if entries % 2 == 0, bytes != entry.size { return "gave \(bytes) of \(entry.size)" }
        }
        _ = try stream.finish()
        return stream.count > ceilings.layer ? "gave more bytes than the limit" : nil
    }

    /// Every block that says it is a header gets the sum of its bytes.
    private static func summed(_ input: [UInt8]) -> [UInt8] {
        var bytes = input
        for start in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
            bytes.replaceSubrange(
                start + 148..<start + 156, with: [UInt8](repeating: 0x20, count: 8))
            let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            let text = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
            bytes.replaceSubrange(start + 148..<start + 154, with: Array(text.utf8.prefix(6)))
            bytes[start + 154] = 0
        }
        return bytes
    }
}
