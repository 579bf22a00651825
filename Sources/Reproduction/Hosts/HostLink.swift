internal import Host
internal import Resources

/// A conversation with the script of a host (`HostScript`): a line, perhaps bytes behind it, and a
/// line in answer. It ends when nobody holds it.
final class HostLink {
    private let process: ExecProcess
    private let clock: any Clock
    /// What messages call the host.
    let host: String
    private let isCancelled: @Sendable () -> Bool
    private var buffer: [UInt8] = []

    /// Begins one: `launch` runs the script there. `isCancelled` is asked while it waits.
    init(
        _ launch: Launch, host: String, clock: any Clock,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(ReproductionError) {
        do throws(ProcessError) { process = try ExecProcess.begin(launch) } catch {
            throw HostFailure.start(error, host: host)
        }
        self.host = host
        self.clock = clock
        self.isCancelled = isCancelled
        try awaitGreeting()
    }

    /// What the shells of some hosts say first is passed over.
    private func awaitGreeting() throws(ReproductionError) {
        var passed = 0
        while passed <= Limits.hostLine.value {
            let line = try line()
            if line == HostScript.greeting { return }
            if line.hasPrefix("failed ") { throw HostFailure.told(line.dropFirst(7), host: host) }
            passed += line.utf8.count + 1
        }
        throw HostFailure.strange("a long text", host: host)
    }

    /// Says a line and gives the answer.
    func ask(_ line: String) throws(ReproductionError) -> String {
        try say(line)
        return try answer()
    }

    /// Says a line whose only good answer is known.
    func tell(_ line: String, expecting wanted: String = "done") throws(ReproductionError) {
        try say(line)
        try expect(wanted)
    }

    func expect(_ wanted: String) throws(ReproductionError) {
        let answer = try answer()
        guard answer == wanted else { throw HostFailure.strange(answer, host: host) }
    }

    func say(_ line: String) throws(ReproductionError) { try write(Array((line + "\n").utf8)) }

    func write(_ bytes: [UInt8]) throws(ReproductionError) {
        do throws(ProcessError) { try process.write(bytes) } catch {
            // The host says why it takes no more, or ssh does.
            let last = try answer()
            throw HostFailure.strange(last, host: host)
        }
    }

    /// The next answer; throws when it is that something failed.
    func answer() throws(ReproductionError) -> String {
        let line = try line()
        if line.hasPrefix("failed ") { throw HostFailure.told(line.dropFirst(7), host: host) }
        return line
    }

    private func line() throws(ReproductionError) -> String {
        let deadline = clock.ticks.advanced(byMilliseconds: UInt64(Limits.hostAnswer.value))
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return line
            }
            guard buffer.count <= Limits.hostLine.value else {
                throw HostFailure.strange(
                    String(decoding: buffer.prefix(100), as: UTF8.self), host: host)
            }
            if isCancelled() { throw HostFailure.cancelled(host) }
            guard clock.ticks < deadline else { throw HostFailure.late(host) }
            guard let more = try read(milliseconds: 500) else { continue }
            guard !more.isEmpty else { throw ended() }
            buffer += more
        }
    }

    private func read(
        errors: Bool = false, milliseconds: Int32
    ) throws(ReproductionError) -> [UInt8]? {
        do throws(ProcessError) {
            return try process.read(errors: errors, milliseconds: milliseconds)
        } catch { throw ReproductionError(error) }
    }

    private func ended() -> ReproductionError {
        let exit = process.exit(milliseconds: 5000)
        var said: [UInt8] = []
        // What cannot be read any more adds nothing.
        while said.count < Limits.hostLine.value,
            let more = (try? read(errors: true, milliseconds: 0)) ?? nil, !more.isEmpty
        {
            said += more
        }
        return HostFailure.ended(
            String(decoding: said, as: UTF8.self), exit: exit, host: host)
    }
}
