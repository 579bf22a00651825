public import Resources

/// The processes of a host, and the ledger that finds them again after a crash.
///
/// Each key is launched at most once in its life: the intent is durable before anything starts,
/// and a started process has written its own identity into the ledger before it runs its program.
public protocol Processes: Sendable {
    /// Writes the intent of a key; an intent whose process never started may be written again.
    func intend(_ key: Identifier, _ intent: [UInt8]) throws(ProcessError)
    /// Starts the process of a key that has an intent, and watches it.
    func launch(_ launch: Launch, as key: Identifier) throws(ProcessError) -> LedgerRecord
    /// All keys in order. Waits for a start that an earlier life of Pisces left halfway.
    func ledger() throws(ProcessError) -> [LedgerEntry]
    /// One key; nil when it has no intent.
    func entry(_ key: Identifier) throws(ProcessError) -> LedgerEntry?
    /// Reports the end of a running process under that key; false when it has ended already.
    func watch(_ process: ProcessIdentity, as key: Identifier) throws(ProcessError) -> Bool
    /// The process of that number, unless there is none or it is a zombie.
    func process(_ pid: Int32) -> ProcessIdentity?
    /// Asks the process and its group to end by `signal`, and after the grace kills them. Returns
    /// at once; the end is reported as any other.
    func stop(
        _ process: ProcessIdentity, as key: Identifier, graceMilliseconds: UInt64,
        signal: Int32
    ) throws(ProcessError)
    /// Sends the process and its group a signal, when it runs.
    func signal(
        _ process: ProcessIdentity, as key: Identifier, _ signal: Int32
    ) throws(ProcessError)
    /// Writes how the process of a key ended. The first end that is known stays.
    func settle(_ key: Identifier, _ end: ProcessEnd) throws(ProcessError)
    /// Lists the output of a key under a name, beside that of earlier keys of the name.
    func listOutput(of key: Identifier, as name: String) throws(ProcessError)
    /// Keeps the output of a key that is about to be forgotten.
    func keepOutput(of key: Identifier, as name: String) throws(ProcessError)
    /// Drops a key and all that is kept under it.
    func forget(_ key: Identifier) throws(ProcessError)
    /// Who hears of ends: called once, before the first launch. An end is in the ledger before.
    func onEnd(_ handler: @escaping @Sendable (Identifier, ProcessEnd) -> Void)
}

/// A process, told apart from later ones of the same number.
public struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    /// Its number.
    public let pid: Int32
    /// When it started, in clock ticks since boot (proc(5), stat field 22).
    public let start: UInt64
    /// The boot it belongs to.
    public let boot: String

    /// The process of that number, start and boot.
    public init(pid: Int32, start: UInt64, boot: String) {
        self.pid = pid
        self.start = start
        self.boot = boot
    }

    /// `boot:pid:start`.
    public var description: String { "\(boot):\(pid):\(start)" }
}

/// What to start.
public struct Launch: Hashable, Sendable {
    /// The program's path, or a name to find on the `PATH` of `environment`.
    public var executable: String
    /// What follows the program's name.
    public var arguments: [String]
    /// The whole environment; nothing is inherited.
    public var environment: SortedMap<String>
    /// The working directory; `/` when not given.
    public var directory: String?
    /// User and group to become.
    public var user: UInt32?
    /// Group to become.
    public var group: UInt32?
    /// Directories of control groups to join.
    public var cgroups: [String] = []

    /// A start of `executable` with nothing inherited.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: SortedMap<String> = [:],
        directory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }
}

/// How a process ended.
public enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
    /// It returned this.
    case code(Int32)
    /// This signal ended it.
    case signal(Int32)

    public var description: String {
        switch self {
        case .code(let code): "exit \(code)"
        case .signal(let signal): "signal \(signal)"
        }
    }
}

/// An end of a process: how, unless it was another's child, and when that was noticed.
public struct ProcessEnd: Hashable, Sendable {
    /// How it ended; nil when only its parent could know.
    public var exit: ExitStatus?
    /// When the end was noticed; nil when it came while nobody looked.
    public var at: WallTime?

    /// An end.
    public init(exit: ExitStatus?, at: WallTime?) {
        self.exit = exit
        self.at = at
    }
}

/// What a started process wrote of itself.
public struct LedgerRecord: Hashable, Sendable {
    /// The process.
    public var process: ProcessIdentity
    /// When it started.
    public var since: WallTime

    /// A process since a time.
    public init(process: ProcessIdentity, since: WallTime) {
        self.process = process
        self.since = since
    }
}

/// What the ledger knows of a key.
public struct LedgerEntry: Hashable, Sendable {
    /// The key.
    public var key: Identifier
    /// What was written as its intent.
    public var intent: [UInt8]
    /// Its process, when one ever started.
    public var record: LedgerRecord?
    /// How it ended, when that was written.
    public var end: ProcessEnd?

    /// An entry.
    public init(key: Identifier, intent: [UInt8], record: LedgerRecord?, end: ProcessEnd?) {
        self.key = key
        self.intent = intent
        self.record = record
        self.end = end
    }
}

/// Why something about a process could not be done.
public struct ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done: "start", "signal", "read ledger" …
    public var operation: String
    /// To what: a program, a file, an instance.
    public var subject: String
    /// Why it failed, and what to do when that is known.
    public var cause: String
    /// The kinds that callers tell apart.
    public var kind: Kind

    /// The kinds that callers tell apart.
    public enum Kind: Hashable, Sendable {
        case notFound, notAllowed, exhausted, alreadyStarted, unknownKey, failed
    }

    /// The failure of `operation` on `subject`.
    public init(_ kind: Kind, operation: String, subject: String, cause: String) {
        self.kind = kind
        self.operation = operation
        self.subject = subject
        self.cause = cause
    }

    public var description: String { "\(operation) \(subject): \(cause)" }
}
