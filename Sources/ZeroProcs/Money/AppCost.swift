public import Resources

/// What apps cost: computed from what they ask for, so that nobody has to be believed.
public enum AppCost {
    /// What an app of these fields costs while it exists: the needs of all its replicas, and its
    /// volumes; a volume in memory counts as memory. Network and flash nobody can compute: they
    /// are what its `declared` cost says, as is money besides that of the price list.
    public static func cost(of app: ValueMap, declared: Cost = .zero) -> Cost {
        var cost = declared
        (cost.cpu, cost.memory, cost.storage) = (0, 0, 0)
        var mounted: [String: Int] = [:]
        for (_, component) in app["components"]?.map?.entries ?? [] {
            guard let component = component.map else { continue }
            let (count, needs) = (count(of: component), component["needs"]?.map ?? [:])
            cost.cpu += Double(count) * (needs["cpu"]?.number ?? 0)
            cost.memory += Double(count) * (needs["memory"]?.number ?? 0)
            cost.storage += Double(count) * (needs["storage"]?.number ?? 0)
            for (volume, _) in component["volumes"]?.map?.entries ?? [] {
                mounted[volume] = max(mounted[volume] ?? 0, count)
            }
        }
        for (name, volume) in app["volumes"]?.map?.entries ?? [] {
            guard let volume = volume.map, let count = mounted[name], count > 0 else { continue }
            let copies = volume["per"]?.text == App.Volume.Extent.app.rawValue ? 1 : count
            let size = Double(copies) * (volume["size"]?.number ?? 0)
            if volume["driver"]?.text == App.Volume.Driver.tmpfs.rawValue {
                cost.memory += size
            } else {
                cost.storage += size
            }
        }
        return cost
    }

    /// The replicas of all components of an app.
    public static func replicas(of app: ValueMap) -> Int {
        (app["components"]?.map?.entries ?? []).reduce(0) { sum, component in
            sum + (component.value.map.map(count) ?? 0)
        }
    }

    private static func count(of component: ValueMap) -> Int {
        Int(clamping: max(0, min(component["count"]?.int ?? 1, 1 << 32)))
    }
}

/// What a unit of each cost is worth.
public struct PriceList: Hashable, Sendable {
    /// Money for one core for an hour.
    public var cpu = 0.0
    /// Money for one GiB of memory for an hour.
    public var memory = 0.0
    /// Money for one GiB of storage for an hour.
    public var storage = 0.0
    /// Money for one GiB sent.
    public var network = 0.0
    /// Money for one GiB written to flash.
    public var flash = 0.0

    /// Everything for nothing.
    public init() {}

    /// The list that counts: the `price` named `default` in `/`, or else the first there by name.
    public init(_ prices: [Resource]) {
        let listed = prices.filter { $0.namespace == .root }.sorted { $0.name < $1.name }
        guard let data = (listed.first { $0.name.text == "default" } ?? listed.first)?.data else {
            return
        }
        cpu = data["cpu"]?.number ?? 0
        memory = data["memory"]?.number ?? 0
        storage = data["storage"]?.number ?? 0
        network = data["network"]?.number ?? 0
        flash = data["flash"]?.number ?? 0
    }

    /// The cost with the money it comes to in an hour, besides what it had.
    public func priced(_ cost: Cost) -> Cost {
        var priced = cost
        let gibibyte = 0x1p30
        priced.money += cost.cpu * cpu
        priced.money += (cost.memory * memory + cost.storage * storage) / gibibyte
        priced.money += cost.network * 3600 / gibibyte * network
        priced.money += cost.flash / 24 / gibibyte * flash
        return priced
    }
}

extension Cost {
    /// The sum of both, part by part.
    static func + (left: Cost, right: Cost) -> Cost {
        var sum = left
        for (_, path) in dimensions { sum[keyPath: path] += right[keyPath: path] }
        return sum
    }

    /// What is left, part by part; may be below zero.
    static func - (left: Cost, right: Cost) -> Cost {
        var rest = left
        for (_, path) in dimensions { rest[keyPath: path] -= right[keyPath: path] }
        return rest
    }
}
