public import Resources

/// What everything costs, by namespace and app, with the verdict of each budget: what
/// `pisces cost` shows. A pure function of the resources.
public struct CostTree: Hashable, Sendable {
    /// The root, `/`.
    public var root: Node

    /// A namespace.
    public struct Node: Hashable, Sendable {
        /// The namespace.
        public var namespace: Namespace
        /// What its apps and those of all namespaces below cost; `money` is that of an hour.
        public var cost = Cost.zero
        /// Its own apps by name.
        public var apps: [Line] = []
        /// Its budgets by name.
        public var budgets: [Verdict] = []
        /// The namespaces below it that have apps or budgets, by path.
        public var children: [Node] = []
    }

    /// An app.
    public struct Line: Hashable, Sendable {
        /// Its name.
        public var name: ResourceName
        /// What it costs; `money` is that of an hour.
        public var cost: Cost
        /// How many replicas it asks for.
        public var replicas: Int
    }

    /// What a budget says of one part of the cost.
    public struct Verdict: Hashable, Sendable {
        /// The budget.
        public var budget: ResourceName
        /// The part: `cpu`, `memory` … `money`.
        public var part: String
        /// What is used.
        public var used: Double
        /// What reservations below keep free for others.
        public var held: Double
        /// The most that may be used.
        public var most: Double

        /// True when more is used than the budget allows.
        public var isOver: Bool { used + held > most + abs(most) * 1e-9 }

        /// `2 of 4 cores`, `5 of 4 cores, 1 over`.
        public var words: String {
            let over = isOver ? ", \(Cost.words(used + held - most, of: part)) over" : ""
            let kept = held > 0 ? " and \(Cost.words(held, of: part)) reserved" : ""
            return "\(Cost.words(used, of: part))\(kept) of \(Cost.words(most, of: part))\(over)"
        }
    }

    /// The tree of all `apps`, `budgets` and `prices`, resources of those types.
    public init(apps: [Resource], budgets: [Resource], prices: [Resource]) {
        let prices = PriceList(prices)
        let ledger = Ledger(budgets: budgets.map(Budget.init), prices: prices, apps: apps)
        let lines = Dictionary(grouping: apps, by: \.namespace)
        let places = Set(apps.map(\.namespace) + budgets.map(\.namespace)).subtracting([.root])
        root = Self.node(.root, below: places.sorted(), lines, ledger)
    }

    private static func node(
        _ namespace: Namespace, below places: [Namespace], _ apps: [Namespace: [Resource]],
        _ ledger: Ledger
    ) -> Node {
        var node = Node(namespace: namespace, cost: ledger.sum(namespace))
        node.apps = (apps[namespace] ?? []).sorted { $0.name < $1.name }.map { app in
            Line(
                name: app.name,
                cost: ledger.prices.priced(
                    AppCost.cost(of: app.data, declared: app.draft.cost)),
                replicas: AppCost.replicas(of: app.data))
        }
        let own = ledger.budgets.filter { $0.namespace == namespace }
        node.budgets = own.sorted { $0.name < $1.name }.flatMap { verdicts(of: $0, ledger) }
        // In order of paths what contains others comes before them.
        var tops: [Namespace] = []
        for place in places where !tops.contains(where: { $0.contains(place) }) {
            tops.append(place)
        }
        node.children = tops.map { top in
            Self.node(
                top, below: places.filter { $0 != top && top.contains($0) }, apps, ledger)
        }
        return node
    }

    /// What a budget says of each part it bounds; to apps of `namespace`, when one is given.
    static func verdicts(
        of budget: Budget, _ ledger: Ledger, for namespace: Namespace? = nil
    ) -> [Verdict] {
        Cost.dimensions.compactMap { (part, _) -> Verdict? in
            guard let most = budget.most[part] else { return nil }
            return Verdict(
                budget: budget.name, part: part, used: ledger.sum(budget.namespace).part(part),
                held: ledger.held(part, under: budget, for: namespace), most: most)
        }
    }
}
