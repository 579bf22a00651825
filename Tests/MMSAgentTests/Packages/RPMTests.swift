import Host
import Resources
import Testing

@testable import MMSAgent

struct RPMTests {
    private let kernel = SimulatedKernel()
    private let path = "/var/lib/rpm/rpmdb.sqlite"
    private let database: [UInt8]
    private let log: [UInt8]

    init() throws {
        let bytes = { (text: String) in Base64.decode(text.filter { !$0.isWhitespace }) }
        database = try #require(bytes(PackageFixtures.database))
        log = try #require(bytes(PackageFixtures.log))
    }

    private func started() -> (LevelSensor, Sightings) {
        var picture = Sightings()
        let sensor = LevelSensor(PackageSource(), on: kernel)
        picture.turn(sensor) { $0.start(&$1) }
        return (sensor, picture)
    }

    @Test func packagesAreReadFromTheDatabase() throws {
        kernel.write(path, bytes: database)
        let (sensor, picture) = started()
        let bash = try #require(picture["package", "bash"])
        #expect(bash.data["version"]?.text == "5.2")
        #expect(bash.data["release"]?.text == "1.fc40")
        #expect(bash.data["epoch"]?.int == 1)
        #expect(bash.data["size"]?.int == 4096)
        #expect(bash.data["installed"]?.int == 1_700_000_100_000)
        #expect(bash.data["summary"]?.text == "About bash")
        #expect(bash.links["DEPENDS"]?.map(\.name.text) == ["glibc"])
        #expect(picture["package", "kernel-6.8.1-300.fc40.x86_64"] != nil)
        #expect(picture["package", "kernel-6.9.2-200.fc40.x86_64"] != nil)
        #expect(picture["package", "lib01"]?.data["architecture"]?.text == "noarch")
        #expect(picture.count("package") == 6)
        #expect(!sensor.contract.mayMiss.contains("rpm"))
    }

    @Test func theLogOfATransactionCountsOnceItIsWhole() {
        kernel.write(path, bytes: database)
        kernel.write(path + "-wal", bytes: Array(log.dropLast(100)))
        var (sensor, picture) = started()
        #expect(picture["package", "late"] == nil)
        kernel.write(path + "-wal", bytes: log)
        picture.settle(sensor, kernel)
        #expect(picture["package", "late"]?.data["version"]?.text == "9")
        #expect(picture.count("package") == 7)
        picture.turn(sensor) { $0.sweep(slices: false, &$1) }
        picture.settle(sensor, kernel)
        #expect(sensor.statistics.drift == 0)
    }

    @Test func aDatabaseThatIsCutIsSaidSo() {
        for count in stride(from: 0, to: database.count, by: 509) {
            kernel.write(path, bytes: Array(database.prefix(count)))
            let (sensor, picture) = started()
            #expect(picture.count("package") < 6)
            #expect(sensor.contract.mayMiss.contains(path))
        }
    }

    @Test func aDatabaseOfAnyBytesIsReadToAnEnd() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<200 {
            var bytes = database
            for _ in 0..<16 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            // Loops of pages, sizes and offsets beyond the end: each reading ends.
            kernel.write(path, bytes: bytes)
            #expect(started().1.count("package") <= 64)
        }
    }

    @Test func aHeaderMayBeCutAnywhere() {
        let index: [UInt8] = [0, 0, 3, 0xE8, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1]
        let whole: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2] + index + [97, 0]
        #expect(RPMHeader(whole)?.text(.name) == "a")
        for count in 0..<whole.count { #expect(RPMHeader(Array(whole.prefix(count))) == nil) }
        #expect(RPMHeader([255, 255, 255, 255, 255, 255, 255, 255]) == nil)
    }
}
