internal import CHost
internal import Glibc
internal import Resources

extension LinuxKernel {
    /// The number of its folder in sysfs, which is never given out again. An interface that is
    /// renamed meanwhile is looked up anew.
    public func interfaceInstance(_ index: Int32) -> UInt64? {
        for _ in 0..<4 {
            var name = [CChar](repeating: 0, count: 16)
            guard unsafe if_indextoname(UInt32(bitPattern: index), &name) != nil else { return nil }
            let text = String(
                decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let folder = "/sys/class/net/\(text)"
            guard let inode = status(folder, following: true)?.inode,
                let number = read(folder + "/ifindex"),
                String(decoding: number, as: UTF8.self) == "\(index)\n"
            else { continue }
            return inode
        }
        return nil
    }

    public func read(_ path: String, at offset: UInt64, count: Int) -> [UInt8]? {
        // A drive without a medium, and a pipe, must not make the sensor wait.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, let start = Int(exactly: offset), count > 0,
            [S_IFREG, S_IFBLK].contains(status.st_mode & S_IFMT)
        else { return nil }
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = unsafe pread(
                    file, buffer.baseAddress?.advanced(by: filled), count - filled, start + filled)
                if part < 0 && errno == EINTR { continue }
                if part < 0 { failed = filled == 0 }
                if part <= 0 { break }
                filled += part
            }
        }
        return failed ? nil : bytes
    }

    public func ask(
        _ family: Int32, once request: [UInt8], _ take: (RawSpan) -> Void
    ) -> DumpOutcome {
        let socket = chost_netlink_open(family, 0, 1 << 16)
        guard socket >= 0 else { return .failed(unsafe String(cString: strerror(-socket))) }
        defer { _ = close(socket) }
        let sent = unsafe chost_netlink_send(socket, request, request.count)
        guard sent == 0 else { return .failed(unsafe String(cString: strerror(-sent))) }
        var buffer = [UInt8].unfilled(65_536)
        var length: UInt32 = 0
        for _ in 0..<16 {
            guard chost_wait_readable(socket, 1000) == 1 else { return .failed("no answer in 1 s") }
            let count = unsafe chost_netlink_receive(socket, &buffer, buffer.count, 1, &length)
            if count == -EAGAIN { continue }
            guard count == 1, length != .max, length >= 20 else {
                return .failed(count < 0 ? unsafe String(cString: strerror(-count)) : "cut short")
            }
            let answer = unsafe buffer.span.bytes.extracting(0..<Int(length))
            let kind = unsafe answer.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt16.self)
            guard kind == 2 else {
                take(answer)
                return .complete
            }
            let code = unsafe answer.unsafeLoadUnaligned(fromByteOffset: 16, as: Int32.self)
            if code != 0 { return .failed(unsafe String(cString: strerror(-code))) }
        }
        return .failed("too many acknowledgements")
    }
}

extension LinuxKernel {
    public func isClockSynchronised() -> Bool? {
        let answer = chost_clock_synchronised()
        return answer < 0 ? nil : answer == 1
    }
}

extension LinuxKernel {
    public func packetTable(_ name: String, isSix: Bool) throws(KernelError) -> [UInt8] {
        let operation = "read table \(name) of \(isSix ? "ip6tables" : "iptables")-legacy"
        var buffer = [UInt8].unfilled(65_536)
        // It may grow, or be replaced, between the two questions that it takes.
        for _ in 0..<Limits.dumpAttempts.value {
            let count = unsafe chost_packet_table(isSix ? 1 : 0, name, &buffer, buffer.count)
            if count == -Int(EAGAIN) { continue }
            guard count >= 0 else { throw refusal(operation, Int32(-count)) }
            if count <= buffer.count { return Array(buffer.prefix(count)) }
            guard count <= Limits.kernelTextBytes.value else { break }
            buffer = .unfilled(count)
        }
        throw KernelError(
            operation: operation, cause: "it changes too fast or is too large",
            remedy: "use nf_tables, whose changes the kernel tells of")
    }
}
