internal import Drivers
internal import Host
internal import MMSGraph
internal import Resources
internal import Synchronization

/// Configures the interfaces of a machine that boots our image, as the resources of type
/// `network` in its namespace say; without any, addresses are lent.
public final class NetworkLoop: Sendable {
    private let devices: [NetworkDevice]
    private let node: LinuxNode
    private let refused = Mutex<[String]>([])

    /// Reads the settings, and follows them from then on.
    public init(node: LinuxNode, resolver: String) {
        self.node = node
        devices = LinuxLink.all().prefix(Limits.configuredInterfaces.value).enumerated().map {
            NetworkDevice($1, metric: $0, resolver: resolver)
        }
        read()
    }

    /// Starts a thread for each interface.
    public func start() throws(NodeError) {
        node.announcer.add { [self] commit in
            guard
                commit.changes.contains(where: {
                    ($0.new ?? $0.old)?.type == NetworkSetting.type.name
                })
            else { return }
            read()
        }
        do throws(LinuxMachine.Failure) { try LinuxLink.raise("lo") } catch {
            throw NodeError("take up", "lo", error.cause)
        }
        for device in devices {
            do throws(ThreadError) {
                try HostThread.start("net \(device.link.name)") { [node] in
                    device.run(hostName: node.name, entropy: LinuxEntropy())
                }
            } catch {
                throw NodeError("start thread", error.name, "error \(error.code)")
            }
        }
    }

    /// Ends the threads; the addresses stay.
    public func stop() { for device in devices { device.stop() } }

    /// The addresses there are, with their prefixes.
    public var addresses: [String] { devices.compactMap(\.view.address) }

    /// Settings that cannot be used, and what went wrong last, by interface.
    public var failures: [String] {
        let failed = devices.compactMap { device in
            device.view.failure.map { "\(device.link.name): \($0)" }
        }
        return refused.withLock { $0 } + failed
    }

    private func read() {
        var settings: [String: NetworkSetting] = [:]
        var refused: [String] = []
        do throws(GraphError) {
            let reader = try node.circle.graph.reader()
            for resource in try reader.all("network")
            where resource.namespace == node.identity.namespace {
                do throws(DriverError) {
                    settings[resource.name.text] = try NetworkSetting(resource.data)
                } catch {
                    refused.append("network/\(resource.name): \(error); its address is lent")
                }
            }
        } catch { refused.append("cannot read the settings of the network: \(error.cause)") }
        self.refused.withLock { [refused] in $0 = refused }
        for device in devices {
            let setting = settings[device.link.name] ?? settings[NetworkSetting.standardName]
            device.set(setting ?? .lent)
        }
    }
}
