import Log
import Node
import Resources
import Testing

/// Copies of the fleet log whose next entries are gone everywhere.
extension FleetWorld {
    /// All nodes but `absent` write on, and let go of it, also where it is ordered.
    func leaveBehind(_ absent: some Sequence<FleetMachine>) throws {
        let present = nodes.filter { node in !absent.contains { $0 === node } }
        let begin = nodes[0].life.log.tail
        for count in 0..<150 {
            #expect(write(at: 0) != nil)
            if count % 10 == 9 { for node in present.dropFirst() { try node.catchUp() } }
        }
        for node in present {
            try node.trim()
            try #require(node.life.log.first > begin.next)
        }
        try nodes[0].life.shared.trim(before: nodes[0].life.log.first)
    }
}

extension FleetMachine {
    /// Rounds of the follower until it has all that another one has, at most so many.
    func follow(_ other: FleetMachine, turns: Int = 20) {
        for _ in 0..<turns where life.log.tail < other.life.log.tail {
            _ = life.follower.turn(milliseconds: 0)
        }
    }
}
