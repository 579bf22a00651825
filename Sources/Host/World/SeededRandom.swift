internal import Synchronization

/// A repeatable random source: SplitMix64 (Steele, Lea, Flood 2014).
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The sequence of that seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// True once in `n` draws on average.
    public mutating func oneIn(_ n: UInt64) -> Bool { next(upperBound: n) == 0 }
}

/// The World's random source: shared, seeded, exactly repeatable on one thread.
public final class SimulatedEntropy: Entropy {
    private let random: Mutex<SeededRandom>

    /// The source of that seed.
    public init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    public func next() -> UInt64 { random.withLock { $0.next() } }
}
