internal import Glibc
internal import Synchronization

/// Where the CLI writes: answers to standard output, everything else to standard error.
struct Screen: Sendable {
    /// True when standard output is a terminal.
    let isTerminal: Bool
    private let colours: Bool

    /// The screen of this process; `NO_COLOR` turns colours off.
    init(environment: [String: String]) {
        isTerminal = isatty(STDOUT_FILENO) == 1
        colours = isTerminal && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
    }

    /// Writes an answer.
    func write(_ text: String) { Self.write(Array(text.utf8), to: STDOUT_FILENO) }

    /// Writes what another program said, as it is.
    func writeBytes(_ bytes: [UInt8]) { Self.write(bytes, to: STDOUT_FILENO) }

    /// Writes progress or a warning.
    func note(_ text: String) { Self.write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// The text in a colour, on a terminal.
    func paint(_ text: String, _ colour: Colour) -> String {
        colours ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    enum Colour: Int { case red = 31, green = 32, yellow = 33, dim = 2, bold = 1 }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
