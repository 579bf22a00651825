internal import Bus
internal import Glibc
internal import Host
internal import Log
internal import Resources

// ReplicatedBench ENDPOINT,… IN-FLIGHT SECONDS BYTES: entries that a majority of etcd's members
// made durable, through the shared log. A closed loop of so many proposers: what was proposed while
// one group was on its way is the next group, as in the sequencer of the node that holds the pen.

guard CommandLine.arguments.count == 5, let flight = Int(CommandLine.arguments[2]),
    let seconds = Double(CommandLine.arguments[3]), let bytes = Int(CommandLine.arguments[4]),
    flight > 0, seconds > 0, bytes > 0
else {
    LinuxSystem.note("usage: ReplicatedBench ENDPOINT,… IN-FLIGHT SECONDS BYTES")
    exit(2)
}

do {
    let client = try EtcdClient(
        endpoints: CommandLine.arguments[1].split(separator: ",").map(String.init),
        security: .plain)
    let run = Replicated(client: client, flight: flight, bytes: bytes)
    print(try run.measure(seconds: seconds))
} catch {
    LinuxSystem.note("\(error)")
    exit(1)
}
