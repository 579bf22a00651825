import Testing

@testable import Boot

@Suite struct SlotTests {
    static let ours = [UInt8](repeating: 1, count: 16)
    static let other = [UInt8](repeating: 2, count: 16)

    static func disk(_ name: String, without: String? = nil) -> [Partition] {
        ["esp", "root-a", "verity-a", "root-b", "verity-b", "data"].enumerated()
            .map { Partition(name: "\(name)\($0 + 1)", disk: name, label: $1) }
            .filter { $0.label != without }
    }

    @Test func theSlotWithTheIdentityIsFound() throws {
        let slot = try Slot.find(Self.ours, among: Self.disk("vda")) {
            $0.label == "root-b" ? Self.ours : Self.other
        }
        #expect(slot.letter == "b")
        #expect(slot.root.path == "/dev/vda4")
        #expect(slot.verity.name == "vda5")
        #expect(slot.data?.name == "vda6")
    }

    @Test func ofTwoDisksWithTheSameSystemTheFirstWinsWhole() throws {
        let disks = Self.disk("vdaa") + Self.disk("vdb") + Self.disk("vda")
        let slot = try Slot.find(Self.ours, among: disks) { _ in Self.ours }
        #expect([slot.root, slot.verity, slot.data].map { $0?.disk } == ["vda", "vda", "vda"])
    }

    @Test func aDiskWithoutDataStillBoots() throws {
        let slot = try Slot.find(Self.ours, among: Self.disk("sda", without: "data")) { _ in
            Self.ours
        }
        #expect(slot.data == nil)
    }

    @Test func aRootWithoutItsTreeIsRefused() {
        let error = #expect(throws: BootError.self) {
            try Slot.find(Self.ours, among: Self.disk("sda", without: "verity-a")) { _ in
                Self.ours
            }
        }
        #expect(error?.subject == "verity-a on sda")
    }

    @Test func theScreenNamesAllRootsThatAreOthers() {
        let error = #expect(throws: BootError.self) {
            try Slot.find(Self.ours, among: Self.disk("vda")) {
                $0.label == "root-a" ? Self.other : nil
            }
        }
        #expect(error?.cause.contains("vda2 (root-a) 0202") == true)
        #expect(error?.cause.contains("vda4 (root-b) no file system") == true)
    }

    @Test func noDiskIsSaidSo() {
        let error = #expect(throws: BootError.self) {
            try Slot.find(Self.ours, among: []) { _ in nil }
        }
        #expect(error?.cause == "no disk has a partition root-a or root-b")
    }

    @Test func partitionsAreReadFromTheirEvents() {
        let text = "MAJOR=254\nMINOR=2\nDEVNAME=vda2\nDEVTYPE=partition\nPARTN=2\nPARTNAME=root-a\n"
        #expect(
            Partition(uevent: text, disk: "vda")
                == Partition(name: "vda2", disk: "vda", label: "root-a"))
        #expect(Partition(uevent: "DEVNAME=vda\nDEVTYPE=disk\n", disk: "vda") == nil)
        #expect(Partition(uevent: "DEVNAME=vda1\nDEVTYPE=partition\n", disk: "vda") == nil)
    }

    @Test func theTableProvesTheRootByItsHash() throws {
        let words = KernelWords(
            identity: Self.ours, blocks: 7, rootHash: [UInt8](repeating: 0xAA, count: 32),
            salt: [])
        let slot = try Slot.find(Self.ours, among: Self.disk("vda")) { _ in Self.ours }
        let hash = String(repeating: "aa", count: 32)
        let table = "1 /dev/vda2 /dev/vda3 4096 4096 7 1 sha256 \(hash) -"
        #expect(slot.table(words, panics: false) == table)
        #expect(slot.table(words, panics: true) == table + " 1 panic_on_corruption")
    }
}
