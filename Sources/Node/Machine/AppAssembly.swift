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
            devices = AppDevices(images: images, volumes: volumes, key: key, state: directory)
        } catch let error as ProcessError {
            throw NodeError(error.operation, error.subject, error.cause)
        } catch let error as DriverError {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        } catch {
            throw NodeError("start", "drivers", "\(error)")
        }
    }

    func serving(
        _ circle: Circle<LinuxDisk, RocksStore>, _ clock: LinuxClock
    ) throws(NodeError) -> ServingLoop<LinuxDisk, RocksStore> {
        do throws(DriverError) {
            return try ServingLoop(circle: circle, clock: clock) { _, _, _, _ in }
        } catch {
            throw NodeError(error.operation, error.subject, error.cause, remedy: error.remedy)
        }
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
