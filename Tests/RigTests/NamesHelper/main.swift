internal import Drivers
internal import Host
internal import Resources

// A name server for the load of `dnsperf`, until it is ended. Arguments: the port, how many hosts
// the zone has.

enum RigError: Error { case usage }

let arguments = CommandLine.arguments
guard arguments.count == 3, let port = UInt16(arguments[1]), let count = Int(arguments[2]),
    (1...65_000).contains(count), let local = IPAddress("127.0.0.1")
else {
    print("usage: NamesRig <port> <hosts>")
    throw RigError.usage
}
let hosts = (0..<count).compactMap { number -> NamedHost? in
    let bytes = [127, 77, UInt8(number >> 8), UInt8(number & 255)]
    return IPAddress(bytes: bytes).map { address in
        NamedHost(
            "service-\(number).prod", addresses: [address], ports: [NamedPort("http", 8000)])
    }
}
let server = try NameServer(addresses: [local], port: port)
server.publish(try Zone.zones(of: hosts, servers: [local], serial: 1))
LinuxSystem.claimSignals()
LinuxSystem.waitForEnd()
let statistics = server.statistics
server.stop()
print("answered \(statistics.answered + statistics.noData + statistics.noName)")
