/// One message of the process connector (linux/cn_proc.h), reduced to what the table needs.
struct ProcessEvent: Hashable, Sendable {
    /// Nanoseconds of monotonic time at which the kernel sent it.
    var time: UInt64
    /// What happened.
    var what: What

    enum What: Hashable, Sendable {
        case forked(parent: Int32, child: Int32)
        case executed(pid: Int32)
        case user(pid: Int32, effective: UInt32)
        case group(pid: Int32, effective: UInt32)
        case renamed(pid: Int32, name: String)
        /// A process's first thread ended, with the status of wait(2).
        case exited(pid: Int32, status: UInt32)
        /// A process got or lost a thread that is not its first.
        case threads(pid: Int32, by: Int)
    }

    /// Reads the datagram: nlmsghdr (16), cn_msg (20), then what (4), cpu (4), time (8), data.
    /// Nil for acknowledgements, kinds that are not wanted, and what is cut short.
    init?(_ datagram: RawSpan) {
        guard datagram.load(4, as: UInt16.self) == 3, datagram.load(16, as: UInt32.self) == 1,
            let kind = datagram.load(36, as: UInt32.self),
            let time = datagram.load(44, as: UInt64.self),
            let first = datagram.load(52, as: Int32.self),
            let second = datagram.load(56, as: Int32.self),
            let what = What(kind: kind, first, second, datagram)
        else { return nil }
        self.time = time
        self.what = what
    }

    /// An event of the World or of a test.
    init(_ what: What, time: UInt64) {
        self.what = what
        self.time = time
    }
}

extension ProcessEvent.What {
    /// `first` and `second` are thread and process but for a fork, where they are the parent's.
    init?(kind: UInt32, _ first: Int32, _ second: Int32, _ datagram: RawSpan) {
        let third = datagram.load(60, as: Int32.self)
        let fourth = datagram.load(64, as: Int32.self)
        let whole = first == second
        switch kind {
        case 0x1:
            guard let third, let fourth else { return nil }
            self =
                third == fourth
                ? .forked(parent: second, child: third) : .threads(pid: fourth, by: 1)
        case 0x2: self = .executed(pid: second)
        case 0x4 where whole:
            guard let fourth else { return nil }
            self = .user(pid: second, effective: UInt32(bitPattern: fourth))
        case 0x40 where whole:
            guard let fourth else { return nil }
            self = .group(pid: second, effective: UInt32(bitPattern: fourth))
        case 0x200 where whole:
            let name = datagram.copy(60..<76).prefix { $0 != 0 }
            self = .renamed(pid: second, name: lossyText(name))
        case 0x8000_0000:
            guard let third else { return nil }
            self =
                whole
                ? .exited(pid: second, status: UInt32(bitPattern: third))
                : .threads(pid: second, by: -1)
        default: return nil
        }
    }
}
