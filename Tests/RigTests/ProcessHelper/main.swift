internal import Drivers
internal import Host
internal import Resources

// A life of Pisces for the kill rig: adopts what runs, starts what never started, says so.
// Arguments: the ledger's folder, the file each instance signs, the number of instances.

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = UInt64(arguments[3]) else {
    print("usage: ProcessRig <ledger> <signatures> <count>")
    throw RigError.usage
}
let processes = try LinuxProcesses(ledger: arguments[1])
let driver = ProcessDriver(processes: processes) { _, _ in }
let known = try driver.observe()
print("known \(known.count)")
for number in 1...count where known[Identifier(high: 1, low: number)] == nil {
    let script = "echo \(number) $$ >> \(arguments[2]); exec sleep 100000"
    let instance = Instance(
        id: Identifier(high: 1, low: number), name: "sleeper-\(number)", device: .host,
        command: ["/bin/sh", "-c", script])
    _ = try driver.start(instance)
}
print("done")

enum RigError: Error { case usage }
