internal import CHost
internal import Glibc

extension LinuxKernel {
    /// One dump on a socket of its own, so that it never waits behind events.
    public func dump(_ kind: NetworkDump, _ take: (RawSpan) -> Void) -> DumpOutcome {
        ask(0, Self.request(kind), take)
    }

    public func ask(
        _ family: Int32, _ request: [UInt8], _ take: (RawSpan) -> Void
    ) -> DumpOutcome {
        let socket = chost_netlink_open(family, 0, 1 << 20)
        guard socket >= 0 else { return .failed(unsafe String(cString: strerror(-socket))) }
        defer { _ = close(socket) }
        let sent = unsafe chost_netlink_send(socket, request, request.count)
        guard sent == 0 else { return .failed(unsafe String(cString: strerror(-sent))) }
        return receiveDump(socket, take)
    }

    /// The family-independent header may be zero.
    private static func request(_ kind: NetworkDump) -> [UInt8] {
        let header =
            switch kind {
            case .links: 16
            case .addresses: 8
            case .routes: 12
            }
        return NetlinkRequest(
            kind.rawValue, .dump, header: [UInt8](repeating: 0, count: header)
        ).bytes
    }

    private func receiveDump(_ socket: Int32, _ take: (RawSpan) -> Void) -> DumpOutcome {
        let slot = 65_536
        var buffer = [UInt8].unfilled(slot)
        var length: UInt32 = 0
        var interrupted = false
        while true {
            guard chost_wait_readable(socket, 5000) == 1 else { return .failed("no answer in 5 s") }
            let count = unsafe chost_netlink_receive(socket, &buffer, slot, 1, &length)
            if count == -EAGAIN { continue }
            guard count == 1, length != .max else {
                return .failed(count < 0 ? unsafe String(cString: strerror(-count)) : "cut short")
            }
            let datagram = unsafe buffer.span.bytes.extracting(0..<Int(length))
            take(datagram)
            switch Self.end(of: datagram, &interrupted) {
            case 0: continue
            case -1: return interrupted ? .interrupted : .complete
            case let code: return .failed(unsafe String(cString: strerror(code)))
            }
        }
    }

    /// 0 while more follows, -1 after NLMSG_DONE or an acknowledgement, else an error number; notes NLM_F_DUMP_INTR.
    private static func end(of datagram: RawSpan, _ interrupted: inout Bool) -> Int32 {
        var offset = 0
        while offset + 16 <= datagram.byteCount {
            let length = Int(load32(datagram, offset))
            let kindAndFlags = load32(datagram, offset + 4)
            if kindAndFlags >> 16 & 0x10 != 0 { interrupted = true }
            switch kindAndFlags & 0xFFFF {
            case 3: return -1
            case 2:
                guard offset + 20 <= datagram.byteCount else { return EBADMSG }
                let code = -Int32(bitPattern: load32(datagram, offset + 16))
                return code == 0 ? -1 : code
            default: break
            }
            guard length >= 16 else { return EBADMSG }
            offset += (length + 3) & ~3
        }
        return 0
    }

    private static func load32(_ span: RawSpan, _ offset: Int) -> UInt32 {
        unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }
}
