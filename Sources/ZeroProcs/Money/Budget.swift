public import Resources

/// What a namespace and all below it may cost together.
public struct Budget: Hashable, Sendable {
    /// Its name.
    public var name: ResourceName
    /// The namespace it is for.
    public var namespace: Namespace
    /// The most of each part of the cost, by name; a part that is not there is not bounded.
    public var most = SortedMap<Double>()
    /// What others under the budgets above may not use up, by part of the cost.
    public var reserve = SortedMap<Double>()
    /// The most resources of a type, by type. Of `task`, replicas that apps ask for.
    public var quota = SortedMap<Int>()

    /// A budget as people wrote it.
    public init(_ budget: Resource) {
        name = budget.name
        namespace = budget.namespace
        for (part, _) in Cost.dimensions {
            most[part] = budget.data[part]?.number
            reserve[part] = budget.data["reserve"]?.map?[part]?.number
        }
        for (type, count) in budget.data["quota"]?.map?.entries ?? [] {
            quota[type] = count.int.map { Int(clamping: $0) }
        }
    }

    /// How refusals name it.
    var address: String { "budget/\(name) of \(namespace)" }
}

/// Budgets and what is used under them: sums by namespace of what apps cost.
struct Ledger: Sendable {
    let budgets: [Budget]
    let prices: PriceList
    private(set) var used: [Namespace: Cost] = [:]
    private(set) var replicas: [Namespace: Int] = [:]

    /// A part of a budget that is used beyond its bound.
    struct Excess: Hashable {
        let budget: Budget
        let part: String
        let sum: Double
        /// What reservations below keep for others.
        let held: Double
        let most: Double
    }

    init(budgets: [Budget], prices: PriceList, apps: [Resource]) {
        self.budgets = budgets
        self.prices = prices
        for app in apps { add(app.data, app.draft.cost, in: app.namespace, times: 1) }
    }

    /// Counts an app of these fields, or takes it out again with -1.
    mutating func add(_ app: ValueMap, _ declared: Cost, in namespace: Namespace, times step: Int) {
        let cost = prices.priced(AppCost.cost(of: app, declared: declared))
        let before = used[namespace] ?? .zero
        used[namespace] = step > 0 ? before + cost : before - cost
        replicas[namespace, default: 0] += step * AppCost.replicas(of: app)
    }

    /// What is used in a namespace and below.
    func sum(_ namespace: Namespace) -> Cost {
        used.sorted { $0.key < $1.key }.reduce(.zero) { sum, row in
            namespace.contains(row.key) ? sum + row.value : sum
        }
    }

    /// The replicas that apps ask for in a namespace and below.
    func replicas(below namespace: Namespace) -> Int {
        replicas.reduce(0) { namespace.contains($1.key) ? $0 + $1.value : $0 }
    }

    /// What is kept under a budget for namespaces other than `namespace` and not used there yet.
    func held(_ part: String, under budget: Budget, for namespace: Namespace?) -> Double {
        let others = budgets.filter { other in
            other.reserve[part] != nil && other.namespace != budget.namespace
                && budget.namespace.contains(other.namespace)
                && !(namespace.map(other.namespace.contains) ?? false)
        }
        // A reservation inside another one is a part of it.
        let outer = others.filter { inner in
            !others.contains {
                $0.namespace != inner.namespace && $0.namespace.contains(inner.namespace)
            }
        }
        let kept = Dictionary(grouping: outer, by: \.namespace).sorted { $0.key < $1.key }
        return kept.reduce(0) { sum, row in
            let reserved = row.value.reduce(0) { $0 + ($1.reserve[part] ?? 0) }
            return sum + max(0, reserved - self.sum(row.key).part(part))
        }
    }

    /// The parts of budgets that a namespace's apps have used beyond their bounds.
    func excesses(at namespace: Namespace) -> [Excess] {
        budgets.filter { $0.namespace.contains(namespace) }.flatMap { (budget) -> [Excess] in
            let sum = sum(budget.namespace)
            return budget.most.entries.compactMap { (part, most) -> Excess? in
                let held = held(part, under: budget, for: namespace)
                let used = sum.part(part)
                // Sums of decimal fractions differ in the last bits.
                guard used + held > most + abs(most) * 1e-9 else { return nil }
                return Excess(budget: budget, part: part, sum: used, held: held, most: most)
            }
        }
    }
}

extension Cost {
    /// The dimension of that name.
    func part(_ name: String) -> Double {
        Self.dimensions.first { $0.name == name }.map { self[keyPath: $0.path] } ?? 0
    }

    /// An amount of a dimension in words.
    static func words(_ amount: Double, of part: String) -> String {
        let number = max(0, amount)
        switch part {
        case "cpu": return "\(Amount.cores(millionths(number))) cores"
        case "memory", "storage": return Amount.bytes(bytes(number))
        case "network": return "\(Amount.bytes(bytes(number))) a second"
        case "flash": return "\(Amount.bytes(bytes(number))) a day"
        default: return "\(Amount.cores(millionths(number))) an hour"
        }
    }
}
