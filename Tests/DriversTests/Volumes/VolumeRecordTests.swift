internal import Resources
internal import Testing

@testable internal import Drivers

/// What decides over volumes without touching any.
@Suite struct VolumeRecordTests {
    private let time = WallTime(milliseconds: 1_795_000_000_000)

    private func volume() -> Volume {
        Volume(
            id: Identifier(high: 1, low: 2), name: "data", device: .loop, size: 1 << 30,
            created: time)
    }

    private func holder(_ task: UInt64, at position: UInt64) -> VolumeHolder {
        VolumeHolder(
            task: Identifier(high: 9, low: task), name: "web-\(task)",
            position: Position(position), since: time)
    }

    /// Docs/Formats/volumes.md has these bytes.
    @Test func theRecordHasTheseBytes() {
        var volume = volume()
        #expect(
            hex(volume.record)
                == "a76269645000000000000000010000000000000002646e616d6564646174"
                + "616473697a651a400000006566656e63650066646576696365646c6f6f70"
                + "67637265617465641b000001a1ee565e006776657273696f6e01")
        #expect(throws: Never.self) { _ = try volume.grant(holder(1, at: 7)) }
        volume.origin = VolumeOrigin(volume: Identifier(high: 3, low: 4), snapshot: "s")
        #expect(Volume(record: volume.record) == volume)
    }

    @Test func damagedRecordsAreNone() {
        let bytes = volume().record
        #expect(Volume(record: bytes) == volume())
        for count in 0..<bytes.count { #expect(Volume(record: Array(bytes.prefix(count))) == nil) }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x80
            // A bit of a number or name may pass; nothing may crash, and no size be negative.
            if let volume = Volume(record: damaged) { #expect(volume.size > 0) }
        }
    }

    /// Positions and tasks that ask one after the other, "-" for a detach, and what is said.
    @Test(arguments: [
        ("1@5 1@5", "ok same"), ("1@5 2@6", "ok attached"), ("1@5 2@4", "ok fenced"),
        ("1@5 1@4", "ok fenced"), ("1@5 1@6 1@5", "ok ok fenced"),
        ("1@5 -1 2@4", "ok free fenced"), ("1@5 -1 2@5", "ok free ok"),
        ("1@5 -2 2@6", "ok not attached"), ("1@5 -1 -1 2@6 1@5", "ok free not ok fenced"),
        ("1@0 -1 1@0", "ok free ok"),
    ])
    func volumesGoToTheNewestDecision(asked: String, said: String) {
        var volume = volume()
        let answers = asked.split(separator: " ").map { word -> String in
            if word.hasPrefix("-") {
                let task = Identifier(high: 9, low: UInt64(word.dropFirst()) ?? 0)
                return volume.release(from: task) ? "free" : "not"
            }
            let parts = word.split(separator: "@").compactMap { UInt64($0) }
            do throws(DriverError) {
                return try volume.grant(holder(parts[0], at: parts[1])) ? "ok" : "same"
            } catch { return "\(error.kind)" }
        }
        #expect(answers.joined(separator: " ") == said)
    }

    @Test func whoeverHasItIsNamedWithSinceWhen() throws {
        var volume = volume()
        _ = try volume.grant(holder(1, at: 5))
        let error = refusal { _ = try volume.grant(holder(2, at: 6)) }
        #expect(
            error?.description == "attach data: task web-1 has it since \(time.text), position 5; "
                + "end that task first")
        #expect(volume.fence == Position(5), "a refused attach is no fence")
    }

    @Test(arguments: [
        (Int64(0), "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"),
        (12 << 30, "12 GiB"), ((12 << 30) + (1 << 29), "12.5 GiB"), (.max, "8191.9 PiB"),
    ])
    func bytesAreWrittenForPeople(bytes: Int64, text: String) {
        #expect(VolumeSpace.text(bytes) == text)
    }

    @Test func theRoomIsCheckedWithWhatIsPromised() {
        let space = VolumeSpace(free: 3 << 30, promised: 1 << 30)
        let error = refusal { try space.check(12 << 30, for: "create", "data") }
        #expect(
            error?.description
                == "create data: volume too large: 12 GiB asked, 2 GiB are free and not promised "
                + "to other volumes; ask for less, or delete volumes and snapshots")
        #expect(refusal { try space.check(2 << 30, for: "create", "data") } == nil)
        #expect(VolumeSpace(free: 1, promised: 9).available == 0)
    }

    private func refusal(_ body: () throws -> Void) -> DriverError? {
        do {
            try body()
            return nil
        } catch { return error as? DriverError }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
