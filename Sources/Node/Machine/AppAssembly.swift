public import Drivers
public import Host
internal import MMSGraph
internal import Resources
internal import Trust

/// The drivers that a node on Linux runs applications with, over one state directory.
public struct AppAssembly: Sendable {
    /// Starts and stops processes and containers.
    public let driver: ProcessDriver<LinuxProcesses>
    /// The processes it started, for those who read their output.
    public let processes: LinuxProcesses
    /// Images, volumes and keys.
    public let devices: AppDevices
    /// Which OCI runtime the process driver uses, or why there is none.
    public let runtimeState: String
    /// Where services have names, or why nowhere.
    public let namesState: String
    /// What brings installed bundles to this machine.
    let bundles: BundleCourier
    /// What brings images to this machine.
    let blobs: ImageCourier
    private let names: NameServer?
    private let checks: CommandChecks
    private let output: OutputKeeper
    /// The state directory.
    public let directory: String
    /// The address of the service network at which names are asked for.
    private static let resolver = "127.77.0.53"

    /// The drivers over `directory`; tasks listen at `listen`; `links` lead to other machines.
    init(
        directory: String, listen: String, links: FleetLinks, announcer: Announcer
    ) throws(NodeError) {
        let key = try MachineKey.load(directory: directory)
        bundles = BundleCourier(state: directory, peers: links) { links.others }
        do {
            let processes = try LinuxProcesses(ledger: directory + "/instances")
            let images = try ImageStore(directory + "/images")
            blobs = ImageCourier(images, peers: links) { links.others }
            let volumes = try VolumeDriver(state: directory, processes: processes)
            try volumes.recover()
            let (runtime, refusal) = Self.runtime(directory, processes, images)
            runtimeState =
                runtime.map { "ready, containers by \($0.name)" }
                ?? "ready, no containers: \(refusal)"
            self.processes = processes
            driver = ProcessDriver(
                processes: processes, runtime: runtime, noRuntime: refusal
            ) { _, _ in announcer.instanceEnded() }
            var devices = AppDevices(images: images, volumes: volumes, key: key, state: directory)
            (names, namesState) = Self.names()
            devices.processes = processes
            devices.listen = listen
            devices.bundles = bundles
            devices.blobs = blobs
            if names != nil { devices.resolver = Self.resolver }
            self.devices = devices
            checks = CommandChecks(driver: driver)
            output = OutputKeeper(processes)
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
        // Without the file there is nobody to hand questions to.
        let resolverFile = ((try? LinuxFiles().text("/etc/resolv.conf")) ?? nil) ?? ""
        do throws(DriverError) {
            let forward = NameForward(
                servers: NameForward.servers(
                    resolverFile: resolverFile, without: [address]))
            let server = try NameServer(
                addresses: [address], port: 53,
                forward: forward.servers.isEmpty ? nil : forward)
            return (server, "ready at \(resolver):53")
        } catch { return (nil, "none, tasks ask the machine's own: \(error.cause)") }
    }

    func serving(
        _ circle: Circle<LinuxDisk, RocksStore>, _ feed: ChangeFeed<RocksStore>,
        _ clock: LinuxClock
    ) throws(NodeError) -> ServingLoop<LinuxDisk, RocksStore> {
        do throws(DriverError) {
            return try ServingLoop(
                circle: circle, feed: feed, directory: directory, names: names, clock: clock
            ) { [checks] in checks.ask($0, $1, $2, $3) }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        }
    }

    func start() throws(ThreadError) {
        try checks.start()
        try output.start()
    }

    func stop() {
        checks.stop()
        output.stop()
        names?.stop()
    }

    /// The runtime that works here, or why none does.
    private static func runtime(
        _ directory: String, _ processes: LinuxProcesses, _ images: ImageStore
    ) -> (OCIRuntime?, refusal: String) {
        do throws(DriverError) {
            let runtime = try OCIRuntime.probe(
                state: directory + "/oci", processes: processes, images: images,
                identifier: LinuxEntropy().identifier(at: LinuxClock().now))
            return (runtime, "")
        } catch { return (nil, error.cause) }
    }
}
