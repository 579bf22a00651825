internal import Host
internal import Resources

/// What each interface does with IPv6, by `/proc/sys/net/ipv6/conf`.
final class IPv6SettingSource: LevelSource {
    let contract = SensorContract(
        name: "ipv6-settings", kinds: [Kind.ipv6Setting],
        mechanism: "reads /proc/sys/net/ipv6/conf in the sweep, every 60 s",
        why: "the kernel announces few of these settings, and none as a whole",
        privilege: "none", fallback: "none needed",
        mayMiss: "settings that are changed and set back within a minute; other network "
            + "namespaces")
    let sampled: [TypeName: SampledFields] = [Kind.ipv6Setting: .all]

    private static let folder = "/proc/sys/net/ipv6/conf"
    private static let files = [
        ("hopLimit", "hop_limit"), ("forwarding", "forwarding"),
        ("acceptRedirects", "accept_redirects"), ("acceptRouterAdvertisements", "accept_ra"),
    ]

    func read(_ kernel: any Kernel) -> Reading {
        let namespace = kernel.networkNamespace()
        // No folder: a kernel without IPv6. The first two are no interfaces.
        let names = (kernel.list(Self.folder) ?? []).filter { $0 != "all" && $0 != "default" }
        return .whole(
            names.map { name in
                var data = ValueMap()
                for (field, file) in Self.files {
                    let text = kernel.read("\(Self.folder)/\(name)/\(file)") ?? []
                    guard let number = decimal(text.prefix { $0 > 32 }) else { continue }
                    data[field] = .int(Int64(clamping: number))
                }
                return Seen(
                    subject: Observation.Subject(
                        type: Kind.ipv6Setting, name: subjectName(name)),
                    identity: "\(namespace):\(name)", data: data,
                    links: [
                        "ON": [
                            Observation.Subject(type: Kind.interface, name: subjectName(name))
                        ]
                    ])
            })
    }
}

extension Kind {
    static let ipv6Setting = known { () throws(NameError) in try TypeName("ipv6-setting") }
}

extension SocketTypes {
    /// What an interface does with IPv6.
    static let ipv6Setting = TypeDefinition(
        name: Kind.ipv6Setting, summary: "What an interface does with IPv6.", role: .observed,
        writer: "sensor ipv6-settings",
        fields: [
            .init("hopLimit", .int, "Hops that its packets may take."),
            .init("forwarding", .int, "It forwards: 0 no, 1 yes."),
            .init("acceptRedirects", .int, "It heeds redirects: 0 no, 1 yes."),
            .init(
                "acceptRouterAdvertisements", .int,
                "It heeds routers: 0 no, 1 unless it forwards, 2 always."),
        ],
        relations: [relation("ON", to: [Kind.interface], "The interface.", single: true)],
        columns: ["hopLimit", "forwarding", "acceptRedirects", "acceptRouterAdvertisements"])
}
