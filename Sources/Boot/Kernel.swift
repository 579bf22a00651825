internal import CBoot
internal import Glibc

/// The calls of a booting machine, as Swift says them.
enum Kernel {
    static func mount(
        _ source: String, at target: String, _ type: String, flags: UInt = 0, data: String? = nil
    ) throws(BootError) {
        let code = unsafe cboot_mount(source, target, type, flags, data)
        try check(code, "mount", "\(source) on \(target)")
    }

    static func check(_ code: Int32, _ operation: String, _ subject: String) throws(BootError) {
        if code < 0 { throw BootError(operation, subject, words(-code)) }
    }

    static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// The first bytes of a file or device.
    static func read(_ path: String, _ count: Int) throws(BootError) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw BootError("open", path, words(errno)) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(
                    file, buffer.baseAddress.map { unsafe $0 + filled }, count - filled)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw BootError("read", path, words(errno)) }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes[..<filled])
    }

    /// Writes to a device at an offset, durably.
    static func put(_ bytes: [UInt8], to path: String, at offset: Int) throws(BootError) {
        let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw BootError("open", path, words(errno)) }
        defer { close(file) }
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe pwrite(file, buffer.baseAddress, buffer.count, offset)
        }
        guard count == bytes.count, fsync(file) == 0 else {
            throw BootError("write", path, words(errno))
        }
    }

    /// A small file of the kernel as text.
    static func text(_ path: String) throws(BootError) -> String {
        String(decoding: try read(path, 16_384), as: UTF8.self)
    }

    /// The names in a folder in bytewise order; none when it is not there.
    static func names(_ folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    unsafe String(cString: text)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Runs `body` with an open folder.
    static func withFolder(
        _ path: String, _ body: (Int32) -> Int32
    ) throws(BootError) -> Int32 {
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw BootError("open", path, words(errno)) }
        defer { close(folder) }
        return body(folder)
    }

    /// Writes to the console, as far as it takes it.
    static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(STDERR_FILENO, buffer.baseAddress, buffer.count)
        }
    }

    static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}
