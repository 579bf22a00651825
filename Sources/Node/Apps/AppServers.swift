internal import Drivers
internal import Host
internal import Resources

/// What serves apps on this machine: health checks, balancers and names.
final class AppServers: Sendable {
    private let prober: Prober
    private let balancer: Balancer

    init(
        run: @escaping CommandRunner,
        onTransition: @escaping @Sendable (Identifier, Health) -> Void
    ) throws(DriverError) {
        prober = try Prober(run: run, onTransition: onTransition)
        balancer = try Balancer()
    }

    func check(_ checks: [Check]) throws(DriverError) { try prober.apply(checks) }

    /// Serves these services from now on; gives those that cannot be served, with the reason.
    func serve(_ services: [ServingScene.Service]) -> SortedMap<String> {
        let refused = balancer.apply(
            BalancerTable(services.filter { $0.driver == .builtin }.map(\.entry)))
        return SortedMap(refused.map { ($0.service, "\($0.listen): \($0.cause)") })
    }

    var statistics: SortedMap<ServiceStatistics> { balancer.statistics() }

    func stop() {
        prober.stop()
        balancer.stop()
    }
}
