internal import Drivers
internal import Glibc
internal import Host
internal import Resources

// A balancer alone, for measuring: `BalanceRig LISTEN http|tcp POLICY THREADS BACKEND…` serves until
// its standard input ends.

func refuse(_ words: String) -> Never {
    let bytes = Array((words + "\n").utf8)
    _ = unsafe write(2, bytes, bytes.count)
    exit(2)
}

let words = CommandLine.arguments
guard words.count > 5, let listen = SocketAddress(words[1]),
    let mode = BalancerTable.Mode(rawValue: words[2]), let threads = Int(words[4])
else { refuse("BalanceRig LISTEN http|tcp round-robin|least-connections|hash THREADS BACKEND…") }
let policies: [String: BalancerTable.Policy] = [
    "round-robin": .roundRobin, "least-connections": .leastConnections,
    "hash": .hash(.clientAddress),
]
guard let policy = policies[words[3]] else { refuse("no policy \(words[3])") }
let backends = words.dropFirst(5).compactMap { word in
    SocketAddress(word).map { BalancerTable.Backend(name: word, address: $0) }
}
do throws(DriverError) {
    let balancer = try Balancer(threads: threads)
    let refused = balancer.apply(
        BalancerTable([
            BalancerTable.Service(
                name: "bench", listen: listen, mode: mode, policy: policy, backends: backends)
        ]))
    if let first = refused.first { refuse("\(first)") }
    var byte: UInt8 = 0
    while unsafe read(0, &byte, 1) > 0 {}
    if let counts = balancer.statistics()["bench"]?.counts {
        let line = Array(
            "requests \(counts.requests) errors \(counts.errors.values.reduce(0, +))\n".utf8)
        _ = unsafe write(2, line, line.count)
    }
    balancer.stop()
} catch { refuse("\(error)") }
