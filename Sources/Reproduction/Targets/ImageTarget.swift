public import Trust

/// Where an image is written: memory, a file or a block device. Offsets count from its start.
public protocol ImageTarget: Sendable {
    /// What messages call it.
    var name: String { get }
    /// Bytes it has room for.
    var size: Int64 { get throws(ReproductionError) }
    /// True when all that was not written is zeros, so that zeros need no writing.
    var isBlank: Bool { get }
    /// Writes all of `bytes` at `offset`, or throws.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(ReproductionError)
    /// Reads `count` bytes at `offset`; fewer only at the end.
    func read(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8]
    /// Reads what the medium holds, past all caches where there are any.
    func readBack(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8]
    /// Makes `range` zeros.
    func clear(_ range: Range<Int64>) throws(ReproductionError)
    /// Makes what was written durable.
    func sync() throws(ReproductionError)
}

extension ImageTarget {
    public func readBack(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        try read(at: offset, count: count)
    }

    public func clear(_ range: Range<Int64>) throws(ReproductionError) { try writeZeros(range) }

    /// Makes `range` zeros by reading and writing: on a new medium there is nothing to write, and
    /// flash is spared.
    func writeZeros(_ range: Range<Int64>) throws(ReproductionError) {
        if isBlank { return }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(range.upperBound - offset, Int64(Rope.zeros.count)))
            let found = try read(at: offset, count: count)
            let zeros = Rope.zeros[..<count]
            if !found.elementsEqual(zeros) { try write(zeros, at: offset) }
            offset += Int64(count)
        }
    }

    /// The digest of the first `count` bytes, as they are read back.
    public func digest(of count: Int64) throws(ReproductionError) -> ContentDigest {
        var (hasher, offset) = (ContentHasher(), Int64(0))
        while offset < count {
            let part = try read(at: offset, count: Int(min(count - offset, 256 << 10)))
            guard !part.isEmpty else {
                throw ReproductionError(
                    .damaged, operation: "read back", subject: name,
                    cause: "it ends at byte \(offset) of \(count)", remedy: "use another target")
            }
            hasher.update(part)
            offset += Int64(part.count)
        }
        return hasher.finish()
    }
}

/// A part of a target as one of its own: a partition, or a slot.
struct TargetPart<Whole: ImageTarget>: ImageTarget {
    let whole: Whole
    let range: Range<Int64>
    let label: String

    var name: String { "\(label) of \(whole.name)" }
    var size: Int64 { range.upperBound - range.lowerBound }
    var isBlank: Bool { whole.isBlank }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(ReproductionError) {
        try whole.write(bytes, at: range.lowerBound + offset)
    }

    func read(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        try whole.read(
            at: range.lowerBound + offset, count: min(count, Int(clamping: size - offset)))
    }

    func readBack(at offset: Int64, count: Int) throws(ReproductionError) -> [UInt8] {
        try whole.readBack(
            at: range.lowerBound + offset, count: min(count, Int(clamping: size - offset)))
    }

    func clear(_ part: Range<Int64>) throws(ReproductionError) {
        try whole.clear(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
    }

    func sync() throws(ReproductionError) { try whole.sync() }
}
