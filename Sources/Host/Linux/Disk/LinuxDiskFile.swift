internal import CHost
internal import Glibc
internal import Synchronization

/// An open file of Linux. Positions are explicit (pread, pwrite), so threads may share it.
public final class LinuxDiskFile: DiskFile {
    public let path: String
    /// The descriptor, or -1 once closed. A closed number may be given to another file at once,
    /// so nobody may use it after the exchange in `close`; owners close after their last call.
    private let descriptor: Atomic<Int32>

    /// Takes over an open descriptor.
    init(_ path: String, _ descriptor: Int32) {
        self.path = path
        self.descriptor = Atomic(descriptor)
    }

    deinit { close() }

    private var open: Int32 { descriptor.load(ordering: .acquiring) }

    public func size() throws(DiskError) -> Int {
        var status = stat()
        try check(.size, path) { unsafe fstat(open, &status) }
        // A block device has no size there, but its end is where the device ends.
        guard status.st_mode & S_IFMT == S_IFBLK else { return Int(status.st_size) }
        return try check(.size, path) { lseek(open, 0, SEEK_END) }
    }

    public func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        var failure: DiskError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            do throws(DiskError) {
                while filled < count {
                    let rest = unsafe UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                    let got = try check(.read, path) {
                        unsafe pread(open, rest.baseAddress, rest.count, off_t(offset + filled))
                    }
                    if got == 0 { break }
                    filled += got
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    public func readDirect(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        let direct = try check(.readDirect, path) { unsafe chost_open_direct(path) }
        defer { Glibc.close(direct) }
        // O_DIRECT wants memory, offset and length in units of the logical block, at most 4096.
        let start = offset & ~4095
        let length = (offset + count - start + 4095) & ~4095
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: length, alignment: 4096)
        defer { unsafe memory.deallocate() }
        var filled = 0
        while filled < length {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
            let got = try check(.readDirect, path) {
                unsafe pread(direct, rest.baseAddress, rest.count, off_t(start + filled))
            }
            filled += got
            // A length that is no multiple of the block is the end of the file.
            if got == 0 || got & 511 != 0 { break }
        }
        let end = min(filled, offset + count - start)
        return unsafe end > offset - start ? Array(memory[(offset - start)..<end]) : []
    }

    public func write(_ bytes: RawSpan, at offset: Int) throws(DiskError) {
        var done = 0
        while done < bytes.byteCount {
            let written = try check(.write, path, written: done) {
                unsafe bytes.withUnsafeBytes { buffer in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
                    return unsafe pwrite(open, rest.baseAddress, rest.count, off_t(offset + done))
                }
            }
            done += written
        }
    }

    public func syncData() throws(DiskError) {
        try check(.sync, path) { fdatasync(open) }
    }

    public func truncate(to size: Int) throws(DiskError) {
        try check(.truncate, path) { ftruncate(open, off_t(size)) }
    }

    public func close() {
        let old = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        if old >= 0 { Glibc.close(old) }
    }

    /// Runs a call of the kernel with the descriptor.
    func withDescriptor<Result>(_ call: (Int32) -> Result) throws(DiskError) -> Result {
        guard open >= 0 else { throw DiskError(.open, path, errno: EBADF) }
        return call(open)
    }

    /// Takes the exclusive lock, which lives as long as the descriptor.
    func lock() throws(DiskError) {
        try check(.lock, path) { chost_lock_exclusive(open) }
    }
}
