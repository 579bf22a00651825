public import Log
public import Resources
import Testing

/// What every loglet must do (design/01). `make` gives an empty loglet whose first position is 1.
public enum LogletConformance {
    /// Positions are dense, and the tail says where they end.
    public static func passesGaplessSmoke(_ loglet: some Loglet) throws {
        var next: UInt64 = 1
        for round in 0..<50 {
            let range = try loglet.append(Sample.drafts(round % 3 + 1, salt: round))
            #expect(range.lowerBound == Position(next))
            next = range.upperBound.rawValue + 1
        }
        let tail = try loglet.checkTail()
        #expect(tail.tail == Position(next - 1))
        #expect(!tail.sealed)
        let entries = try loglet.read(from: Position(1), maximumBytes: .max)
        #expect(entries.map(\.header.position.rawValue) == Array(1..<next))
        #expect(try loglet.read(from: Position(next), maximumBytes: .max).isEmpty)
    }

    /// What is appended is what is read, in pieces of any size.
    public static func streams(_ loglet: some Loglet) throws {
        var payloads: [[UInt8]] = []
        var seen: [[UInt8]] = []
        for round in 0..<200 {
            let drafts = Sample.drafts(round % 5 + 1, bytes: 100 + round * 5, salt: round)
            payloads += drafts.map(\.payload)
            _ = try loglet.append(drafts)
            let next = Position(UInt64(seen.count + 1))
            seen += try loglet.read(from: next, maximumBytes: 700).map(\.payload)
        }
        while seen.count < payloads.count {
            let got = try loglet.read(from: Position(UInt64(seen.count + 1)), maximumBytes: 1)
            try #require(got.count == 1)
            seen += got.map(\.payload)
        }
        #expect(seen == payloads)
    }

    /// `allow` makes a trim before a position admissible, where that needs something.
    public static func streamsAcrossTrims<L: Loglet>(
        _ loglet: L, allow: (L, Position) throws -> Void
    ) throws {
        var next = Position(1)
        var trims = 0
        for round in 0..<120 {
            _ = try loglet.append(Sample.drafts(4, bytes: 300, salt: round))
            for entry in try loglet.read(from: next, maximumBytes: 900) {
                #expect(entry.header.position == next)
                next = next.next
            }
            guard round % 10 == 9 else { continue }
            let bound = Position(next.rawValue - 2)
            try allow(loglet, bound)
            try loglet.trim(before: bound)
            // What was trimmed is either still whole or refused with the first position kept.
            do {
                let first = try loglet.read(from: Position(1), maximumBytes: 1)
                #expect(first.first?.header.position == Position(1))
            } catch LogError.trimmed(let first) {
                trims += 1
                #expect(first <= bound)
                let kept = try loglet.read(from: first, maximumBytes: 1)
                let tail = try loglet.checkTail().tail
                #expect(kept.first?.header.position == first || first > tail)
            }
        }
        #expect(trims > 0)
        while next <= (try loglet.checkTail().tail) {
            for entry in try loglet.read(from: next, maximumBytes: .max) {
                #expect(entry.header.position == next)
                next = next.next
            }
        }
    }

    /// A sealed loglet takes nothing and keeps all.
    public static func refusesAppendAfterSeal(_ loglet: some Loglet) throws {
        _ = try loglet.append(Sample.drafts(3))
        #expect(try loglet.seal() == Position(3))
        #expect(try loglet.seal() == Position(3))
        #expect(throws: LogError.sealed(tail: Position(3))) {
            try loglet.append(Sample.drafts(1))
        }
        #expect(try loglet.checkTail() == (Position(3), true))
        #expect(try loglet.read(from: Position(1), maximumBytes: .max).count == 3)
    }

    /// A loglet without entries can be sealed.
    public static func sealsEmpty(_ loglet: some Loglet) throws {
        #expect(try loglet.seal() == Position.zero)
        #expect(try loglet.checkTail() == (Position.zero, true))
        #expect(try loglet.read(from: Position(1), maximumBytes: .max).isEmpty)
        #expect(throws: LogError.sealed(tail: .zero)) { try loglet.append(Sample.drafts(1)) }
    }

    /// Appends until refused while another thread seals: what was acknowledged is below the seal.
    public static func survivesConcurrentAppendAndSeal(_ loglet: some Loglet) async throws {
        try await withThrowingTaskGroup(of: Position.self) { group in
            group.addTask { @concurrent in
                var last = Position.zero
                do {
                    while true { last = try loglet.append(Sample.drafts(1)).upperBound }
                } catch LogError.sealed {
                    return last
                }
            }
            group.addTask { @concurrent in
                while try loglet.checkTail().tail < Position(20) { await Task.yield() }
                return try loglet.seal()
            }
            var ends: [Position] = []
            for try await end in group { ends.append(end) }
            #expect(ends[0] == ends[1])
            #expect(try loglet.checkTail() == (ends[0], true))
            let entries = try loglet.read(from: Position(1), maximumBytes: .max)
            #expect(entries.last?.header.position == ends[0])
        }
    }

    /// A reader parked on the tail sees everything up to the seal, then the seal.
    public static func letsAParkedReaderSeeTheSeal(_ loglet: some Loglet) async throws {
        try await withThrowingTaskGroup(of: Position.self) { group in
            group.addTask { @concurrent in
                var next = Position(1)
                while true {
                    let (tail, isSealed) = try loglet.checkTail()
                    let entries = try loglet.read(from: next, maximumBytes: 500)
                    for entry in entries {
                        #expect(entry.header.position == next)
                        next = next.next
                    }
                    if isSealed && next > tail { return Position(next.rawValue - 1) }
                    if entries.isEmpty { await Task.yield() }
                }
            }
            for round in 0..<60 { _ = try loglet.append(Sample.drafts(2, salt: round)) }
            let sealed = try loglet.seal()
            for try await end in group { #expect(end == sealed) }
        }
    }
}
