internal import Resources

/// A message of the D-Bus protocol, version 1 (D-Bus Specification, "Message Format").
struct DBusMessage: Hashable, Sendable {
    enum Kind: UInt8, Hashable, Sendable { case call = 1, reply, failure, signal }

    var kind: Kind
    var serial: UInt32
    /// The call that this answers.
    var answers: UInt32?
    var path: String?
    var interface: String?
    var member: String?
    /// The name of a failure.
    var failure: String?
    var body: [Value] = []

    /// Bytes that tell how long a message is.
    static let opening = 16

    /// The length of the message that begins with these bytes.
    static func length(_ bytes: ArraySlice<UInt8>) throws(DBusError) -> Int {
        var reader = try DBusReader(bytes)
        reader.offset = 4
        let body = try reader.word()
        reader.offset = 12
        let fields = try reader.word()
        let length = opening + (Int(fields) + 7) & ~7 + Int(body)
        guard length <= Limits.dbusMessage.value else {
            throw DBusError("a message of \(length) bytes; \(Limits.dbusMessage.value) are read")
        }
        return length
    }

    /// Reads a whole message.
    init(_ bytes: ArraySlice<UInt8>) throws(DBusError) {
        var reader = try DBusReader(bytes)
        reader.offset = 1
        guard let kind = Kind(rawValue: try reader.byte()) else {
            throw DBusError("a message of unknown kind")
        }
        self.kind = kind
        reader.offset = 8
        serial = try reader.word()
        var signature: [UInt8] = []
        // Fields: an array of a code and a variant each.
        guard case .list(let fields) = try reader.read(Array("a(yv)".utf8)).first else {
            throw DBusError("a message without fields")
        }
        for field in fields {
            guard let pair = field.list, pair.count == 2, let code = pair[0].int else { continue }
            switch code {
            case 1: path = pair[1].text
            case 2: interface = pair[1].text
            case 3: member = pair[1].text
            case 4: failure = pair[1].text
            case 5: answers = pair[1].int.flatMap { UInt32(exactly: $0) }
            case 8: signature = Array((pair[1].text ?? "").utf8)
            default: break
            }
        }
        try reader.align(8)
        body = try reader.read(signature)
    }

    /// The bytes of a call whose arguments are texts.
    static func call(
        _ serial: UInt32, to destination: String?, _ path: String, _ interface: String,
        _ member: String, _ arguments: [String]
    ) -> [UInt8] {
        var body = DBusWriter()
        for argument in arguments { body.text(argument) }
        var fields = DBusWriter()
        fields.field(1, "o", path)
        fields.field(2, "s", interface)
        fields.field(3, "s", member)
        if let destination { fields.field(6, "s", destination) }
        if !arguments.isEmpty {
            fields.field(8, "g", String(repeating: "s", count: arguments.count))
        }
        var message = DBusWriter()
        message.bytes = [UInt8(ascii: "l"), Kind.call.rawValue, 0, 1]
        message.word(UInt32(body.bytes.count))
        message.word(serial)
        message.word(UInt32(fields.bytes.count))
        // The fields begin at an offset of 16, so that their own alignment holds.
        message.bytes += fields.bytes
        message.align(8)
        return message.bytes + body.bytes
    }
}

/// Why bytes are no D-Bus message, or a service did not do what it was asked.
struct DBusError: Error, Hashable, Sendable {
    let cause: String

    init(_ cause: String) { self.cause = cause }
}

/// Writes what calls are made of, little-endian.
struct DBusWriter {
    var bytes: [UInt8] = []

    mutating func align(_ size: Int) {
        while !bytes.count.isMultiple(of: size) { bytes.append(0) }
    }

    mutating func word(_ word: UInt32) {
        align(4)
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift)))
        }
    }

    /// A string or an object's path.
    mutating func text(_ text: String) {
        word(UInt32(text.utf8.count))
        bytes += Array(text.utf8) + [0]
    }

    /// A field of a header: code and variant.
    mutating func field(_ code: UInt8, _ kind: String, _ value: String) {
        align(8)
        bytes += [code, 1] + Array(kind.utf8) + [0]
        if kind == "g" {
            bytes += [UInt8(value.utf8.count)] + Array(value.utf8) + [0]
        } else {
            text(value)
        }
    }
}
