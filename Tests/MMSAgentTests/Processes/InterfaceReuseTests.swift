import Host
import Resources
import Testing

@testable import MMSAgent

/// An index that is given out again is another interface, whatever was lost meanwhile.
@Suite struct InterfaceReuseTests {
    private let kernel = SimulatedKernel()
    private let address: [UInt8] = [10, 0, 0, 1, 24]

    private func started() -> (NetworkSensor, Sightings) {
        let sensor = NetworkSensor(kernel)
        var picture = Sightings()
        picture.turn(sensor) { $0.start(&$1) }
        return (sensor, picture)
    }

    /// An interface with an address and a route.
    private func add(_ name: String, _ index: Int32) {
        kernel.addInterface(name, index: index)
        kernel.setUp(index, true)
        kernel.addAddress(address, on: index)
        kernel.addRoute([10, 1, 0, 0, 16], on: index)
    }

    private func identities(_ picture: Sightings) -> [String] {
        let subjects = picture.all.values.filter {
            $0.subject.name.text != "lo"
        }
        return subjects.map { "\($0.subject.type.text) \($0.identity)" }.sorted()
    }

    @Test(arguments: [true, false])
    func anIndexThatIsUsedAgainIsAnotherInterface(isLost: Bool) throws {
        var (sensor, picture) = started()
        add("box", 9)
        picture.settle(sensor, kernel)
        let before = identities(picture)
        #expect(before.count == 3)
        kernel.removeInterface(9)
        add("box", 9)
        if isLost { kernel.dropEvents() }
        picture.settle(sensor, kernel)
        let after = identities(picture)
        #expect(after.count == 3)
        #expect(Set(after).isDisjoint(with: before), "\(after)")
        #expect(sensor.statistics.lost == (isLost ? 1 : 0))
        #expect(picture.faults == [])
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        picture.settle(sensor, kernel)
        #expect(sensor.statistics.drift == 0)
        #expect(identities(picture) == after)
    }

    @Test func anInterfaceThatStaysIsTheSameThroughALossAndANewName() throws {
        var (sensor, picture) = started()
        add("box", 9)
        picture.settle(sensor, kernel)
        let before = try #require(picture["interface", "box"]).identity
        kernel.dropEvents()
        picture.settle(sensor, kernel)
        #expect(picture["interface", "box"]?.identity == before)
        kernel.rename(9, "chest")
        picture.settle(sensor, kernel)
        #expect(picture["interface", "chest"]?.identity == before)
        // A sensor of a later life knows it again, too.
        let (_, later) = started()
        #expect(later["interface", "chest"]?.identity == before)
    }

    @Test func anInterfaceIsInItsNetworkNamespace() {
        let (_, picture) = started()
        #expect(
            picture["interface", "lo"]?.links["IN_NAMESPACE"]?.map(\.name.text) == ["net:[7]"])
    }
}
