import Testing

@testable import Boot

@Suite struct FileSystemHeaderTests {
    /// The superblock of an ext4 of so many blocks of 4096 bytes.
    static func ext4(blocks: UInt32, high: UInt32 = 0, is64Bit: Bool = true) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 2048)
        func put(_ value: UInt32, at offset: Int) {
            for index in 0..<4 { bytes[1024 + offset + index] = UInt8(value >> (8 * index) & 0xFF) }
        }
        put(blocks, at: 4)
        put(2, at: 24)
        put(0xEF53, at: 56)
        put(is64Bit ? 0x80 : 0, at: 96)
        put(high, at: 336)
        bytes.replaceSubrange(1128..<1144, with: FileSystemHeader.templateIdentity)
        return bytes
    }

    @Test func aRootTellsItsIdentity() {
        var bytes = [UInt8](repeating: 0, count: 2048)
        bytes.replaceSubrange(1024..<1028, with: [0xE2, 0xE1, 0xF5, 0xE0])
        bytes.replaceSubrange(1072..<1088, with: (1...16).map { UInt8($0) })
        #expect(FileSystemHeader.rootIdentity(bytes) == (1...16).map { UInt8($0) })
        bytes[1024] ^= 1
        #expect(FileSystemHeader.rootIdentity(bytes) == nil)
        #expect(FileSystemHeader.rootIdentity([]) == nil)
    }

    @Test func dataTellTheirSizeAndThatTheyAreNew() throws {
        let data = try #require(FileSystemHeader.Data(Self.ext4(blocks: 5, high: 1)))
        #expect(data.blocks == 1 << 32 + 5)
        #expect(data.blockBytes == 4096)
        #expect(data.isTemplate)
        #expect(FileSystemHeader.Data(Self.ext4(blocks: 5, high: 1, is64Bit: false))?.blocks == 5)
    }

    @Test func onlyDataThatNobodyWroteToGetAnotherSeed() throws {
        var bytes = Self.ext4(blocks: 5)
        #expect(FileSystemHeader.Data(bytes)?.isUntouched == true)
        let seed = (1...16).map { UInt8($0) }
        let block = FileSystemHeader.superblock(of: bytes, seed: seed)
        #expect(block.count == 1024 && Array(block[0xEC..<0xFC]) == seed)
        #expect(Array(block[..<0xEC]) == Array(bytes[1024..<1024 + 0xEC]))
        // CRC-32C of all before it, as a table-driven one has it.
        #expect(block[0x3FC...].reversed().reduce(0) { $0 << 8 | UInt32($1) } == Self.sum(block))
        bytes[1024 + 52] = 1
        #expect(FileSystemHeader.Data(bytes)?.isUntouched == false)
    }

    private static func sum(_ block: [UInt8]) -> UInt32 {
        let table = (0..<256).map { (byte: UInt32) -> UInt32 in
            (0..<8).reduce(byte) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        }
        return block[..<0x3FC].reduce(0xFFFF_FFFF) { sum, byte in
            table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
        }
    }

    @Test(arguments: [0, 1, 1023, 2047]) func fewerBytesHoldNoData(count: Int) {
        #expect(FileSystemHeader.Data([UInt8](repeating: 0xFF, count: count)) == nil)
    }

    @Test func dataGrowToTheirPartitionOnce() throws {
        let small = try #require(FileSystemHeader.Data(Self.ext4(blocks: 256)))
        #expect(small.blocks(growingTo: 256 * 4096) == nil)
        #expect(small.blocks(growingTo: 64 << 20) == 16_384)
        let whole = try #require(FileSystemHeader.Data(Self.ext4(blocks: 32_768)))
        // Less than a group more: the kernel would leave it out again at every boot.
        #expect(whole.blocks(growingTo: 32_800 * 4096) == nil)
        #expect(whole.blocks(growingTo: 65_536 * 4096) == 65_536)
    }

    @Test func theRescueScreenSaysWhatAndWhy() {
        let failure = BootError("find", "the root 0101", "no disk")
        let text = RescueScreen(failure, notes: ["module a was not loaded"], seconds: 2).text
        #expect(text.contains("what   cannot find the root 0101\n"))
        #expect(text.contains("why    no disk\n"))
        #expect(text.contains("note   module a was not loaded\n"))
        #expect(text.contains("reset in 2 s"))
    }
}
