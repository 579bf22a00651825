import Host

/// Makes inputs of a corpus's inputs: the same ones for the same seed.
struct Mutator {
    private var random: SeededRandom
    private let corpus: [[UInt8]]
    /// What readers of numbers and lengths stumble over.
    private static let words: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 1 << 31, (1 << 32) - 1, 1 << 53, 1 << 63, .max,
    ]

    /// Mutations of a corpus that is not empty.
    init(seed: UInt64, corpus: [[UInt8]]) {
        random = SeededRandom(seed: seed)
        self.corpus = corpus.isEmpty ? [[]] : corpus
    }

    /// The next input, of at most 64 KiB.
    mutating func next() -> [UInt8] {
        var bytes = corpus[index(corpus.count)]
        for _ in 0...index(6) { mutate(&bytes) }
        return Array(bytes.prefix(64 << 10))
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let at = index(bytes.count + 1)
        switch index(7) {
        case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(index(8))
        case 1 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.removeSubrange(at..<min(bytes.count, at + index(9)))
        case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + index(64))], at: at)
        case 4:
            let other = corpus[index(corpus.count)]
            let from = index(other.count + 1)
            bytes.insert(contentsOf: other[from..<min(other.count, from + index(64))], at: at)
        case 5: put(Self.words[index(Self.words.count)], in: &bytes, at: at)
        default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
        }
    }

    /// A word over what stands there, of 1, 2, 4 or 8 bytes in either order.
    private mutating func put(_ word: UInt64, in bytes: inout [UInt8], at: Int) {
        let width = 1 << index(4)
        let word = random.oneIn(2) ? word : (word << UInt64(64 - 8 * width)).byteSwapped
        for step in 0..<width where at + step < bytes.count {
            bytes[at + step] = UInt8(truncatingIfNeeded: word >> UInt64(8 * step))
        }
    }

    private mutating func index(_ count: Int) -> Int {
        Int(random.next(upperBound: UInt64(max(1, count))))
    }
}
