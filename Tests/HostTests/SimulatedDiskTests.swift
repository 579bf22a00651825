import Testing

@testable import Host

@Suite struct SimulatedDiskTests {
    private func write(_ file: SimulatedFile, _ byte: UInt8, at offset: Int, count: Int) throws {
        let bytes = [UInt8](repeating: byte, count: count)
        try unsafe file.write(bytes.span.bytes, at: offset)
    }

    private func synced(_ disk: SimulatedDisk, _ path: String, count: Int) throws -> SimulatedFile {
        let file = try disk.create(path)
        try write(file, 1, at: 0, count: count)
        try file.syncData()
        try disk.syncDirectory("/")
        return file
    }

    @Test func whatWasSyncedSurvivesACrash() throws {
        for seed in 0..<50 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            _ = try synced(disk, "/a", count: 2000)
            disk.crash()
            #expect(disk.bytes(of: "/a") == [UInt8](repeating: 1, count: 2000))
        }
    }

    @Test func whatWasNotSyncedIsKeptLostOrTornBySectors() throws {
        var outcomes: Set<String> = []
        for seed in 0..<60 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try synced(disk, "/a", count: 2048)
            try write(file, 2, at: 0, count: 2048)
            disk.crash()
            let bytes = try #require(disk.bytes(of: "/a"))
            let sectors = stride(from: 0, to: 2048, by: 512).map { bytes[$0] }
            for (index, byte) in bytes.enumerated() { #expect(byte == sectors[index / 512]) }
            let kinds = Set(sectors)
            outcomes.insert(kinds == [1] ? "lost" : kinds == [2] ? "kept" : "torn")
        }
        #expect(outcomes == ["lost", "kept", "torn"])
    }

    @Test func namesNeedASyncOfTheirDirectory() throws {
        var kept: Set<Bool> = []
        for seed in 0..<40 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try disk.create("/a")
            try write(file, 1, at: 0, count: 10)
            try file.syncData()
            disk.crash()
            kept.insert(try disk.exists("/a"))
        }
        #expect(kept == [true, false])
    }

    @Test func aRenameIsOldOrNewAfterACrash() throws {
        for seed in 0..<40 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            _ = try synced(disk, "/a", count: 10)
            let new = try disk.create("/a.new")
            try write(new, 2, at: 0, count: 10)
            try new.syncData()
            try disk.rename("/a.new", to: "/a")
            disk.crash()
            let bytes = try #require(disk.bytes(of: "/a"))
            #expect(Set(bytes).count == 1 && bytes.count == 10)
        }
    }

    @Test func afterAFailedSyncTheCacheLiesAndTheDeviceForgets() throws {
        var forgotten = 0
        for seed in 0..<40 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try synced(disk, "/a", count: 512)
            try write(file, 2, at: 0, count: 512)
            disk.failNext(.sync, errno: DiskError.inputOutput)
            #expect(throws: DiskError(.sync, "/a", errno: DiskError.inputOutput)) {
                try file.syncData()
            }
            // The second sync succeeds, as on Linux, and means nothing.
            try file.syncData()
            #expect(try file.read(at: 0, count: 1) == [2])
            if try file.readDirect(at: 0, count: 1) == [1] { forgotten += 1 }
        }
        #expect(forgotten > 0 && forgotten < 40)
    }

    @Test func lostAndMisdirectedWritesAreAcknowledged() throws {
        let disk = SimulatedDisk(seed: 9)
        let file = try synced(disk, "/a", count: 4096)
        var faults = SimulatedDisk.Faults()
        faults.lostWrites = 1
        disk.set(faults)
        try write(file, 2, at: 0, count: 512)
        try file.syncData()
        #expect(try file.readDirect(at: 0, count: 1) == [1])
        faults.lostWrites = 0
        faults.misdirectedWrites = 1
        disk.set(faults)
        var strays = 0
        for round in 0..<20 as Range<UInt8> {
            try write(file, 10 + round, at: 2048, count: 512)
            try file.syncData()
            let device = try file.readDirect(at: 0, count: 4096)
            if let at = device.firstIndex(of: 10 + round), at != 2048 { strays += 1 }
        }
        #expect(strays > 5)
    }

    @Test func aFullDiskSaysHowMuchItWrote() throws {
        let disk = SimulatedDisk(seed: 1, capacity: 1000)
        let file = try disk.create("/a")
        let error = DiskError(.write, "/a", errno: DiskError.noSpace, written: 1000)
        #expect(throws: error) { try write(file, 1, at: 0, count: 1500) }
        #expect(error.isNoSpace && !error.isReadOnly && !error.isInputOutput)
        #expect(try disk.freeBytes("/") == 0)
        try write(file, 2, at: 0, count: 1000)
        try disk.remove("/a")
        file.close()
        // As on a journaling file system, a removed file's space comes back with the commit.
        try disk.syncDirectory("/")
        #expect(try disk.freeBytes("/") == 1000)
    }

    @Test func aLockIsExclusiveUntilItsFileIsClosed() throws {
        let disk = SimulatedDisk(seed: 1)
        let held = try disk.lock("/lock")
        #expect(throws: DiskError(.lock, "/lock", errno: DiskError.wouldBlock)) {
            try disk.lock("/lock")
        }
        held.close()
        try disk.lock("/lock").close()
    }

    @Test func oneSeedIsOneHistory() throws {
        func history(_ seed: UInt64) throws -> UInt64 {
            let disk = SimulatedDisk(seed: seed)
            for round in 0..<20 {
                let path = "/f\(round % 5)"
                let file =
                    try disk.exists(path) ? disk.open(path, writing: true) : disk.create(path)
                try write(file, UInt8(round), at: round * 100, count: 900)
                if round % 3 == 0 { try file.syncData() }
                if round % 7 == 0 { disk.crash() }
            }
            disk.crash()
            return disk.digest
        }
        #expect(try history(3) == history(3))
        #expect(try history(3) != history(4))
    }
}
