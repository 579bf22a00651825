/// The head of a backend's answer.
struct AnswerHead: Equatable {
    var status: Int
    var minor: UInt8
    /// Bytes of the status line.
    var line: Int
    /// Bytes of the head.
    var count: Int
    var facts: HeadFacts

    /// Reads a whole head of `count` bytes; whatever is wrong is a bad answer.
    static func read(
        _ bytes: Span<UInt8>, count: Int, into fields: inout [HeadField], atMost most: Int
    ) throws(HTTPRefusal) -> AnswerHead {
        guard count >= 15, bytes.matches(0..<7, "http/1."), bytes[0] == 0x48,
            bytes[7].isDigit, bytes[7] < 0x32, bytes[8] == 0x20,
            bytes[9].isDigit, bytes[10].isDigit, bytes[11].isDigit
        else { throw .badAnswer }
        let minor = bytes[7] - 0x30
        let status =
            Int(bytes[9] - 0x30) * 100 + Int(bytes[10] - 0x30) * 10 + Int(bytes[11] - 0x30)
        guard (100...599).contains(status), bytes[12] == 0x20 || bytes[12] == 0x0D else {
            throw .badAnswer
        }
        var at = 12
        while bytes[at].isFieldByte { at += 1 }
        guard at + 1 < count, bytes[at] == 0x0D, bytes[at + 1] == 0x0A else { throw .badAnswer }
        do throws(HTTPRefusal) {
            let facts = try HeadFields.read(
                bytes, from: at + 2, to: count, minor: minor, into: &fields, atMost: most)
            return AnswerHead(
                status: status, minor: minor, line: at + 2, count: count, facts: facts)
        } catch { throw .badAnswer }
    }

    /// True when the backend's connection may carry another request.
    var keepsAlive: Bool { minor == 1 ? !facts.close : facts.keepAlive && !facts.close }
    /// An answer before the answer.
    var isInterim: Bool { status < 200 && status != 101 }
}
