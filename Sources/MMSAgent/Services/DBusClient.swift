internal import Host
internal import Resources

/// A caller of one service over D-Bus, by way of a bus or of the service's own socket.
final class DBusClient {
    let connection: any KernelConnection
    /// The name of the service on the bus; nil on its own socket.
    private let service: String?
    private var buffer: [UInt8] = []
    private var serial: UInt32 = 0
    /// Signals taken since `open`.
    private(set) var signals: UInt64 = 0
    /// Which signals count.
    private let concerns: (DBusMessage) -> Bool

    init(
        _ connection: any KernelConnection, service: String?,
        concerns: @escaping (DBusMessage) -> Bool
    ) {
        self.connection = connection
        self.service = service
        self.concerns = concerns
    }

    var isOpen: Bool { connection.isOpen }

    /// Connects, says who it is, and asks for signals.
    func open(user: UInt32) throws(DBusError) {
        buffer = []
        do throws(KernelError) {
            try connection.open()
        } catch {
            throw DBusError("\(error.operation): \(error.cause)")
        }
        let digits = String(user).utf8.map { String($0, radix: 16) }.joined()
        // In one piece, as sd-bus sends it: its server leaves a first call that came in one reading
        // with BEGIN where it is until more comes.
        try send([0] + Array("AUTH EXTERNAL \(digits)\r\nBEGIN\r\n".utf8))
        let answer = try line()
        guard answer.hasPrefix("OK ") else {
            throw ended(DBusError("it was not let in: \(answer.prefix(100))"))
        }
        if let service {
            let bus = "org.freedesktop.DBus"
            let rule = "type='signal',sender='\(service)'"
            _ = try call(to: bus, "/org/freedesktop/DBus", bus, "Hello")
            _ = try call(to: bus, "/org/freedesktop/DBus", bus, "AddMatch", [rule])
        }
    }

    /// Calls a method and waits for what it gives.
    func call(
        _ path: String, _ interface: String, _ member: String, _ arguments: [String] = []
    ) throws(DBusError) -> [Value] {
        try call(to: service, path, interface, member, arguments)
    }

    private func call(
        to destination: String?, _ path: String, _ interface: String, _ member: String,
        _ arguments: [String] = []
    ) throws(DBusError) -> [Value] {
        serial += 1
        try send(
            DBusMessage.call(serial, to: destination, path, interface, member, arguments))
        let answer = try answers([serial])[serial]
        if let failure = answer?.failure { throw DBusError("\(member): \(failure)") }
        return answer?.body ?? []
    }

    /// Asks for properties of objects, so many at a time; nil for what could not be had.
    func properties(
        _ wanted: [(path: String, interface: String, name: String)]
    ) throws(DBusError) -> [Value?] {
        var values: [Value?] = []
        for start in stride(from: 0, to: wanted.count, by: Limits.dbusCalls.value) {
            let part = wanted[start..<min(wanted.count, start + Limits.dbusCalls.value)]
            var serials: [UInt32] = []
            for one in part {
                serial += 1
                serials.append(serial)
                try send(
                    DBusMessage.call(
                        serial, to: service, one.path, "org.freedesktop.DBus.Properties", "Get",
                        [one.interface, one.name]))
            }
            let found = try answers(Set(serials))
            values += serials.map { found[$0]?.kind == .reply ? found[$0]?.body.first : nil }
        }
        return values
    }

    /// Takes bytes that came on their own; true when a signal that counts was among them.
    func accept(_ bytes: RawSpan) throws(DBusError) -> Bool {
        let before = signals
        buffer += bytes.copy(0..<bytes.byteCount)
        while try next() != nil {}
        return signals != before
    }

    func close() { connection.close() }

    // MARK: Bytes

    private func send(_ bytes: [UInt8]) throws(DBusError) {
        guard connection.send(bytes) else { throw DBusError("the connection broke") }
    }

    private func answers(_ wanted: Set<UInt32>) throws(DBusError) -> [UInt32: DBusMessage] {
        var found: [UInt32: DBusMessage] = [:]
        while found.count < wanted.count {
            guard let message = try next() else {
                try receive()
                continue
            }
            if let serial = message.answers, wanted.contains(serial) { found[serial] = message }
        }
        return found
    }

    /// The next whole message of the buffer; counts it when it is a signal.
    private func next() throws(DBusError) -> DBusMessage? {
        guard buffer.count >= DBusMessage.opening else { return nil }
        do throws(DBusError) {
            let length = try DBusMessage.length(buffer[...])
            guard buffer.count >= length else { return nil }
            let message = try DBusMessage(buffer[..<length])
            buffer.removeFirst(length)
            if message.kind == .signal, concerns(message) { signals += 1 }
            return message
        } catch {
            // Where the next message begins is not known any more.
            throw ended(error)
        }
    }

    private func line() throws(DBusError) -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let line = lossyText(buffer[..<end])
                buffer.removeFirst(end + 1)
                return line
            }
            guard buffer.count < 4096 else { throw ended(DBusError("its greeting has no end")) }
            try receive()
        }
    }

    private func receive() throws(DBusError) {
        guard connection.wait(milliseconds: Limits.dbusAnswer.value) else {
            throw ended(DBusError("no answer within \(Limits.dbusAnswer.value) ms"))
        }
        var taken: [UInt8] = []
        let state = connection.receive { taken += $0.copy(0..<$0.byteCount) }
        buffer += taken
        if case .lost(let cause) = state { throw DBusError(cause) }
    }

    private func ended(_ error: DBusError) -> DBusError {
        connection.close()
        buffer = []
        return error
    }
}
