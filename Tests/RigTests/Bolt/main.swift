internal import Bolt
internal import Cypher
internal import Glibc
internal import Host
internal import Resources

// Serves scratch graphs over Bolt, for drivers and the conformance runner.
// Arguments: address, port (0 picks one), user, password. Says the port and runs until SIGTERM.

enum RigError: Error { case usage }

let arguments = CommandLine.arguments
guard arguments.count == 5, let wanted = Int(arguments[2]) else {
    print("usage: BoltRig <address> <port> <user> <password>")
    throw RigError.usage
}
let clock = LinuxClock()
let entropy = LinuxEntropy()
let service = ScratchService(user: arguments[3], password: arguments[4]) {
    QueryOptions(
        clock: { clock.ticks }, now: clock.now, zone: ZoneFiles.bytes(of:), seed: entropy.next())
}
let server = BoltServer(service: service, settings: .init(version: "rig"))
let port = try server.listen(host: arguments[1], port: wanted)
print("listening on \(port)")
fflush(nil)
while true { pause() }
