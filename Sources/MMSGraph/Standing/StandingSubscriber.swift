public import Resources

/// One subscription to a statement: deliveries are taken, never pushed, so that a slow reader
/// waits for itself alone.
public final class StandingSubscriber<Store: OrderedStore>: Sendable {
    /// The names of the values of a row.
    public let columns: [String]
    /// How it is kept up to date.
    public let standing: StandingClass
    let number: Int
    let source: Source

    enum Source: Sendable {
        case resources(ResourceFollower<Store>)
        case engine(EngineFollower)
    }

    init(_ number: Int, _ question: StandingQuestion, _ source: Source) {
        self.number = number
        columns = question.columns
        standing = question.standing
        self.source = source
    }

    /// Takes up to about `maximum` deliveries. Take once after subscribing, then after each
    /// `onReady`, until the answer is empty.
    public func take(maximum: Int = 256) -> [StandingDelivery] {
        switch source {
        case .resources(let follower): follower.take(max(1, maximum))
        case .engine(let follower): follower.take(max(1, maximum))
        }
    }

    /// Bytes that wait to be taken.
    public var backlogBytes: Int {
        switch source {
        case .resources(let follower): follower.subscriber.backlogBytes
        case .engine(let follower): follower.backlogBytes
        }
    }
}
