/// Where a machine keeps its systems: the loader's volume, mounted, and the two slots.
public struct BootPlaces: Hashable, Sendable {
    /// Where the loader's volume is mounted.
    public let esp: String
    /// Roots and hash trees by their labels: `root-a`, `verity-a`, `root-b`, `verity-b`.
    private let devices: [String: String]

    /// The labels of both slots.
    public static let labels = SlotTable.Letter.allCases.flatMap {
        ["root-\($0.rawValue)", "verity-\($0.rawValue)"]
    }

    /// The places of a disk whose partitions have these devices. Refused when one is missing.
    public init(esp: String, devices: [String: String]) throws(ReproductionError) {
        for label in Self.labels where devices[label] == nil {
            throw ReproductionError(
                .missing, operation: "find", subject: "partition \(label)",
                cause: "the disk that this machine runs from has none",
                remedy: "build the image on the disk anew")
        }
        self.esp = esp
        self.devices = devices
    }

    /// The device of a slot's root.
    public func root(_ slot: SlotTable.Letter) -> String { device("root", slot) }

    /// The device of the tree that proves it.
    public func verity(_ slot: SlotTable.Letter) -> String { device("verity", slot) }

    private func device(_ part: String, _ slot: SlotTable.Letter) -> String {
        devices["\(part)-\(slot.rawValue)"] ?? ""
    }
}
