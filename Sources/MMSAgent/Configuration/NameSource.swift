internal import Host
internal import Resources

/// How names become numbers: resolvers, hosts, services and protocols.
final class NameSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "names",
        kinds: [Kind.resolver, Kind.hostEntry, Kind.serviceName, Kind.protocolName],
        mechanism: "inotify on /etc/resolv.conf, hosts, services and protocols",
        why: "tools replace these files, and their folders tell of it",
        privilege: "none", fallback: "none is needed", mayMiss: missed)
    private static let missed = "what directory services and name servers answer"
    /// The second is what systemd-resolved asks itself.
    private static let resolvers = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]
    let watched: WatchedPaths? = WatchedPaths(
        named: Set(resolvers + ["/etc/hosts", "/etc/services", "/etc/protocols"]))
    /// The static tables, for as long as their files are the same.
    private var services = Kept()
    private var protocols = Kept()

    private struct Kept {
        var status: FileStatus?
        var seen: [Seen] = []

        mutating func read(
            _ path: String, _ files: inout ConfigReader, _ parse: ([ConfigLine]) -> [Seen]
        ) -> [Seen] {
            let now = files.kernel.status(path, following: true)
            if now == nil || now != status {
                status = now
                seen = parse(files.lines(path))
            }
            return seen
        }
    }

    func read(_ kernel: any Kernel) -> Reading {
        var files = ConfigReader(kernel)
        var seen = Self.resolverItems(&files)
        var names = NameRoll()
        for line in files.lines("/etc/hosts") {
            guard let host = HostEntry(line) else { continue }
            seen.append(
                Seen(
                    Kind.hostEntry, names.take("\(host.address) \(host.names[0])"),
                    [
                        "address": .text(host.address),
                        "hostnames": .list(host.names.map { .text($0) }),
                        "line": .int(Int64(line.number)),
                    ]))
        }
        seen += services.read("/etc/services", &files) { Self.services($0) }
        seen += protocols.read("/etc/protocols", &files) { Self.protocols($0) }
        contract.mayMiss = Self.missed + files.complaint
        return .whole(seen)
    }

    private static func resolverItems(_ files: inout ConfigReader) -> [Seen] {
        var names = NameRoll()
        return resolvers.enumerated().flatMap { index, path in
            // Where the first is a link to the second, it is read once.
            let isSame = index > 0 && files.kernel.link(resolvers[0])?.hasSuffix(path) == true
            let items = isSame ? [] : ResolverItem.all(files.lines(path))
            return items.enumerated().map { order, item in
                let place = index == 0 ? "" : "\(path) "
                var one = Seen(
                    Kind.resolver, names.take("\(place)\(item.kind) \(item.value)"),
                    [
                        "kind": .text(item.kind), "value": .text(item.value),
                        "file": .text(path), "order": .int(Int64(order)),
                    ])
                one.data["mask"] = item.mask.map { .text($0) }
                return one
            }
        }
    }

    private static func services(_ lines: [ConfigLine]) -> [Seen] {
        var names = NameRoll()
        return lines.compactMap { ServiceName($0) }.map { service in
            var one = Seen(
                Kind.serviceName, names.take("\(service.name)/\(service.transport)"),
                [
                    "service": .text(service.name), "port": .int(Int64(service.port)),
                    "protocol": .text(service.transport),
                ])
            one.data["aliases"] = .unlessEmpty(service.aliases)
            one.data["comment"] = .unlessEmpty(service.comment)
            return one
        }
    }

    private static func protocols(_ lines: [ConfigLine]) -> [Seen] {
        var names = NameRoll()
        return lines.compactMap { ProtocolName($0) }.map { item in
            var one = Seen(
                Kind.protocolName, names.take(item.name),
                ["protocol": .text(item.name), "number": .int(Int64(item.number))])
            one.data["aliases"] = .unlessEmpty(item.aliases)
            one.data["comment"] = .unlessEmpty(item.comment)
            return one
        }
    }
}
