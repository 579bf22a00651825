public import Resources

/// Where a task goes, with everything its machine gives it and why.
public struct Place: Hashable, Sendable {
    /// The machine's resource.
    public var machineID: Identifier
    /// The machine.
    public var machine: ResourceName
    /// All its ports by name.
    public var ports: SortedMap<Int>
    /// Why there, in words.
    public var reason: String

    /// A place on a machine.
    public init(
        machineID: Identifier, machine: ResourceName, ports: SortedMap<Int>, reason: String
    ) {
        self.machineID = machineID
        self.machine = machine
        self.ports = ports
        self.reason = reason
    }
}

/// How well a machine suits a task, of those that can take it. Compared field by field, in this
/// order; less is better, and equal machines come in order of their names.
///
/// 1. `domain`: replicas of the component in the machine's part of the fleet, when the task says
///    over what they are spread.
/// 2. `farFrom`: components it should be near to that are not on the machine.
/// 3. `wishes`: preferred tags and facts that the machine has not.
/// 4. `money`: what its share of the machine costs an hour.
/// 5. `together`: replicas of the component on the machine.
/// 6. `load`: the taken share of what the machine has least of once the task is there.
struct Score: Hashable, Comparable {
    var domain: Int32 = 0
    var farFrom: Int32 = 0
    var wishes: Int32 = 0
    var money = 0.0
    var together: Int32 = 0
    var load = 0.0

    @inline(__always)
    static func < (left: Score, right: Score) -> Bool {
        if left.domain != right.domain { return left.domain < right.domain }
        if left.farFrom != right.farFrom { return left.farFrom < right.farFrom }
        if left.wishes != right.wishes { return left.wishes < right.wishes }
        if left.money != right.money { return left.money < right.money }
        if left.together != right.together { return left.together < right.together }
        return left.load < right.load
    }

    /// The score in words, behind how many machines there were.
    func reason(fitting count: Int, demand: Demand) -> String {
        var parts = [count == 1 ? "the only machine that fits" : "best of \(count) that fit"]
        if let spread = demand.place.spread {
            parts.append("\(domain) of \(demand.component.name) in its \(spread)")
        }
        if !demand.place.near.isEmpty {
            parts.append(
                "near \(demand.place.near.count - Int(farFrom))"
                    + " of \(demand.place.near.count)")
        }
        if !demand.place.prefer.isEmpty {
            parts.append(
                "\(demand.place.prefer.count - Int(wishes))"
                    + " of \(demand.place.prefer.count) preferences")
        }
        if money > 0 { parts.append("\(Amount.cores(millionths(money))) an hour") }
        parts.append("\(Int(max(0, min(load, 1e6)) * 100)) % used with it")
        return parts.joined(separator: ", ")
    }
}
