public import Drivers
public import Host
internal import Resources
internal import Trust

/// The drivers that a node on Linux runs applications with, over one state directory.
public struct AppAssembly: Sendable {
    /// Starts and stops processes and containers.
    public let driver: ProcessDriver<LinuxProcesses>
    /// Images, volumes and keys.
    public let devices: AppDevices
    /// Which OCI runtime the process driver uses, or why there is none.
    public let runtimeState: String
    /// Where services have names, or why nowhere.
    public let namesState: String
    private let names: NameServer?
    private let checks: CommandChecks
    /// The state directory.
    public let directory: String
    /// The address of the service network at which names are asked for.
    private static let resolver = "127.77.0.53"

    init(directory: String, announcer: Announcer) throws(NodeError) {
        let key = try MachineKey.load(directory: directory)
        do {
            let processes = try LinuxProcesses(ledger: directory + "/instances")
            let images = try ImageStore(directory + "/images")
            let volumes = try VolumeDriver(state: directory, processes: processes)
            try volumes.recover()
            let (runtime, word) = Self.runtime(directory, processes, images)
            runtimeState = word
            driver = ProcessDriver(processes: processes, runtime: runtime) { _, _ in
                announcer.instanceEnded()
            }
            var devices = AppDevices(images: images, volumes: volumes, key: key, state: directory)
            (names, namesState) = Self.names()
            if names != nil { devices.resolver = Self.resolver }
            self.devices = devices
            checks = CommandChecks(driver: driver)
            self.directory = directory
        } catch let error as ProcessError {
            throw NodeError(error.operation, error.subject, error.cause)
        } catch let error as DriverError {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        } catch {
            throw NodeError("start", "drivers", "\(error)")
        }
    }

    /// The name server that tasks are told of, and why there is none.
    private static func names() -> (NameServer?, String) {
        guard let address = IPAddress(resolver) else { return (nil, "no address") }
        do throws(DriverError) {
            let forward = NameForward(servers: upstream())
            let server = try NameServer(
                addresses: [address], port: 53,
                forward: forward.servers.isEmpty ? nil : forward)
            return (server, "ready at \(resolver):53")
        } catch { return (nil, error.cause) }
    }

    /// The name servers this machine asks itself.
    private static func upstream() -> [Endpoint] {
        let text = ((try? LinuxFiles().text("/etc/resolv.conf")) ?? nil) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count == 2, words[0] == "nameserver", let address = IPAddress(String(words[1])),
                address.description != resolver
            else { return nil }
            return Endpoint(address, 53)
        }
    }

    func serving(
        _ circle: Circle<LinuxDisk, RocksStore>, _ clock: LinuxClock
    ) throws(NodeError) -> ServingLoop<LinuxDisk, RocksStore> {
        do throws(DriverError) {
            return try ServingLoop(
                circle: circle, directory: directory, names: names, clock: clock
            ) { [checks] in checks.ask($0, $1, $2, $3) }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        }
    }

    func start() throws(ThreadError) { try checks.start() }

    func stop() {
        checks.stop()
        names?.stop()
    }

    private static func runtime(
        _ directory: String, _ processes: LinuxProcesses, _ images: ImageStore
    ) -> (OCIRuntime?, String) {
        do throws(DriverError) {
            let runtime = try OCIRuntime.probe(
                state: directory + "/oci", processes: processes, images: images,
                identifier: LinuxEntropy().identifier(at: LinuxClock().now))
            return (runtime, "ready, containers by \(runtime.name)")
        } catch {
            return (nil, "ready, no containers: \(error.cause)")
        }
    }
}
