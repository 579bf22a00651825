import Host
import MMSGraph
import Resources
import Testing

@Suite struct RecoveryTests {
    /// A process that dies leaves what was flushed; a checkpoint is exactly that, while the
    /// process that made it goes on.
    @Test func rocksDBFallsBackToAFlushAndReplaysToTheSameState() throws {
        try withFolder { folder in
            var node = try Node(try RocksStore(path: folder))
            for number in 1...200 {
                try node.run(.create(try draft(UInt64(number), data: ["n": .int(Int64(number))])))
            }
            try node.graph.flush()
            try node.graph.store.checkpoint(to: folder + "-crashed")
            for number in 1...100 {
                try node.run(.update(Update(id: id(UInt64(number)), data: ["n": 0])))
                try node.run(.delete(id: id(UInt64(number + 100)), expect: nil))
            }
            let again = try Graph(store: RocksStore(path: folder + "-crashed"), mounts: [.root])
            #expect(again.applied(.root) == Position(200))
            var transaction = try again.begin(.root)
            for (header, batch) in node.entries where header.position > transaction.base {
                _ = try transaction.apply(header, batch)
            }
            _ = try again.commit(transaction, chain: again.state(of: .root).chain)
            #expect(again.stateHash(.root) == node.graph.stateHash(.root))
            #expect(again.stateHash(.root) != StateHash.empty)
            #expect(try again.reader().count(Selection()) == 100)
        }
    }

    @Test func aStaleTransactionIsNotCommitted() throws {
        var node = try Node(SimulatedStore())
        var stale = try node.graph.begin(.root)
        _ = try stale.apply(node.header(), Batch([.create(try draft(1))]))
        try node.run(.create(try draft(2)))
        let graph = node.graph
        #expect(throws: GraphError.self) { _ = try graph.commit(stale, chain: []) }
        #expect(try graph.resource(id(1)) == nil)
    }

    @Test func anUnmountedLogHasNoTransaction() throws {
        let node = try Node(SimulatedStore())
        #expect(throws: GraphError.self) { _ = try node.graph.begin(try Namespace("/x")) }
    }

    @Test func aReaderKeepsItsState() throws {
        try withFolder { folder in
            var node = try Node(try RocksStore(path: folder))
            try node.run(.create(try draft(1)))
            let reader = try node.graph.reader()
            try node.run(.delete(id: id(1), expect: nil))
            #expect(try reader.resource(id(1)) != nil)
            #expect(try node.graph.resource(id(1)) == nil)
        }
    }
}
