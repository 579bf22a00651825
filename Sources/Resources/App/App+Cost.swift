extension App {
    /// What all its replicas and volumes cost while they exist: what budgets and prices are held
    /// against. Money is a matter of prices, not of the app.
    public var cost: Cost {
        var cost = Cost.zero
        for component in components {
            let replicas = Double(component.count)
            cost.cpu += (component.needs.cpu ?? 0) * replicas
            cost.memory += Double(component.needs.memory ?? 0) * replicas
            cost.storage += Double(component.needs.storage ?? 0) * replicas
        }
        for volume in volumes {
            let copies = volume.per == .app ? 1 : replicas(mounting: volume.name)
            cost.storage += Double(volume.size ?? 0) * Double(copies)
        }
        return cost
    }

    /// How many replicas have a volume of their own of that name.
    private func replicas(mounting volume: String) -> Int {
        components.filter { component in
            component.volumes.entries.contains { $0.value == volume }
        }.reduce(0) { $0 + $1.count }
    }
}
