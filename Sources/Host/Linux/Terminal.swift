internal import Glibc
internal import Synchronization

/// The terminal of this process: size, single keys, and the state it had before.
public final class Terminal: Sendable {
    private let before = Mutex<(state: termios, ownsScreen: Bool)?>(nil)

    /// The terminal of standard input and output.
    public init() {}

    /// Columns of the screen; 80 when it has no size.
    public var columns: Int { size.columns }

    /// Rows of the screen; 24 when it has no size.
    public var rows: Int { size.rows }

    /// Switches to the alternate screen and to keys without echo.
    public func takeOver() {
        var state = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &state) == 0 else { return }
        before.withLock { $0 = (state, true) }
        state.c_lflag &= ~tcflag_t(ICANON | ECHO)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &state)
        emit("\u{1B}[?1049h\u{1B}[?25l")
    }

    /// Hands every key through as it is, for a program at the other end of a connection; false when
    /// standard input is no terminal.
    public func passThrough() -> Bool {
        var state = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &state) == 0 else { return false }
        before.withLock { $0 = (state, false) }
        unsafe cfmakeraw(&state)
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &state)
        return true
    }

    /// Gives the terminal back as it was.
    public func restore() {
        guard let taken = before.withLock({ $0.take() }) else { return }
        var state = taken.state
        if taken.ownsScreen { emit("\u{1B}[?25h\u{1B}[?1049l") }
        _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &state)
    }

    /// What came on standard input within so long: nil for nothing, empty for its end.
    public static func input(milliseconds: Int32) -> [UInt8]? {
        var poller = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&poller, 1, milliseconds) > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe Glibc.read(STDIN_FILENO, &bytes, bytes.count)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// Waits for a key for so long; true when it is `key` or input has ended.
    public func waitForKey(_ key: Character, milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&poller, 1, milliseconds) > 0 else { return false }
        var byte: UInt8 = 0
        let count = unsafe read(STDIN_FILENO, &byte, 1)
        return count <= 0 || Character(Unicode.Scalar(byte)) == key
    }

    private var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    private func emit(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(STDOUT_FILENO, buffer.baseAddress, buffer.count)
        }
    }
}
