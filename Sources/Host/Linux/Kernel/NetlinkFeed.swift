internal import CHost
internal import Glibc

/// A netlink socket that joined groups. Never sets NETLINK_NO_ENOBUFS: loss must be seen.
final class NetlinkFeed: KernelFeed {
    let socket: Int32
    let isUrgent = false
    private let slot: Int
    private var buffer: [UInt8]
    private var lengths = [UInt32](repeating: 0, count: 64)

    /// A feed in groups of a mask, and in groups by number.
    init(
        protocol number: Int32, groups: UInt32, joining: [UInt32] = [], bufferBytes: Int, slot: Int,
        operation: String
    ) throws(KernelError) {
        socket = chost_netlink_open(number, groups, Int32(clamping: bufferBytes))
        self.slot = slot
        buffer = .unfilled(slot * 64)
        guard socket >= 0 else { throw refusal(operation, -socket) }
        for group in joining {
            let code = chost_netlink_join(socket, group)
            guard code == 0 else {
                _ = Glibc.close(socket)
                throw refusal(operation, -code)
            }
        }
    }

    var descriptor: Int32? { socket }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        let count = unsafe Int(
            chost_netlink_receive(socket, &buffer, slot, Int32(lengths.count), &lengths))
        if count == -Int(ENOBUFS) {
            return .lost(cause: "the receive buffer overflowed (ENOBUFS)")
        }
        if count < 0 {
            if count == -Int(EAGAIN) { return .empty }
            return .lost(cause: unsafe String(cString: strerror(Int32(-count))))
        }
        var cut = false
        for index in 0..<count where lengths[index] != 0 {
            if lengths[index] == .max {
                cut = true
            } else {
                let start = index * slot
                unsafe take(buffer.span.bytes.extracting(start..<start + Int(lengths[index])))
            }
        }
        if cut { return .lost(cause: "a datagram was longer than \(slot) bytes") }
        return count == lengths.count ? .more : .empty
    }

    func close() { _ = Glibc.close(socket) }
}

/// A file of /proc that announces its changes with urgent data.
final class WatchedFile: KernelFeed {
    private let file: Int32
    private let hasTrigger: Bool
    let isUrgent = true

    init(_ path: String, trigger: String?) throws(KernelError) {
        hasTrigger = trigger != nil
        let mode = trigger == nil ? O_RDONLY : O_RDWR
        file = unsafe open(path, mode | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw refusal("watch \(path)", errno) }
        if let trigger {
            // The kernel takes the terminating NUL as the end of the trigger.
            let bytes = Array(trigger.utf8) + [0]
            let count = unsafe bytes.withUnsafeBytes {
                unsafe write(file, $0.baseAddress, $0.count)
            }
            guard count == bytes.count else {
                let code = errno
                _ = Glibc.close(file)
                throw refusal("set a trigger on \(path)", code)
            }
        }
    }

    var descriptor: Int32? { file }

    /// Waiting for most files takes the news, but those of `/proc/mdstat` only its reader takes, from
    /// the first byte (mdstat_poll and md_seq_show in drivers/md/md.c): unread, it never rests.
    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        guard !hasTrigger else { return .empty }
        var bytes = [UInt8](repeating: 0, count: 4096)
        _ = unsafe pread(file, &bytes, bytes.count, 0)
        return .empty
    }

    func close() { _ = Glibc.close(file) }
}
