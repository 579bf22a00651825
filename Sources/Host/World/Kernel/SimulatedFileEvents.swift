extension SimulatedKernel {
    public func fileEvents() throws(KernelError) -> any FileEventFeed {
        if isUnprivileged {
            throw KernelError(
                operation: "subscribe to file events", cause: "Operation not permitted",
                remedy: "grant CAP_SYS_ADMIN")
        }
        let feed = SimulatedFileEvents { [unowned self] in table[$0]?.start }
        fileFeeds.append(feed)
        return feed
    }

    /// The inode stands for the time: a file that is written again keeps both.
    public func birth(_ path: String) -> Int64? { files[path].map { Int64($0.inode) } }
}

/// Changes of the World's files: a queue that loses what does not fit and says so.
final class SimulatedFileEvents: FileEventFeed {
    let descriptor: Int32? = nil
    let isUrgent = false
    private let capacity = 4096
    private var roots = FollowedPaths()
    private var queue: [FileEvent] = []
    private var isLossy = false
    /// When the process that has a number now started.
    private let start: (Int32) -> UInt64?

    init(_ start: @escaping (Int32) -> UInt64?) { self.start = start }

    func follow(_ roots: Set<String>) -> [String: String] {
        self.roots = FollowedPaths(roots)
        return [:]
    }

    func tell(_ path: String, _ kind: FileEvent.Kind, by process: Int32, _ start: UInt64) {
        guard roots.leads(Array(path.utf8)) else { return }
        if queue.count < capacity {
            queue.append(
                FileEvent(kind, process: process, start: start, path: Array(path.utf8)))
        } else {
            isLossy = true
        }
    }

    func overflow() { isLossy = true }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        let part = queue.prefix(64)
        queue.removeFirst(part.count)
        for var event in part {
            // As with a pidfd: the start of who is gone by now is not told.
            if start(event.process) != event.start { event.start = 0 }
            unsafe take(event.datagram.span.bytes)
        }
        // As with fanotify, the loss stands at the end of the queue.
        if queue.isEmpty, isLossy {
            isLossy = false
            return .lost(cause: "the queue of file events overflowed")
        }
        return queue.isEmpty ? .empty : .more
    }

    func close() { queue = [] }
}
