internal import CHost
internal import Glibc

extension LinuxKernel {
    public func mountEvents() throws(KernelError) -> any KernelFeed { try MountEventFeed() }
}

/// Mounts that come to and go from this mount namespace, by fanotify(7) (Linux 6.15): a datagram
/// an event, as the kernel writes it.
final class MountEventFeed: KernelFeed {
    let isUrgent = false
    private let file: Int32
    /// An event of a mount has 40 bytes; the queue holds 16,384 of them.
    private var buffer = [UInt8].unfilled(16_384)

    init() throws(KernelError) {
        file = chost_mount_events_open()
        guard file >= 0 else {
            throw KernelError(
                operation: "subscribe to mounts by fanotify",
                cause: unsafe String(cString: strerror(-file)),
                remedy: file == -EINVAL ? "Linux 6.15 or newer" : "grant CAP_SYS_ADMIN")
        }
    }

    var descriptor: Int32? { file }

    func receive(_ take: (RawSpan) -> Void) -> FeedState {
        let count = unsafe Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else {
            return count < 0 && errno != EAGAIN && errno != EINTR
                ? .lost(cause: unsafe String(cString: strerror(errno))) : .empty
        }
        var offset = 0
        var isLost = false
        // struct fanotify_event_metadata: length, version, reserved, its own length, mask,
        // descriptor, process.
        while offset + 24 <= count {
            let length = Int(load(offset, UInt32.self))
            guard length >= 24, offset + length <= count else { break }
            if load(offset + 8, UInt64.self) & 0x4000 != 0 {
                isLost = true
            } else {
                unsafe take(buffer.span.bytes.extracting(offset..<offset + length))
            }
            offset += length
        }
        if isLost { return .lost(cause: "the queue of mount events overflowed") }
        return count > buffer.count / 2 ? .more : .empty
    }

    private func load<Word: FixedWidthInteger & BitwiseCopyable>(
        _ offset: Int, _: Word.Type
    ) -> Word {
        unsafe buffer.withUnsafeBytes {
            unsafe $0.loadUnaligned(fromByteOffset: offset, as: Word.self)
        }
    }

    func close() { _ = Glibc.close(file) }
}
