import Bus
import Host
import Log
import MMSGraph
import Node
import Resources
import Testing
import ZeroProcs

@Suite struct FleetLogTests {
    @Test func twoNodesAppendThroughOneSharedLoglet() throws {
        let world = try FleetWorld(nodes: 2, seed: 1)
        try world.grow()
        for round in 0..<20 {
            for index in 0..<2 { #expect(world.write("r\(round)-\(index)", at: index) != nil) }
        }
        try world.settle()
        #expect(world.check() == [])
        #expect(world.nodes[0].life.shared.place == .shared)
        #expect(world.nodes[1].life.shared.place == .shared)
        #expect(world.nodes[0].life.log.hash == world.nodes[1].life.log.hash)
    }
}
