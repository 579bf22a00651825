internal import Host
internal import Resources

@testable internal import Drivers

extension FuzzTarget {
    /// Answers of DHCP servers: whatever comes, only a usable address is configured, and the next
    /// step has a time within a lease.
    @Sendable static func lease(_ input: [UInt8]) -> String? {
        let start = Ticks(nanoseconds: 1_000_000_000)
        let number = input.count >= 8 ? input[4..<8].reduce(0) { $0 << 8 | UInt32($1) } : 0
        let hardware = input.count >= 34 ? Array(input[28..<34]) : [UInt8](repeating: 0, count: 6)
        var client = LeaseClient(hardware: hardware, hostName: "fuzz", now: start, random: 1)
        _ = client.due(now: start, random: number)
        // The same bytes as an offer and as what follows it.
        for _ in 0..<2 {
            for action in client.received(input, now: start, random: number) {
                guard case .configure(let lease) = action else { continue }
                let first = lease.address.bytes[0]
                if first == 0 || first == 127 || first >= 224 {
                    return "no machine has this address"
                }
                if !(0...31).contains(lease.prefix) { return "no network has this prefix" }
                if lease.renewSeconds >= lease.rebindSeconds { return "T1 is not before T2" }
                if lease.rebindSeconds >= lease.seconds { return "T2 is not before the end" }
            }
        }
        let most = UInt64(Limits.leaseLongest.value) * 1_000_000_000
        let wait = client.deadline.nanoseconds(since: start)
        return wait <= most ? nil : "the next step is \(wait) ns away"
    }
}
