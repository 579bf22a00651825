/// Chooses a backend by the policy of a service. Pure: who is open and how busy each is, is asked.
struct Chooser {
    /// What is chosen by.
    enum Rule { case roundRobin, leastConnections, hash }

    private let rule: Rule
    /// A hash of each backend's name.
    private let seeds: [UInt64]
    private var next: Int

    /// A chooser among backends of these names; `next` is where the turn begins.
    init(_ rule: Rule, names: [String], next: Int = 0) {
        self.rule = rule
        seeds = names.map { Self.hash(Array($0.utf8).span) }
        self.next = names.isEmpty ? 0 : next % names.count
    }

    /// The index of the backend to ask; nil when none is open.
    mutating func choose(
        key: UInt64, open: (Int) -> Bool, load: (Int) -> Int
    ) -> Int? {
        let count = seeds.count
        guard count > 0 else { return nil }
        switch rule {
        case .roundRobin:
            for step in 0..<count {
                let index = (next + step) % count
                if open(index) {
                    next = (index + 1) % count
                    return index
                }
            }
            return nil
        case .leastConnections: return least(open: open, load: load)
        case .hash: return heaviest(key, open: open)
        }
    }

    /// Among equals the one whose turn it is, so that idle backends share.
    private mutating func least(open: (Int) -> Bool, load: (Int) -> Int) -> Int? {
        let count = seeds.count
        var best: (index: Int, load: Int)?
        for step in 0..<count {
            let index = (next + step) % count
            guard open(index) else { continue }
            let load = load(index)
            if load < best?.load ?? .max { best = (index, load) }
        }
        if let best { next = (best.index + 1) % count }
        return best?.index
    }

    private func heaviest(_ key: UInt64, open: (Int) -> Bool) -> Int? {
        var best: (index: Int, weight: UInt64)?
        for index in seeds.indices where open(index) {
            let weight = Self.mix(key ^ seeds[index])
            if best.map({ weight > $0.weight }) ?? true { best = (index, weight) }
        }
        return best?.index
    }

    /// FNV-1a, then mixed (Fowler, Noll, Vo; finisher of SplitMix64).
    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in 0..<bytes.count {
            hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3
        }
        return mix(hash)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var word = value
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
