internal import Resources
internal import Synchronization

/// Cards of the newest versions in bounded memory, for all queries at once. A traversal looks here
/// for each hop, so the cards stand on shelves with a lock each.
///
/// A reader may use it that knows which commit it stands at: the number rises before the cards of
/// a commit's resources are taken away, and that is done before a reader of the new state is made.
final class CardCache: Sendable {
    private let generation = Atomic<UInt64>(0)
    private let shelves: [Shelf]

    private final class Shelf: Sendable {
        let cards: Mutex<Cards>

        init(capacity: Int) { cards = Mutex(Cards(capacity: capacity)) }
    }

    /// A cache of about so many bytes.
    init(capacity: Int) { shelves = (0..<64).map { _ in Shelf(capacity: capacity / 64) } }

    private func shelf(_ id: Identifier) -> Shelf {
        shelves[Int(truncatingIfNeeded: (id.low ^ id.low >> 32) & 63)]
    }

    /// The card of the newest version, when it is kept, and whether that is the version of the
    /// state after that commit for sure.
    func card(_ id: Identifier, at commit: UInt64) -> (card: Card, isNewest: Bool)? {
        shelf(id).cards.withLock { cards in
            guard let card = cards.card(id) else { return nil }
            return (card, generation.load(ordering: .acquiring) == commit)
        }
    }

    /// Keeps a card of the state after a commit, unless there has been another since.
    func insert(_ card: Card, at commit: UInt64) {
        shelf(card.id).cards.withLock { cards in
            if generation.load(ordering: .acquiring) == commit { cards.insert(card) }
        }
    }

    /// Forgets what nobody asked for since the last time.
    func age() {
        for shelf in shelves { shelf.cards.withLock { $0.age() } }
    }

    /// Takes away what a commit changed.
    func advance(changing ids: some Sequence<Identifier>) {
        generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
        for id in ids { shelf(id).cards.withLock { $0.remove(id) } }
    }

    /// Two generations, the older of which is forgotten when the younger is full.
    private struct Cards {
        private var young: [Identifier: Card] = [:]
        private var old: [Identifier: Card] = [:]
        private var weight = 0
        private let capacity: Int

        init(capacity: Int) { self.capacity = capacity }

        mutating func card(_ id: Identifier) -> Card? {
            if let card = young[id] { return card }
            guard let card = old[id] else { return nil }
            insert(card)
            return card
        }

        mutating func insert(_ card: Card) {
            if weight >= capacity / 2 { age() }
            if young.updateValue(card, forKey: card.id) == nil { weight += card.weight }
        }

        mutating func age() {
            old = young
            young = [:]
            weight = 0
        }

        mutating func remove(_ id: Identifier) {
            if let card = young.removeValue(forKey: id) { weight -= card.weight }
            old[id] = nil
        }
    }
}
