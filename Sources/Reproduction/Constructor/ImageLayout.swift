/// Where the parts of an image are on its disk: on boundaries of a MiB, with a MiB before and
/// behind them for the tables of partitions. Docs/Formats/image.md.
public struct ImageLayout: Hashable, Sendable {
    /// The partitions.
    public enum Part: String, Hashable, Sendable, CaseIterable {
        case esp
        case rootA = "root-a"
        case verityA = "verity-a"
        case rootB = "root-b"
        case verityB = "verity-b"
        case data
    }

    /// Bytes of the disk.
    public let diskBytes: Int64
    private let parameters: Description.Parameters
    private let architecture: Description.Architecture

    static let unit: Int64 = 1 << 20

    /// The layout of a disk for a description; the data get what the other parts leave. Refused
    /// when the disk is too small.
    public init(
        _ description: Description, diskBytes: Int64? = nil
    ) throws(ReproductionError) {
        parameters = description.parameters
        architecture = description.architecture
        let least = parameters.diskBytes
        let given = diskBytes ?? least
        guard given >= least else {
            throw ReproductionError(
                .tooLarge, operation: "construct", subject: "the image",
                cause: "it takes \(least) bytes, the target has \(given)",
                remedy: "give a larger target")
        }
        // A mirror of the table has to be in the last sector.
        self.diskBytes = given / PartitionTable.sector * PartitionTable.sector
    }

    /// Where a part is.
    public func range(of part: Part) -> Range<Int64> {
        var start = Self.unit
        for one in Part.allCases {
            let end = start + size(of: one)
            if one == part { return start..<end }
            start = end
        }
        preconditionFailure("all parts are in the list of them")
    }

    private func size(of part: Part) -> Int64 {
        switch part {
        case .esp: parameters.espBytes
        case .rootA, .rootB: parameters.rootBytes
        case .verityA, .verityB: parameters.verityBytes
        case .data:
            parameters.dataBytes
                + (diskBytes - parameters.diskBytes) / Self.unit * Self.unit
        }
    }

    /// The table of the disk. Its GUIDs come from the seed and the names: the same in all images,
    /// for a machine's identity is made at its first boot and lies on the data.
    var table: PartitionTable {
        PartitionTable(
            disk: GUID(seed: parameters.seed, name: "disk"), size: diskBytes,
            partitions: Part.allCases.map { part in
                PartitionTable.Partition(
                    name: part.rawValue, type: type(of: part),
                    id: GUID(seed: parameters.seed, name: part.rawValue), bytes: range(of: part))
            })
    }

    /// The types of partitions: UEFI 2.10, table 5-7; uapi-group.org, "Discoverable Partitions
    /// Specification".
    private func type(of part: Part) -> GUID {
        switch (part, architecture) {
        case (.esp, _): GUID(0xC12A_7328, 0xF81F, 0x11D2, 0xBA4B_00A0_C93E_C93B)
        case (.rootA, .x86_64), (.rootB, .x86_64):
            GUID(0x4F68_BCE3, 0xE8CD, 0x4DB1, 0x96E7_FBCA_F984_B709)
        case (.verityA, .x86_64), (.verityB, .x86_64):
            GUID(0x2C73_57ED, 0xEBD2, 0x46D9, 0xAEC1_23D4_37EC_2BF5)
        case (.rootA, .aarch64), (.rootB, .aarch64):
            GUID(0xB921_B045, 0x1DF0, 0x41C3, 0xAF44_4C6F_280D_3FAE)
        case (.verityA, .aarch64), (.verityB, .aarch64):
            GUID(0xDF33_00CE, 0xD69F, 0x4C92, 0x978C_9BFB_0F38_D820)
        case (.data, _): GUID(0x0FC6_3DAF, 0x8483, 0x4772, 0x8E79_3D69_D847_7DE4)
        }
    }
}
