/// Bytes on their way: filled at the end, emptied at the front. Of one thread.
@safe final class Buffer {
    private let base: UnsafeMutableRawPointer
    /// How many bytes it holds at the most.
    let capacity: Int
    private(set) var start = 0
    private(set) var end = 0

    /// An empty buffer.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    /// Bytes that wait.
    var count: Int { end - start }
    /// Bytes that fit behind them.
    var room: Int { capacity - end }
    var isEmpty: Bool { start == end }

    /// What waits, while `body` looks at it.
    func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: start...end lie within the allocation and were written before.
        let bytes = unsafe UnsafeRawBufferPointer(start: base + start, count: count)
        return try body(unsafe bytes.bindMemory(to: UInt8.self).span)
    }

    /// Drops bytes from the front.
    func consume(_ bytes: Int) {
        precondition(bytes >= 0 && bytes <= count, "\(bytes) of \(count) bytes")
        start += bytes
    }

    /// Drops what waits.
    func clear() {
        start = 0
        end = 0
    }

    /// Offers again what was consumed since the buffer was last empty or packed.
    func rewind() { start = 0 }

    /// Moves what waits to the front, so that there is room behind.
    func pack() {
        guard start > 0 else { return }
        // SAFETY: both ranges lie within the allocation; memmove allows them to overlap.
        unsafe base.copyMemory(from: base + start, byteCount: count)
        end -= start
        start = 0
    }

    /// Appends a range; there must be room.
    func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        precondition(range.count <= room, "\(range.count) bytes for \(room)")
        guard !range.isEmpty else { return }
        unsafe bytes.extracting(range).withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            // SAFETY: checked above; another buffer's bytes cannot overlap this one's end.
            unsafe (base + end).copyMemory(from: from, byteCount: range.count)
        }
        end += range.count
    }

    /// Appends a text; there must be room.
    func append(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        precondition(count <= room, "\(count) bytes for \(room)")
        // SAFETY: a static string's bytes live for ever.
        unsafe (base + end).copyMemory(from: text.utf8Start, byteCount: count)
        end += count
    }

    /// Lets `fill` write at most `most` bytes behind what waits; it gives their count.
    @unsafe func fill(
        atMost most: Int = .max, _ fill: (UnsafeMutableRawPointer, Int) -> Int
    ) -> Int {
        let count = unsafe fill(base + end, min(room, most))
        if count > 0 {
            precondition(count <= room, "filled beyond the end")
            end += count
        }
        return count
    }

    /// Lets `drain` take bytes from the front; it gives their count.
    @unsafe func drain(_ drain: (UnsafeRawPointer, Int) -> Int) -> Int {
        let taken = unsafe drain(base + start, count)
        if taken > 0 { consume(taken) }
        return taken
    }
}

/// The buffers of one thread: taken while bytes wait, given back when none do.
struct BufferPool {
    private var spare: [Buffer] = []
    private let capacity: Int
    private let most: Int

    /// A pool of buffers of that size that keeps at most `most`.
    init(capacity: Int, most: Int) {
        self.capacity = capacity
        self.most = most
    }

    /// An empty buffer.
    mutating func take() -> Buffer { spare.popLast() ?? Buffer(capacity: capacity) }

    /// Takes back a buffer, whatever it holds.
    mutating func give(_ buffer: Buffer) {
        buffer.clear()
        if spare.count < most { spare.append(buffer) }
    }
}
