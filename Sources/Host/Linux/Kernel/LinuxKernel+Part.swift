internal import CHost
internal import Glibc

extension LinuxKernel {
    public func part(of path: String, from offset: Int64, count: Int) -> [UInt8]? {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let file = unsafe open(path, flags)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let wanted = min(65_536, count - bytes.count)
            var result = 0
            let place = off_t(offset) + off_t(bytes.count)
            let part = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                result = unsafe pread(file, buffer.baseAddress, wanted, place)
                filled = max(0, result)
            }
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { return nil }
            if result == 0 { break }
            bytes += part
        }
        return bytes
    }
}

extension LinuxKernel {
    public func isClockSynchronised() -> Bool? {
        let answer = chost_clock_synchronised()
        return answer < 0 ? nil : answer == 1
    }
}
