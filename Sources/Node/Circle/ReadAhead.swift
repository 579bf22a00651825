internal import Dispatch
internal import Host
internal import Log
internal import Resources
internal import Synchronization

/// Reads a log's next entries on another thread while those before are applied: to read them, to
/// prove them and to take them apart costs as much as to apply them.
final class ReadAhead<D: Disk>: Sendable {
    private let log: CommandLog<D>
    private let queue = DispatchQueue(label: "read ahead")
    private let isRead = DispatchSemaphore(value: 0)
    private let read = Mutex<Result<[LogEntry], LogError>?>(nil)

    /// Begins to read at `position`.
    init(_ log: CommandLog<D>, from position: Position) {
        self.log = log
        begin(position)
    }

    /// The entries that were read; goes on behind them while there are more.
    func next() throws(LogError) -> [LogEntry] {
        isRead.wait()
        let result = read.withLock { read in
            defer { read = nil }
            return read
        }
        guard let entries = try result?.get(), let last = entries.last?.header.position else {
            return []
        }
        if last < log.tail { begin(last.next) }
        return entries
    }

    private func begin(_ position: Position) {
        queue.async { [self] in
            let result = Result { () throws(LogError) in
                try log.read(from: position, maximumBytes: Limits.groupBytes.value)
            }
            read.withLock { $0 = result }
            isRead.signal()
        }
    }
}
