internal import CHost
internal import Glibc
internal import Resources
internal import Synchronization

/// A program that somebody talks with while it runs: its streams, or its terminal, and its end.
public final class ExecProcess: Sendable {
    /// Where its input is written; with a terminal, the terminal.
    public let input: Int32
    /// Where its output is read; with a terminal, the same descriptor.
    public let output: Int32
    /// Where its errors are read; -1 with a terminal, which mixes them.
    public let errors: Int32
    /// Becomes readable when it has ended.
    public let ending: Int32
    /// Its number.
    public let pid: Int32

    private struct State {
        var exit: ExitStatus?
        var isReaped = false
        var isInputOpen = true
    }
    private let state = Mutex(State())
    /// A file that only its start needed.
    private let temporary: String?

    /// Rows and columns of a terminal.
    public struct Size: Hashable, Sendable {
        /// Lines.
        public var rows: Int
        /// Characters of a line.
        public var columns: Int

        /// So many rows and columns.
        public init(rows: Int, columns: Int) {
            self.rows = rows
            self.columns = columns
        }
    }

    /// Starts a program with pipes, or with a terminal of that size.
    init(_ launch: Launch, terminal: Size?, temporary: String?) throws(ProcessError) {
        self.temporary = temporary
        var spawn = try Spawn(launch, output: "/dev/null", boot: "", record: -1)
        let ends = try Streams(terminal)
        spawn.streams = ends.theirs
        spawn.ownsTerminal = terminal != nil
        defer { ends.closeTheirs() }
        Children.beginSpawn()
        defer { Children.endSpawn() }
        let number: Int32
        do throws(ProcessError) { number = try spawn.perform() } catch {
            ends.closeOurs()
            throw error
        }
        let descriptor = chost_pidfd_open(number)
        guard descriptor >= 0 else {
            kill(-number, SIGKILL)
            ends.closeOurs()
            throw ProcessError(
                errno: -descriptor, operation: "watch process", subject: launch.executable)
        }
        Children.watch(number)
        (input, output, errors) = ends.ours
        (ending, pid) = (descriptor, number)
    }

    deinit {
        dropTemporary()
        state.withLock { state in
            if !state.isReaped {
                _ = chost_pidfd_signal(ending, pid, SIGKILL, 1)
                // Its zombie is reaped with the orphans of its session.
                Children.unwatch(pid)
            }
            if state.isInputOpen, input != output { _ = close(input) }
        }
        for file in [output, errors, ending] where file >= 0 { _ = close(file) }
    }

    private func dropTemporary() {
        if let temporary { unsafe _ = unlink(temporary) }
    }

    /// Tells its input that no more comes; a terminal gets the character for it.
    public func endInput() {
        state.withLock { state in
            guard state.isInputOpen else { return }
            state.isInputOpen = false
            if input == output {
                var end: UInt8 = 4
                unsafe _ = Glibc.write(input, &end, 1)
            } else {
                _ = close(input)
            }
        }
    }

    /// Writes all of it; waits while the program does not read.
    public func write(_ bytes: [UInt8]) throws(ProcessError) {
        guard state.withLock({ $0.isInputOpen }) else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(input, buffer.baseAddress, buffer.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw LinuxFiles().failure("write to", "\(pid)") }
            rest = rest.dropFirst(count)
        }
    }

    /// What it says next, waited for so long: nil when nothing came, empty at the end.
    public func read(
        errors wanted: Bool = false, milliseconds: Int32
    ) throws(ProcessError) -> [UInt8]? {
        let file = wanted ? errors : output
        guard file >= 0 else { return [] }
        var wait = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wait, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(file, &buffer, buffer.count)
        if count >= 0 { return Array(buffer.prefix(count)) }
        // A terminal whose last program is gone says EIO (pty(7)).
        if errno == EIO { return [] }
        if errno == EINTR || errno == EAGAIN { return nil }
        throw LinuxFiles().failure("read from", "\(pid)")
    }

    /// Gives its terminal another size.
    public func resize(_ size: Size) throws(ProcessError) {
        guard input == output else { return }
        let error = chost_resize_terminal(input, Int32(size.rows), Int32(size.columns))
        if error != 0 {
            throw ProcessError(errno: error, operation: "resize", subject: "\(pid)")
        }
    }

    /// Sends it and its group a signal.
    public func signal(_ number: Int32) {
        state.withLock { state in
            if !state.isReaped { _ = chost_pidfd_signal(ending, pid, number, 1) }
        }
    }

    /// How it ended, waited for so long; nil while it runs.
    public func exit(milliseconds: Int32) -> ExitStatus? {
        if let known = state.withLock({ $0.exit }) { return known }
        var wait = pollfd(fd: ending, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wait, 1, milliseconds) > 0 else { return nil }
        dropTemporary()
        return state.withLock { state in
            guard !state.isReaped else { return state.exit }
            var code: Int32 = 0
            var status: Int32 = 0
            guard unsafe chost_pidfd_reap(ending, &code, &status) != 0 else { return nil }
            state.isReaped = true
            Children.unwatch(pid)
            state.exit = code == CLD_EXITED ? .code(status) : .signal(status)
            return state.exit
        }
    }
}

/// The two ends of a process's streams.
private struct Streams {
    let ours: (input: Int32, output: Int32, errors: Int32)
    let theirs: (input: Int32, output: Int32, errors: Int32)

    init(_ terminal: ExecProcess.Size?) throws(ProcessError) {
        if let terminal {
            var own: Int32 = -1
            var other: Int32 = -1
            let error = unsafe chost_open_terminal(
                Int32(terminal.rows), Int32(terminal.columns), &own, &other)
            guard error == 0 else {
                throw ProcessError(errno: error, operation: "open", subject: "terminal")
            }
            (ours, theirs) = ((own, own, -1), (other, other, other))
            return
        }
        var pipes = [Int32](repeating: -1, count: 6)
        for index in [0, 2, 4] {
            var ends: [Int32] = [-1, -1]
            let error = unsafe chost_pipe(&ends)
            guard error == 0 else {
                for file in pipes where file >= 0 { _ = close(file) }
                throw ProcessError(errno: error, operation: "open", subject: "pipe")
            }
            pipes.replaceSubrange(index..<index + 2, with: ends)
        }
        ours = (pipes[1], pipes[2], pipes[4])
        theirs = (pipes[0], pipes[3], pipes[5])
    }

    func closeTheirs() {
        for file in Set([theirs.input, theirs.output, theirs.errors]) { _ = close(file) }
    }

    func closeOurs() {
        for file in Set([ours.input, ours.output, ours.errors]) where file >= 0 { _ = close(file) }
    }
}

extension LinuxProcesses {
    /// Starts a program that belongs to no key and is talked with; it goes when nobody holds it,
    /// and the file `temporary` with it.
    public func talk(
        _ launch: Launch, terminal: ExecProcess.Size?, temporary: String? = nil
    ) throws(ProcessError) -> ExecProcess {
        try ExecProcess(launch, terminal: terminal, temporary: temporary)
    }
}

extension ExecProcess {
    /// A write to a program that ended fails instead of ending who writes.
    private static let refusesPipeSignal: Void = {
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
    }()

    /// Starts a program that belongs to no ledger, with pipes; it goes when nobody holds it.
    public static func begin(_ launch: Launch) throws(ProcessError) -> ExecProcess {
        _ = refusesPipeSignal
        return try ExecProcess(launch, terminal: nil, temporary: nil)
    }
}
