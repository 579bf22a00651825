internal import Dispatch
internal import Drivers
internal import Host
public import Resources

/// The network of a machine that has no graph yet: one that fetches its system, or joins a fleet.
public final class EarlyNetwork: Sendable {
    private let devices: [NetworkDevice]
    private let ended = DispatchSemaphore(value: 0)

    /// Wants the address that `data` says, in the form of a resource of type `network`, on that
    /// interface, or on all when it is nil; the others are lent theirs. Refused when `data` cannot
    /// be used.
    public init(
        _ data: ValueMap, on interface: ResourceName?, resolver: String
    ) throws(NodeError) {
        let setting = try Self.setting(data)
        devices = LinuxLink.all().prefix(Limits.configuredInterfaces.value).enumerated().map {
            NetworkDevice($1, metric: $0, resolver: resolver)
        }
        for device in devices {
            let isMeant = interface.map { $0.text == device.link.name } ?? true
            device.set(isMeant ? setting : .lent)
        }
    }

    /// Refuses what no interface can be set to.
    public static func check(_ data: ValueMap) throws(NodeError) { _ = try setting(data) }

    private static func setting(_ data: ValueMap) throws(NodeError) -> NetworkSetting {
        do throws(DriverError) { return try NetworkSetting(data) } catch {
            throw NodeError("use", error.subject, error.cause, remedy: error.remedy)
        }
    }

    /// Starts a thread for each interface.
    public func start(hostName: String) throws(NodeError) {
        for device in devices {
            do throws(ThreadError) {
                try HostThread.start("net \(device.link.name)") { [ended] in
                    device.run(hostName: hostName, entropy: LinuxEntropy())
                    ended.signal()
                }
            } catch { throw NodeError("start thread", error.name, "error \(error.code)") }
        }
    }

    /// Ends the threads and waits for them: others configure the interfaces now.
    public func stop() {
        for device in devices { device.stop() }
        for _ in devices { ended.wait() }
    }

    /// The addresses there are, with their prefixes.
    public var addresses: [String] { devices.compactMap(\.view.address) }

    /// What went wrong last, by interface.
    public var failures: [String] {
        devices.compactMap { device in
            device.view.failure.map { "\(device.link.name): \($0)" }
        }
    }
}
