internal import Resources

/// What goes over a connection between nodes, in canonical CBOR. Format: Docs/Formats/bus.md.
enum PeerMessage: Hashable, Sendable {
    /// A request; numbers rise by one, from 1.
    case request(number: UInt64, PeerRequest)
    /// The answer to the request of that number.
    case answer(number: UInt64, PeerAnswer)
    /// Why the request of that number was not carried out, or, for 0, why the connection ends.
    case refusal(number: UInt64, BusError)

    var bytes: [UInt8] {
        switch self {
        case .request(let number, let request):
            var writer = CBORWriter(capacity: request.body.count + 64)
            writer.beginList(5)
            writer.write(unsigned: 1)
            writer.write(unsigned: number)
            writer.write(request.path)
            writer.write(unsigned: UInt64(max(0, request.milliseconds)))
            writer.write(bytes: request.body)
            return writer.bytes
        case .answer(let number, let answer):
            var writer = CBORWriter(capacity: answer.body.count + 16)
            writer.beginList(3)
            writer.write(unsigned: 2)
            writer.write(unsigned: number)
            writer.write(bytes: answer.body)
            return writer.bytes
        case .refusal(let number, let error):
            var writer = CBORWriter()
            writer.beginList(7)
            writer.write(unsigned: 3)
            writer.write(unsigned: number)
            writer.write(error.kind.text)
            for text in [error.operation, error.subject, error.cause, error.remedy] {
                writer.write(text)
            }
            return writer.bytes
        }
    }

    /// Reads a message.
    init(bytes: [UInt8]) throws(BusError) {
        let message: PeerMessage?
        do throws(CBORError) { message = try Self.read(bytes) } catch {
            throw .malformed(
                "read", "a message", "at byte \(error.offset) \(error.reason.rawValue)")
        }
        guard let message else {
            throw .malformed("read", "a message", "it is of an unknown kind or has a bad part")
        }
        self = message
    }

    private static func read(_ bytes: [UInt8]) throws(CBORError) -> PeerMessage? {
        var reader = CBORReader(bytes)
        let count = try reader.beginList()
        let kind = try reader.readInt()
        let number = try reader.readUnsigned()
        let message: PeerMessage
        switch (kind, count) {
        case (1, 5):
            let path = try reader.readText()
            let milliseconds = try reader.readUnsigned()
            guard path.utf8.count <= Limits.busPathBytes.value,
                milliseconds <= UInt64(Limits.busPatience.range.upperBound)
            else { return nil }
            let request = PeerRequest(
                path: path, body: try reader.readBytes(), milliseconds: Int(milliseconds))
            message = .request(number: number, request)
        case (2, 3):
            message = .answer(number: number, PeerAnswer(body: try reader.readBytes()))
        case (3, 7):
            guard let kind = BusError.Kind(text: try reader.readText()) else { return nil }
            let operation = try reader.readText()
            let subject = try reader.readText()
            let cause = try reader.readText()
            message = .refusal(
                number: number,
                BusError(
                    kind, operation: operation, subject: subject, cause: cause,
                    remedy: try reader.readText()))
        default: return nil
        }
        try reader.finish()
        return message
    }
}

extension BusError.Kind {
    private static let all: [BusError.Kind] = [
        .unreachable, .unanswered, .forbidden, .expired, .malformed, .tooLarge, .refused,
    ]

    /// The word of the protocol.
    var text: String {
        switch self {
        case .unreachable: "unreachable"
        case .unanswered: "unanswered"
        case .forbidden: "forbidden"
        case .expired: "expired"
        case .malformed: "malformed"
        case .tooLarge: "tooLarge"
        case .refused: "refused"
        }
    }

    init?(text: String) {
        guard let kind = Self.all.first(where: { $0.text == text }) else { return nil }
        self = kind
    }
}
