import Host
import MMSGraph
import Resources
import Testing

@Suite struct ApplyTests {
    @Test func aResourceIsFoundByIdentityAndByAddress() throws {
        var node = try Node(SimulatedStore())
        let changes = try node.run(.create(try draft(1, "app", "hello", data: ["port": 80])))
        #expect(changes.map(\.action) == ["create"])
        let found = try node.graph.resource(
            TypeName("app"), ResourceName("hello"), in: .root)
        #expect(found?.data["port"] == 80)
        #expect(try node.graph.resource(id(1)) == found)
        #expect(found?.revision == Position(1))
    }

    @Test func theSameHoldsOnRocksDB() throws {
        try withFolder { folder in
            do {
                var node = try Node(try RocksStore(path: folder))
                for number in 1...100 { try node.run(.create(try draft(UInt64(number)))) }
                try node.run(.delete(id: id(7), expect: nil))
                try node.graph.flush()
            }
            let graph = try Graph(store: RocksStore(path: folder), mounts: [.root])
            #expect(graph.applied(.root) == Position(101))
            #expect(try graph.resource(id(7)) == nil)
            #expect(try graph.resource(id(8))?.name.text == "n8")
        }
    }
}
