internal import Drivers
internal import Host
internal import Resources
internal import Synchronization

/// What serves apps on this machine: health checks, balancers and names.
final class AppServers: Sendable {
    private let prober: Prober
    private let balancer: Balancer
    private let names: NameServer?
    private let state: String
    /// haproxy, made when the first service asks for it.
    private let haproxy = Mutex<HAProxy?>(nil)

    /// `names` is the name server that publishes services; `state` the state directory.
    init(
        names: NameServer?, state: String, run: @escaping CommandRunner,
        onTransition: @escaping @Sendable (Identifier, Health) -> Void
    ) throws(DriverError) {
        self.names = names
        self.state = state
        prober = try Prober(run: run, onTransition: onTransition)
        balancer = try Balancer()
    }

    func check(_ checks: [Check]) throws(DriverError) { try prober.apply(checks) }

    /// Serves these services from now on; gives those that cannot be served, with the reason.
    func serve(_ services: [ServingScene.Service]) -> SortedMap<String> {
        let refused = balancer.apply(
            BalancerTable(services.filter { $0.driver == .builtin }.map(\.entry)))
        var refusals = SortedMap(refused.map { ($0.service, "\($0.listen): \($0.cause)") })
        let others = services.filter { $0.driver == .haproxy }.map(\.entry)
        let named = others.map { service in
            var service = service
            // haproxy takes no slash in a name.
            service.name = service.name.map { $0 == "/" ? "." : String($0) }.joined()
            return service
        }
        do throws(DriverError) { try serve(byHAProxy: named) } catch {
            for service in others { refusals[service.name] = "\(error)" }
        }
        return refusals
    }

    private func serve(byHAProxy services: [BalancerTable.Service]) throws(DriverError) {
        var driver = haproxy.withLock { $0 }
        if driver == nil {
            // One that an earlier life left is driven again when it still has work.
            if services.isEmpty { return }
            driver = try HAProxy(
                folder: state + "/haproxy", clock: LinuxClock(), entropy: LinuxEntropy())
            haproxy.withLock { $0 = driver }
        }
        if services.isEmpty {
            try driver?.stop()
        } else {
            try driver?.apply(BalancerTable(services))
        }
    }

    /// Gives services their names; `serial` grows with what is published.
    func publish(_ services: [ServingScene.Service], serial: UInt32) throws(DriverError) {
        guard let names else { return }
        let apex = "." + Zone.standardApex
        let hosts = services.compactMap { service -> NamedHost? in
            guard service.host.hasSuffix(apex), let address = IPAddress(service.entry.listen.host)
            else { return nil }
            return NamedHost(
                String(service.host.dropLast(apex.count)), addresses: [address],
                ports: [NamedPort(service.port, service.entry.listen.port)],
                texts: ["balance=\(service.balance)", "backends=\(service.entry.backends.count)"])
        }
        names.publish(
            try Zone.zones(of: hosts, servers: names.endpoints.map(\.address), serial: serial))
    }

    /// What services did: of each driver since it began.
    var statistics: SortedMap<ServiceStatistics> {
        var all = balancer.statistics()
        let others = haproxy.withLock({ $0 })?.statistics() ?? [:]
        for (name, one) in others.entries {
            // As haproxy was told it, see `serve`.
            all[name.replacingPrefix("service.", with: "service/")] = one
        }
        return all
    }

    /// Stops what lives in this process; haproxy goes on, as tasks do.
    func stop() {
        prober.stop()
        balancer.stop()
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
