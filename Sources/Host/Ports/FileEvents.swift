/// A change of a file, as a feed of file events tells it.
public struct FileEvent: Hashable, Sendable {
    /// What happened; several, where the kernel merged them.
    public struct Kind: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32

        /// Kinds by their bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Its contents: it was closed after writing.
        public static let contents = Kind(rawValue: 1)
        /// Its owner, mode, times, or links.
        public static let attributes = Kind(rawValue: 2)
        /// It was made here or moved here.
        public static let appeared = Kind(rawValue: 4)
        /// It was removed or moved away.
        public static let vanished = Kind(rawValue: 8)
        /// It was opened to be executed.
        public static let executed = Kind(rawValue: 16)
        /// It is a folder.
        public static let folder = Kind(rawValue: 32)
    }

    public var kind: Kind
    /// The process that did it; 0 where the kernel does not tell.
    public var process: Int32
    /// When that process started, in clock ticks after boot; 0 where it is not proven that the
    /// process of this number is the one that did it: the number may be another's by now.
    public var start: UInt64
    /// Where, as the path is now.
    public var path: [UInt8]

    /// A change of a file.
    public init(_ kind: Kind, process: Int32, start: UInt64, path: [UInt8]) {
        self.kind = kind
        self.process = process
        self.start = start
        self.path = path
    }

    /// Reads a datagram: kinds and process of four bytes each, its start of eight, then the path.
    public init?(_ datagram: RawSpan) {
        guard datagram.byteCount > 16 else { return nil }
        kind = Kind(
            rawValue: unsafe datagram.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self))
        process = unsafe datagram.unsafeLoadUnaligned(fromByteOffset: 4, as: Int32.self)
        start = unsafe datagram.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
        path = []
        path.reserveCapacity(datagram.byteCount - 16)
        for offset in 16..<datagram.byteCount {
            path.append(unsafe datagram.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
    }

    /// The datagram of it.
    public var datagram: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + path.count)
        for word in [kind.rawValue, UInt32(bitPattern: process)] {
            unsafe withUnsafeBytes(of: word) { unsafe bytes.append(contentsOf: $0) }
        }
        unsafe withUnsafeBytes(of: start) { unsafe bytes.append(contentsOf: $0) }
        return bytes + path
    }
}

/// A subscription to changes of files by the file systems they are on, so that none is missed in a
/// folder that is new. A datagram is a `FileEvent`.
public protocol FileEventFeed: KernelFeed {
    /// Makes these the paths that are told of: of a file itself, of a folder all that is below it
    /// at any depth, of both what befalls the folders that lead to them. Executions are told
    /// wherever they are. Gives those that cannot be followed, each with the cause.
    func follow(_ roots: Set<String>) -> [String: String]
}
