import Log
import Node
import Resources

/// What clients were told, in the order in which they were told it.
struct LogRecord {
    struct Told {
        let reason: String
        let client: String
        let outcome: Outcome
    }

    private(set) var told: [Told] = []
    var acknowledged: Int {
        told.count { if case .success = $0.outcome { true } else { false } }
    }
    var unknown: Int {
        told.count {
            if case .failure(let one) = $0.outcome { one.code == .unknownOutcome } else { false }
        }
    }

    mutating func note(_ reason: String, client: String, _ outcome: Outcome) {
        told.append(Told(reason: reason, client: client, outcome: outcome))
    }
}

/// Holds what clients were told against what replicas have. The log is its own order, so one pass
/// does. Calls must have been made one after the other: then what was told first stands first.
struct LogCheck {
    struct Replica {
        let name: String
        var entries: [LogEntry]
        /// State hash by position, as seen when it was reached.
        var hashes: [UInt64: [UInt8]]
    }

    let record: LogRecord
    let replicas: [Replica]
    /// The chain, when it is known.
    var chain: Chain?

    var violations: [String] {
        dense + same + told + refused + ordered + states + linked
    }

    /// Every entry is in the part of the chain whose epoch it has: what was acknowledged in a
    /// loglet is before its end.
    private var linked: [String] {
        guard let chain, let longest = replicas.max(by: { $0.entries.count < $1.entries.count })
        else { return [] }
        var found: [String] = []
        for entry in longest.entries {
            let position = entry.header.position
            guard let index = chain.links.lastIndex(where: { $0.first <= position }) else {
                continue
            }
            let link = chain.links[index]
            // What was copied into files keeps its epochs, which lie between those of the links.
            let next = index + 1 < chain.links.count ? chain.links[index + 1].epoch : .max
            if entry.epoch < link.epoch || entry.epoch >= next {
                found.append(
                    "\(position) has epoch \(entry.epoch) in \(link.loglet) of \(link.epoch)")
            }
            if let last = link.last, position > last {
                found.append("\(position) is behind the end of \(link.loglet)")
            }
        }
        return found
    }

    /// Positions are unique and dense, epochs do not fall.
    private var dense: [String] {
        var found: [String] = []
        for replica in replicas {
            for (entry, next) in zip(replica.entries, replica.entries.dropFirst()) {
                if entry.header.position.next != next.header.position {
                    found.append(
                        "\(replica.name): \(next.header.position) follows \(entry.header.position)")
                }
                if entry.epoch > next.epoch {
                    found.append("\(replica.name): the epoch falls at \(next.header.position)")
                }
            }
        }
        return found
    }

    /// All replicas have the same entries at the same positions.
    private var same: [String] {
        guard let first = replicas.max(by: { $0.entries.count < $1.entries.count }) else {
            return []
        }
        let wanted = Dictionary(
            first.entries.map { ($0.header.position, $0) }, uniquingKeysWith: { one, _ in one })
        var found: [String] = []
        for replica in replicas {
            for entry in replica.entries where wanted[entry.header.position] != entry {
                found.append(
                    "\(replica.name): another entry at \(entry.header.position) than \(first.name)")
            }
            if replica.entries.last?.header.position != first.entries.last?.header.position {
                found.append("\(replica.name): ends elsewhere than \(first.name)")
            }
        }
        return found
    }

    /// Where each proposal stands, by the reason it carries.
    private var places: [String: [Position]] {
        var places: [String: [Position]] = [:]
        guard let longest = replicas.max(by: { $0.entries.count < $1.entries.count }) else {
            return [:]
        }
        for entry in longest.entries {
            guard let batch = try? CBORReader.decodeBatch(entry.payload), let reason = batch.reason
            else { continue }
            places[reason, default: []].append(entry.header.position)
        }
        return places
    }

    /// What was acknowledged is there once, where it was said to be; nothing is there twice.
    private var told: [String] {
        let places = places
        var found: [String] = []
        for one in record.told {
            let there = places[one.reason] ?? []
            if there.count > 1 { found.append("\(one.reason) is there \(there.count) times") }
            guard case .success(let receipt) = one.outcome else { continue }
            if there.isEmpty {
                found.append("\(one.reason) was acknowledged at \(receipt.position) and is lost")
            } else if there != [receipt.position] {
                found.append("\(one.reason) was told \(receipt.position) and is at \(there)")
            }
        }
        return found
    }

    /// What was refused for good left no trace, unless an earlier attempt of it may have.
    private var refused: [String] {
        let places = places
        var open: Set<String> = []
        return record.told.compactMap { one in
            guard case .failure(let refusal) = one.outcome else { return nil }
            if refusal.code == .unknownOutcome { open.insert(one.reason) }
            guard !open.contains(one.reason), places[one.reason] != nil else { return nil }
            return "\(one.reason) was refused (\(refusal.message)) and is there"
        }
    }

    /// What was told first stands first, for each client and for all.
    private var ordered: [String] {
        var found: [String] = []
        var last: (reason: String, position: Position)?
        for one in record.told {
            guard case .success(let receipt) = one.outcome else { continue }
            if let last, receipt.position <= last.position {
                found.append(
                    "\(one.reason) is at \(receipt.position), \(last.reason) before it at "
                        + "\(last.position)")
            }
            last = (one.reason, receipt.position)
        }
        return found
    }

    /// The state is the same wherever a position was reached.
    private var states: [String] {
        var known: [UInt64: (name: String, hash: [UInt8])] = [:]
        var found: [String] = []
        for replica in replicas {
            for (position, hash) in replica.hashes.sorted(by: { $0.key < $1.key }) {
                if let other = known[position], other.hash != hash {
                    found.append(
                        "\(replica.name) and \(other.name) differ in their state at \(position)")
                }
                known[position] = (replica.name, hash)
            }
        }
        return found
    }
}
