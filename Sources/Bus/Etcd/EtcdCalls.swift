/// What a shared log asks of etcd. Two bodies: the JSON gateway of real members (``EtcdClient``)
/// and ``SimulatedEtcd``. Keys are texts, revisions those of the whole store. Calls block.
///
/// There is no call that deletes, leases or locks a key: defects of etcd were found there.
public protocol EtcdCalls: Sendable {
    /// A watch of this body.
    associatedtype Watch: EtcdWatch

    /// Carries out a transaction. Fails with `unanswered`, `malformed` or `tooLarge` when it may
    /// have been carried out, with other kinds when it was not.
    func transact(
        _ transaction: EtcdTransaction, milliseconds: Int
    ) throws(BusError) -> EtcdTransactionAnswer

    /// Reads keys as a majority has them.
    func range(_ range: EtcdRange, milliseconds: Int) throws(BusError) -> EtcdRangeAnswer

    /// Opens a watch; what is wrong with it may only be told by its messages. `avoiding` names a
    /// member, as ``EtcdWatch/member`` gives it, that another is preferred to.
    func watch(_ request: EtcdWatchRequest, avoiding: Int?) throws(BusError) -> Watch

    /// Lets go of what was overwritten before `revision`. One that was compacted already, or is
    /// in the future, is refused.
    func compact(before revision: UInt64, milliseconds: Int) throws(BusError)
}

/// A stream of changes of keys. One reader.
public protocol EtcdWatch: Sendable {
    /// The member that serves it.
    var member: Int { get }
    /// The next message; nil when none came in time. Throws when the stream has ended.
    func next(milliseconds: Int) throws(BusError) -> EtcdWatchMessage?
    /// Ends it; twice does nothing.
    func close()
}

/// A key as etcd keeps it.
public struct EtcdKeyValue: Hashable, Sendable {
    /// The key.
    public var key: String
    /// Its value; empty when only keys were asked for.
    public var value: [UInt8]
    /// The revision that made it.
    public var createRevision: UInt64
    /// The revision of its last put.
    public var modRevision: UInt64
    /// How often it was put since it was made.
    public var version: UInt64

    /// A key with what etcd knows of it.
    public init(
        key: String, value: [UInt8] = [], createRevision: UInt64, modRevision: UInt64,
        version: UInt64
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
    }
}

/// Which keys are read: one, or all of `key..<end`.
public struct EtcdRange: Hashable, Sendable {
    /// The first key.
    public var key: String
    /// The key behind the last; nil reads one key.
    public var end: String?
    /// Whether values are left out.
    public var keysOnly: Bool
    /// The most keys that are given; 0 gives all.
    public var limit: Int

    /// A range of keys.
    public init(key: String, end: String? = nil, keysOnly: Bool = false, limit: Int = 0) {
        self.key = key
        self.end = end
        self.keysOnly = keysOnly
        self.limit = limit
    }
}

/// A condition and what is done when it holds and when it does not; all at one revision.
public struct EtcdTransaction: Hashable, Sendable {
    /// What must hold.
    public enum Compare: Hashable, Sendable {
        /// The key was made at that revision; 0: it does not exist.
        case created(String, UInt64)
        /// The key was put last at that revision; 0: it does not exist.
        case modified(String, UInt64)
        /// The key was put so often; 0: it does not exist.
        case version(String, UInt64)
    }

    /// A step.
    public enum Operation: Hashable, Sendable {
        /// Sets a key.
        case put(String, [UInt8])
        /// Reads keys, as they are after the steps before.
        case range(EtcdRange)
    }

    /// All of these must hold.
    public var compares: [Compare]
    /// What is done then.
    public var success: [Operation]
    /// What is done else.
    public var failure: [Operation]

    /// A transaction.
    public init(compares: [Compare], success: [Operation], failure: [Operation]) {
        self.compares = compares
        self.success = success
        self.failure = failure
    }
}

/// What a range gave.
public struct EtcdRangeAnswer: Hashable, Sendable {
    /// The revision of the store.
    public var revision: UInt64
    /// The keys, in bytewise order.
    public var keyValues: [EtcdKeyValue]
    /// Whether the limit left keys out.
    public var isCut: Bool

    /// An answer.
    public init(revision: UInt64, keyValues: [EtcdKeyValue], isCut: Bool = false) {
        self.revision = revision
        self.keyValues = keyValues
        self.isCut = isCut
    }
}

/// What a transaction did.
public struct EtcdTransactionAnswer: Hashable, Sendable {
    /// The revision of the store behind it.
    public var revision: UInt64
    /// Whether the condition held.
    public var succeeded: Bool
    /// What each range of the branch taken gave, in order.
    public var ranges: [EtcdRangeAnswer]

    /// An answer.
    public init(revision: UInt64, succeeded: Bool, ranges: [EtcdRangeAnswer]) {
        self.revision = revision
        self.succeeded = succeeded
        self.ranges = ranges
    }
}

/// What a watch is asked to tell: puts of `key..<end` from a revision on.
public struct EtcdWatchRequest: Hashable, Sendable {
    /// The first key.
    public var key: String
    /// The key behind the last.
    public var end: String
    /// The first revision told.
    public var startRevision: UInt64

    /// A request.
    public init(key: String, end: String, startRevision: UInt64) {
        self.key = key
        self.end = end
        self.startRevision = startRevision
    }
}

/// One message of a watch; without events it says that the watch lives.
public struct EtcdWatchMessage: Hashable, Sendable {
    /// A change of a key.
    public struct Event: Hashable, Sendable {
        /// Whether the key was deleted, which nobody may do.
        public var isDeletion: Bool
        /// The key behind it.
        public var keyValue: EtcdKeyValue

        /// A change.
        public init(isDeletion: Bool = false, keyValue: EtcdKeyValue) {
            self.isDeletion = isDeletion
            self.keyValue = keyValue
        }
    }

    /// The revision of the member that sent it.
    public var revision: UInt64
    /// What changed, oldest first.
    public var events: [Event]
    /// Why the watch ended; nil while it goes on.
    public var cancelled: String?
    /// The oldest revision that can be watched, when the start was compacted.
    public var compactRevision: UInt64?

    /// A message.
    public init(
        revision: UInt64, events: [Event] = [], cancelled: String? = nil,
        compactRevision: UInt64? = nil
    ) {
        self.revision = revision
        self.events = events
        self.cancelled = cancelled
        self.compactRevision = compactRevision
    }
}
