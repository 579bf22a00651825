public import Host

/// An image in a file or on a block device of a disk.
public final class DiskTarget<File: DiskFile>: ImageTarget {
    private let file: File
    public let size: Int64
    public let isBlank: Bool
    /// Makes a range zeros without writing them; false where that cannot be done.
    private let zero: @Sendable (Range<Int>) throws(DiskError) -> Bool

    public var name: String { file.path }

    private init(
        _ file: File, size: Int64, isBlank: Bool,
        zero: @escaping @Sendable (Range<Int>) throws(DiskError) -> Bool = {
            (_) throws(DiskError) in false
        }
    ) {
        self.file = file
        self.size = size
        self.isBlank = isBlank
        self.zero = zero
    }

    /// A new file of so many bytes, which take no room before they are written; refused when the
    /// name is taken.
    public static func newFile<D: Disk>(
        _ disk: D, _ path: String, size: Int64
    ) throws(ReproductionError) -> DiskTarget where D.File == File {
        do throws(DiskError) {
            let file = try disk.create(path)
            try file.truncate(to: Int(size))
            return DiskTarget(file, size: size, isBlank: true)
        } catch { throw ReproductionError(error, nil) }
    }

    /// A file or block device that is there, all of it.
    public static func existing<D: Disk>(
        _ disk: D, _ path: String
    ) throws(ReproductionError) -> DiskTarget where D.File == File {
        do throws(DiskError) {
            let file = try disk.open(path, writing: true)
            return DiskTarget(file, size: Int64(try file.size()), isBlank: false)
        } catch { throw ReproductionError(error, nil) }
    }

    public func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(ReproductionError) {
        guard offset >= 0, offset + Int64(bytes.count) <= size else {
            throw ReproductionError(
                .tooLarge, operation: "write", subject: name,
                cause: "\(offset + Int64(bytes.count)) bytes do not fit in \(size)",
                remedy: "give a larger target")
        }
        do throws(DiskError) {
            try unsafe file.write(bytes.span.bytes, at: Int(offset))
        } catch {
            throw ReproductionError(error, nil)
        }
    }

    public func read(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        do throws(DiskError) { return try file.read(at: Int(offset), count: count) } catch {
            throw ReproductionError(error, nil)
        }
    }

    public func clear(_ range: Range<Int64>) throws(ReproductionError) {
        if isBlank || range.isEmpty { return }
        do throws(DiskError) {
            if try zero(Int(range.lowerBound)..<Int(range.upperBound)) { return }
        } catch { throw ReproductionError(error, nil) }
        try writeZeros(range)
    }

    /// What the device holds, past all caches; the cached bytes where that is refused.
    public func readBack(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        do throws(DiskError) {
            do throws(DiskError) {
                return try file.readDirect(at: Int(offset), count: count)
            } catch {
                guard error.errno == DiskError.invalid else { throw error }
                return try file.read(at: Int(offset), count: count)
            }
        } catch { throw ReproductionError(error, nil) }
    }

    public func sync() throws(ReproductionError) {
        do throws(DiskError) { try file.syncData() } catch { throw ReproductionError(error, nil) }
    }

    /// Closes the file; the target is not used any more.
    public func close() { file.close() }
}

extension DiskTarget where File == LinuxDiskFile {
    /// A disk of this machine, all of it, which nothing else has claimed. `isForced` takes it from
    /// whoever has it mounted.
    public static func device(
        _ path: String, isForced: Bool = false
    ) throws(ReproductionError) -> DiskTarget {
        do throws(DiskError) {
            let disk = LinuxDisk()
            let file = try isForced ? disk.open(path, writing: true) : disk.openExclusive(path)
            return DiskTarget(
                file, size: Int64(try file.size()), isBlank: false,
                zero: { (range) throws(DiskError) in try file.zero(range) })
        } catch { throw ReproductionError(error, nil) }
    }

    /// Lets the kernel find the partitions of a disk that was written; a disk that somebody uses
    /// keeps those it had.
    public func showPartitions() throws(ReproductionError) {
        do throws(DiskError) { try file.readTableAgain() } catch {
            throw ReproductionError(error, nil)
        }
    }
}
