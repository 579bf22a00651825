internal import Host
internal import Resources

/// The text of a table in haproxy's language (Configuration Manual 2.6). The same table gives the
/// same bytes, in whatever order its services stand.
struct HAProxyConfiguration {
    private var lines: [String] = []

    /// The text; refuses what haproxy cannot be told.
    static func text(_ table: BalancerTable, folder: String) throws(DriverError) -> String {
        if let refused = table.refusals().first {
            throw DriverError(
                .unsupported, operation: "write configuration of", subject: refused.service,
                cause: refused.cause)
        }
        var configuration = HAProxyConfiguration()
        configuration.writeHead(folder)
        for service in table.services.sorted(by: { $0.name < $1.name }) {
            try configuration.write(service)
        }
        return configuration.lines.joined(separator: "\n") + "\n"
    }

    private mutating func writeHead(_ folder: String) {
        lines = [
            "# Written by Pisces; changes are lost.",
            "global",
            "    maxconn \(Limits.balancerConnections.value)",
            // The next process takes the listening sockets over from the one before.
            "    stats socket \(folder)/stats.sock mode 600 level admin expose-fd listeners",
            "    hard-stop-after \(Limits.balancerDrain.value)ms",
            "defaults",
            "    retries \(Limits.balancerTries.value)",
            "    option redispatch 1",
        ]
    }

    private mutating func write(_ service: BalancerTable.Service) throws(DriverError) {
        try check(service.name, of: service)
        guard service.listen.port != 0 else {
            throw refusal(service, "haproxy cannot listen on any free port; name one")
        }
        let times = service.times
        lines += [
            "", "frontend \(service.name)",
            "    bind \(service.listen)",
            "    mode \(service.mode.rawValue)",
            "    maxconn \(Limits.balancerConnections.value)",
            "    default_backend \(service.name)",
        ]
        switch service.mode {
        case .http:
            lines += [
                "    option forwardfor",
                "    http-request set-header X-Forwarded-Proto http",
                "    timeout http-request \(times.head)ms",
                "    timeout http-keep-alive \(times.idle)ms",
                "    timeout client \(times.still)ms",
            ]
        case .tcp: lines.append("    timeout client \(times.tunnelStill)ms")
        }
        lines += [
            "", "backend \(service.name)", "    mode \(service.mode.rawValue)",
            "    balance \(try balance(service))",
        ]
        if case .hash = service.policy { lines.append("    hash-type consistent") }
        lines += [
            "    timeout connect \(times.connect)ms",
            "    timeout server \(service.mode == .http ? times.answer : times.tunnelStill)ms",
        ]
        if service.mode == .http { lines.append("    timeout tunnel \(times.tunnelStill)ms") }
        for backend in service.backends.sorted(by: { $0.name < $1.name }) {
            try check(backend.name, of: service)
            let weight = backend.isReady ? "" : " weight 0"
            lines.append("    server \(backend.name) \(backend.address)\(weight)")
        }
    }

    private func balance(_ service: BalancerTable.Service) throws(DriverError) -> String {
        switch service.policy {
        case .roundRobin: return "roundrobin"
        case .leastConnections: return "leastconn"
        case .hash(.clientAddress): return "source"
        case .hash(.header(let name)):
            guard service.mode == .http, !name.isEmpty, name.utf8.allSatisfy(\.isToken) else {
                throw refusal(service, "\(name.debugDescription) is no field of a request")
            }
            return "hdr(\(name))"
        }
    }

    /// Letters, digits and `-_.:` are what names of haproxy may have.
    private func check(
        _ name: String, of service: BalancerTable.Service
    ) throws(DriverError) {
        let fits = name.utf8.allSatisfy {
            $0.isDigit || ($0.lowered >= 0x61 && $0.lowered <= 0x7A)
                || [0x2D, 0x5F, 0x2E, 0x3A].contains($0)
        }
        guard fits, !name.isEmpty, name.utf8.count <= 200 else {
            throw refusal(service, "haproxy takes no name like \(name.debugDescription)")
        }
    }

    private func refusal(_ service: BalancerTable.Service, _ cause: String) -> DriverError {
        DriverError(
            .unsupported, operation: "write configuration of", subject: "service \(service.name)",
            cause: cause, remedy: "use driver builtin or change the service")
    }
}
