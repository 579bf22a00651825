import Host
import MMSGraph
import Resources
import Testing

/// Logs of other machines in the graph of this one.
@Suite struct MountTests {
    private let other = Namespace.known("/machines/b")
    private let time = WallTime(milliseconds: 9000)

    /// A machine with a log of its own, in which there are two resources and a deleted one.
    private func origin() throws -> Node<SimulatedStore> {
        var node = try Node(SimulatedStore(), mounts: [.root, other])
        for number in 1...3 as ClosedRange<UInt64> {
            try node.run(
                .create(try draft(number, "note", in: other.path, data: ["n": .int(1)])),
                log: other)
        }
        try node.run(.delete(id: id(3), expect: nil), log: other)
        return node
    }

    private func image(of node: Node<SimulatedStore>, bytes: Int = 1 << 20) throws -> [[UInt8]] {
        let image = try node.graph.image(of: other)
        var found: [[UInt8]] = []
        var last: Identifier?
        repeat {
            let page = try image.page(behind: last, bytes: bytes)
            found += page.resources
            last = page.last
        } while last != nil
        #expect(LogImage<SimulatedStore>.digest(of: found) == image.state.hash)
        return found
    }

    private func adopt(
        _ image: [[UInt8]], at position: UInt64, _ graph: Graph<SimulatedStore>
    ) throws -> [Change] {
        var transaction = try graph.begin(other)
        let header = EntryHeader(
            log: other, position: Position(position), author: .system("mirror"), time: time)
        _ = try transaction.adopt(image, at: header)
        return try graph.commit(transaction, chain: [7])
    }

    @Test func anImageIsReadWholeInPagesOfAnySize() throws {
        let node = try origin()
        #expect(try image(of: node).count == 2)
        #expect(try image(of: node, bytes: 1) == image(of: node))
    }

    @Test func whatIsTakenOverIsTheSameAsAtItsOrigin() throws {
        let node = try origin()
        let copy = try Graph(store: SimulatedStore(), mounts: [.root])
        try copy.mount(other)
        let changes = try adopt(image(of: node), at: 4, copy)
        #expect(changes.count == 2)
        #expect(copy.stateHash(other) == node.graph.stateHash(other))
        #expect(copy.applied(other) == Position(4))
        try copy.audit()
        let found = try copy.reader().resource(try TypeName("note"), ResourceName("n1"), in: other)
        #expect(found?.revision == Position(1))
    }

    @Test func takingOverAgainChangesOnlyWhatDiffers() throws {
        var node = try origin()
        let copy = try Graph(store: SimulatedStore(), mounts: [.root])
        try copy.mount(other)
        _ = try adopt(image(of: node), at: 4, copy)
        try node.run(.delete(id: id(1), expect: nil), log: other)
        try node.run(.create(try draft(9, "note", "n1", in: other.path)), log: other)
        let changes = try adopt(image(of: node), at: 6, copy)
        #expect(changes.count == 2)
        #expect(changes.contains { $0.old?.id == id(1) && $0.new == nil })
        #expect(copy.stateHash(other) == node.graph.stateHash(other))
        try copy.audit()
    }

    @Test func aMountIsThereAfterReopeningAndGoneAfterUnmounting() throws {
        let store = SimulatedStore()
        let copy = try Graph(store: store, mounts: [.root])
        try copy.mount(other)
        _ = try adopt(image(of: origin()), at: 4, copy)
        let again = try Graph(store: store, mounts: [.root])
        #expect(again.mounts.points.contains(other))
        #expect(again.applied(other) == Position(4))
        #expect(try again.unmount(other, time: time).count == 2)
        #expect(!again.mounts.points.contains(other))
        let last = try Graph(store: store, mounts: [.root])
        #expect(last.mounts.points == [.root])
        #expect(try last.reader().resource(id(1)) == nil)
        try last.audit()
    }

    @Test func aResourceOfAnotherLogIsNotTakenOver() throws {
        var node = try Node(SimulatedStore())
        try node.run(.create(try draft(1, "note")))
        let page = try node.graph.image(of: .root).page(behind: nil, bytes: 1 << 20)
        let copy = try Graph(store: SimulatedStore(), mounts: [.root])
        try copy.mount(other)
        #expect(throws: GraphError.self) { try adopt(page.resources, at: 1, copy) }
        #expect(copy.applied(other) == .zero)
    }

    @Test(arguments: [true, false])
    func whatIsOfAMachineNeverEntersTheFleetLog(isMounted: Bool) throws {
        var node = try Node(SimulatedStore(), mounts: isMounted ? [.root, other] : [.root])
        let refusal = try node.refusal(.create(try draft(1, "note", in: other.path)))
        #expect(refusal?.code == .wrongLog)
        #expect(try node.refusal(.create(try draft(2, "note", in: "/machines"))) == nil)
    }
}

extension Namespace {
    fileprivate static func known(_ path: String) -> Namespace {
        do { return try Namespace(path) } catch { preconditionFailure("\(path) is none") }
    }
}
