import Host
import Resources
import Trust

@testable import Reproduction

/// A machine of the World with two slots and a loader, which may lose its power at any time.
struct SlotMachine {
    let disk: SimulatedDisk
    let journal = Journal()
    static let places = try? BootPlaces(
        esp: "/esp",
        devices: Dictionary(
            uniqueKeysWithValues: BootPlaces.labels.map { ($0, "/dev/\($0)") }))

    /// What the machine's log has of its updates; it is durable before a report returns.
    final class Journal: Sendable {
        private let written = Mutexed<[ValueMap]>([])
        var last: ValueMap? { written.value.last }
        var words: [String] { written.value.compactMap { $0["state"]?.text } }

        func take(_ controller: Controller) {
            written.change { list in
                if list.last?["state"] != controller.data["state"] { list.append(controller.data) }
            }
        }
    }

    /// A machine that runs the old system from slot a, as its constructor leaves it.
    init(seed: UInt64) throws {
        disk = SimulatedDisk(seed: seed)
        for folder in ["/esp", "/esp/EFI", "/esp/EFI/Linux", "/dev", "/data"] {
            try disk.createDirectory(folder)
        }
        for label in BootPlaces.labels {
            let partition = try DiskTarget.newFile(disk, "/dev/\(label)", size: 1 << 20)
            try partition.sync()
            partition.close()
        }
        let constructor = try Constructor(UpdateSample.old, blobs: UpdateSample.source)
        let root = try DiskTarget.existing(disk, "/dev/root-a")
        let seal = try constructor.slot(
            root: root, verity: DiskTarget.existing(disk, "/dev/verity-a"))
        try BootFolder(disk: disk, path: "/esp").install(
            Self.running, try constructor.unifiedKernel(seal), from: UpdateSample.source)
        for folder in ["/", "/dev", "/esp", "/esp/EFI", "/esp/EFI/Linux"] {
            try disk.syncDirectory(folder)
        }
    }

    static let running = LoaderEntry(sequence: 3, tries: nil)

    func updater<D: Disk>(on disk: D) throws -> SlotUpdater<D> {
        guard let places = Self.places else { throw Missing() }
        // The running root has all content of the old system.
        let held = MemorySource(UpdateSample.oldContents)
        return SlotUpdater(
            disk: disk, places: places,
            store: BlobStore(disk: disk, path: "/data/blobs", quota: .max), present: [held],
            clock: SimulatedClock())
    }

    struct Missing: Error {}

    /// Makes the update as a node does it: from what the log has, up to the restart.
    func update<D: Disk>(
        on disk: D, source: MemorySource = UpdateSample.source
    ) throws {
        let updater = try updater(on: disk)
        let offer = UpdateOffer(try UpdateSample.new, nil)
        let entries = try updater.folder.entries()
        let table = SlotTable(running: .a, entry: Self.running, entries: entries)
        var controller = try journal.last.map { try Controller(data: $0) }
        if controller?.state.isEnd == true { controller = nil }
        let plan = Controller.Plan(
            generation: try UpdateSample.new.digest, sequence: 4, kind: .slot, target: "b")
        let ended = try updater.run(
            offer, on: table, from: [source], controller: controller ?? Controller(plan)
        ) { (progress) throws(ReproductionError) in journal.take(progress.controller) }
        journal.take(ended)
    }

    /// What ran after so many starts.
    struct Started: Equatable {
        var sequence: Int
        var slot: SlotTable.Letter
        var attempts: Int
    }

    /// Firmware, guard, loader and the small init: starts what the loader would start until
    /// something runs; nil when nothing does.
    func start(attempts: Int = 4) throws -> Started? {
        for attempt in 1...attempts {
            let names = try disk.list("/esp/EFI/Linux")
            let entries = names.compactMap { LoaderEntry($0) }
            guard let chosen = LoaderEntry.chosen(among: entries) else { return nil }
            let tried = chosen.tried
            if tried != chosen {
                try disk.rename(
                    "/esp/EFI/Linux/\(chosen.fileName)", to: "/esp/EFI/Linux/\(tried.fileName)")
                try disk.syncDirectory("/esp/EFI/Linux")
            }
            let image = disk.bytes(of: "/esp/EFI/Linux/\(tried.fileName)") ?? []
            if let slot = try Self.slot(of: image, chosen.sequence, on: disk) {
                return Started(sequence: chosen.sequence, slot: slot, attempts: attempt)
            }
        }
        return nil
    }

    /// The slot in which the system of a boot image is, when both are as they were built.
    private static func slot(
        of image: [UInt8], _ sequence: Int, on disk: SimulatedDisk
    ) throws -> SlotTable.Letter? {
        let description = try sequence == 3 ? UpdateSample.old : UpdateSample.new
        let constructor = try Constructor(description, blobs: UpdateSample.source)
        let seal = try constructor.seal()
        var expected: [UInt8] = []
        try constructor.unifiedKernel(seal).write(from: UpdateSample.source) { expected += $0 }
        guard image == expected else { return nil }
        for letter in SlotTable.Letter.allCases {
            let (root, verity) = ("/dev/root-\(letter.rawValue)", "/dev/verity-\(letter.rawValue)")
            guard let header = disk.bytes(of: root)?[1072..<1088], Array(header) == seal.identity
            else { continue }
            let found = try? constructor.proof(
                root: DiskTarget.existing(disk, root), verity: DiskTarget.existing(disk, verity))
            return found == seal ? letter : nil
        }
        return nil
    }
}

/// Two systems, the second with one file changed and one added.
enum UpdateSample {
    private static let boot: [[UInt8]] = [
        Content.bytes(60_000, seed: 31), Content.bytes(20_000, seed: 32),
        Content.bytes(9_000, seed: 33), StubSample.bytes(), Guard.program(for: .x86_64),
    ]
    private static let kept = Content.bytes(90_000, seed: 34)
    private static let before = Content.bytes(40_000, seed: 35)
    private static let after = Content.bytes(44_000, seed: 36)
    private static let added = Content.bytes(3_000, seed: 37)

    static let oldContents = boot + [kept, before]
    static let source = freshSource
    /// One that counts for one test alone.
    static var freshSource: MemorySource { MemorySource(boot + [kept, before, after, added]) }
    /// Bytes of content that differ.
    static let changed = 47_000

    static var old: Description {
        get throws { try description(3, [("kept", kept), ("program", before)]) }
    }
    static var new: Description {
        get throws {
            try description(4, [("added", added), ("kept", kept), ("program", after)])
        }
    }

    static func description(
        _ sequence: Int64, _ files: [(String, [UInt8])],
        _ architecture: Description.Architecture = .x86_64, boots: Bool = true
    ) throws -> Description {
        let blobs = boot.map { Blob(of: $0) }
        var parameters = Description.Parameters()
        parameters.rootBytes = 1 << 20
        parameters.verityBytes = 1 << 20
        return try Description(
            sequence: sequence, architecture: architecture,
            files: files.map { .init($0, mode: 0o644, .file(Blob(of: $1))) },
            boot: boots
                ? .init(
                    kernel: blobs[0], program: blobs[1], loader: blobs[2], stub: blobs[3],
                    guardian: blobs[4], commandLine: ["panic=2"]) : nil,
            parameters: parameters)
    }
}
