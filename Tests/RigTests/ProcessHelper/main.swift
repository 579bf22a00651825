internal import Drivers
internal import Host
internal import Resources

// A life of Pisces for the kill rig: adopts what runs, starts what never started, says so.
// Arguments: the rig's folder, the number of instances, the device. Each program signs by a line
// of its output.

enum RigError: Error { case usage }

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = UInt64(arguments[2]),
    let device = Instance.Device(rawValue: arguments[3])
else {
    print("usage: ProcessRig <folder> <count> <host|oci>")
    throw RigError.usage
}
let processes = try LinuxProcesses(ledger: arguments[1] + "/instances")
let runtime: OCIRuntime? =
    device == .oci
    ? try OCIRuntime.probe(
        state: arguments[1] + "/runtime", processes: processes,
        identifier: LinuxEntropy().identifier(at: LinuxClock().now)) : nil
let driver = ProcessDriver(processes: processes, runtime: runtime) { _, _ in }
let known = try driver.observe()
print("known \(known.count)")
for number in 1...count where known[Identifier(high: 1, low: number)] == nil {
    let instance = Instance(
        id: Identifier(high: 1, low: number), name: "sleeper-\(number)", device: device,
        command: ["/bin/sh", "-c", "echo signed; exec sleep 100000"])
    _ = try driver.start(instance)
}
print("done")
