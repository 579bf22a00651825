internal import Dispatch
internal import MMSGraph
internal import Resources
internal import Synchronization

/// What a handler follows: a subscription of class A for each thing it looks at, on the engine that
/// clients subscribe to.
///
/// Its snapshot is the handler's look at the state: what is taken before a look is in that look, and
/// where changes were too many to be kept the next look is at everything (RFD 0022).
final class HandlerSubscription<S: OrderedStore>: Sendable {
    private let feed: ChangeFeed<S>
    private let selections: [Selection]
    private let bell: Bell
    private let subscribers: Mutex<[Subscriber<S>]>

    /// What has come.
    struct News: Sendable {
        /// The rows that left and entered, in the order of each selection.
        var rows: [SignedRow] = []
        /// True when some were let go of: then anything may have changed.
        var isIncomplete = false

        /// The types of the rows.
        var types: Set<String> { Set(rows.map(\.resource.type.text)) }

        /// The resources that are no more.
        var deleted: [Resource] {
            let entered = Set(rows.filter { $0.sign > 0 }.map(\.resource.id))
            return rows.filter { $0.sign < 0 && !entered.contains($0.resource.id) }
                .map(\.resource)
        }
    }

    /// Rung on the committing thread when something has come for one who had taken all.
    private final class Bell: Sendable {
        private let wake: DispatchSemaphore
        private let isRinging = Mutex(false)

        init(_ wake: DispatchSemaphore) { self.wake = wake }

        var rings: Bool { isRinging.withLock { $0 } }

        func ring() {
            isRinging.withLock { $0 = true }
            wake.signal()
        }

        func hush() { isRinging.withLock { $0 = false } }
    }

    /// Follows `selections` from now on, and signals `wake` when something has come.
    init(_ feed: ChangeFeed<S>, _ selections: [Selection], wakes wake: DispatchSemaphore) {
        let bell = Bell(wake)
        self.feed = feed
        self.selections = selections
        self.bell = bell
        subscribers = Mutex(selections.map { feed.follow($0, onReady: bell.ring) })
    }

    deinit {
        for subscriber in subscribers.withLock({ $0 }) { feed.unsubscribe(subscriber) }
    }

    /// True when something has come that was not taken.
    var hasNews: Bool { bell.rings }

    /// All that has come since the last time. Take before each look.
    func take() -> News {
        bell.hush()
        var news = News()
        subscribers.withLock { subscribers in
            for index in subscribers.indices {
                guard take(subscribers[index], into: &news) else { continue }
                news.isIncomplete = true
                feed.unsubscribe(subscribers[index])
                subscribers[index] = feed.follow(selections[index], onReady: bell.ring)
            }
        }
        return news
    }

    /// Takes all of one; true when it is gone.
    private func take(_ subscriber: Subscriber<S>, into news: inout News) -> Bool {
        while case let deliveries = subscriber.take(), !deliveries.isEmpty {
            for delivery in deliveries {
                switch delivery {
                case .changes(let changes): news.rows += changes.rows
                case .gone: return true
                case .row, .bookmark: break
                }
            }
        }
        return false
    }
}

extension [Selection] {
    /// All resources of some types, wherever they live.
    static func all(of types: [StaticString]) -> [Selection] {
        types.map { Selection(CoreTypes.known($0)) }
    }
}
