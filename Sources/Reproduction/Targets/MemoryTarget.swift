internal import Synchronization

/// An image in memory; what was never written takes none.
public final class MemoryTarget: ImageTarget {
    public let name = "memory"
    public let size: Int64
    public let isBlank = true
    private let pages = Mutex<[Int64: [UInt8]]>([:])

    private static let pageBytes: Int64 = 64 << 10

    /// So many zeros.
    public init(size: Int64) { self.size = size }

    public func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(ReproductionError) {
        guard offset >= 0, offset + Int64(bytes.count) <= size else {
            throw ReproductionError(
                .tooLarge, operation: "write", subject: name,
                cause: "\(offset + Int64(bytes.count)) bytes do not fit in \(size)",
                remedy: "give a larger target")
        }
        pages.withLock { pages in
            var (rest, place) = (bytes, offset)
            while !rest.isEmpty {
                let (page, start) = (place / Self.pageBytes, Int(place % Self.pageBytes))
                let part = rest.prefix(Int(Self.pageBytes) - start)
                let empty = [UInt8](repeating: 0, count: Int(Self.pageBytes))
                pages[page, default: empty].set(start, part)
                rest = rest.dropFirst(part.count)
                place += Int64(part.count)
            }
        }
    }

    public func read(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        pages.withLock { pages in
            var bytes: [UInt8] = []
            let end = min(size, offset + Int64(count))
            var place = offset
            while place < end {
                let (page, start) = (place / Self.pageBytes, Int(place % Self.pageBytes))
                let part = min(Int(end - place), Int(Self.pageBytes) - start)
                if let known = pages[page] {
                    bytes += known[start..<start + part]
                } else {
                    bytes += repeatElement(0, count: part)
                }
                place += Int64(part)
            }
            return bytes
        }
    }

    public func sync() throws(ReproductionError) {}
}
