/// Ports that two parts of an app would want on one machine.
struct AppPortCheck {
    let app: App
    private static let last = 65_535

    /// Ports that are taken, and by whom.
    private struct Claim {
        let ports: ClosedRange<Int>
        let owner: String
    }

    func all() throws(AppError) {
        var claims: [Claim] = []
        for component in app.components {
            for (name, base) in component.ports.entries where base != 0 {
                let path = ["components", component.name, "ports", name]
                let claim = try claim(component, name, base, path)
                if let other = claims.first(where: { $0.ports.overlaps(claim.ports) }) {
                    throw AppError(
                        path,
                        found: "\(words(claim.ports, component)) overlap with those of "
                            + other.owner,
                        expected: "leave room: replica n listens on its port + n")
                }
                claims.append(claim)
            }
        }
        try checkListens(claims)
    }

    private func claim(
        _ component: App.Component, _ name: String, _ base: Int, _ path: [String]
    ) throws(AppError) -> Claim {
        // The second set of a blue-green update stands beside the first.
        let sets = component.update.strategy == .blueGreen ? 2 : 1
        let most = Self.last - (sets * component.count - 1)
        guard base <= most else {
            throw AppError(
                path, found: "is no number from 1 to \(max(1, most))",
                expected: "leave room up to 65535: replica n listens on its port + n"
                    + (sets == 2 ? ", twice as many while it is updated" : ""))
        }
        return Claim(
            ports: base...base + sets * component.count - 1, owner: "\(component.name).\(name)")
    }

    private func words(_ ports: ClosedRange<Int>, _ component: App.Component) -> String {
        let second = component.update.strategy == .blueGreen ? " (with a second set)" : ""
        return "ports \(ports.lowerBound) to \(ports.upperBound)\(second)"
    }

    /// A replica may listen on all addresses, so that its port is taken on each of them.
    private func checkListens(_ claims: [Claim]) throws(AppError) {
        var taken: [(listen: App.Service.Listen, name: String)] = []
        for service in app.services {
            guard let listen = service.listen else { continue }
            let path = ["services", service.name, "listen"]
            if let other = claims.first(where: { $0.ports.contains(listen.port) }) {
                throw AppError(
                    path, found: "port \(listen.port) is one of \(other.owner)",
                    expected: "choose another port")
            }
            if let other = taken.first(where: { $0.listen.clashes(with: listen) }) {
                throw AppError(
                    path, found: "\(listen) is taken by \(other.name)",
                    expected: "choose another port")
            }
            taken.append((listen, service.name))
        }
    }
}

extension App.Service.Listen {
    /// True when both cannot be listened at on one machine.
    func clashes(with other: App.Service.Listen) -> Bool {
        port == other.port && (address == other.address || isWildcard || other.isWildcard)
    }
}
