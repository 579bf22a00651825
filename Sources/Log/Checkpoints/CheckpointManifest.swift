public import Resources

/// What a checkpoint of the graph stands for: a state after a position of a log.
public struct CheckpointManifest: Equatable, Sendable {
    /// The last position that the state contains.
    public let position: Position
    /// The epoch of that entry.
    public let epoch: UInt64
    /// The hash of the log's chain there.
    public let chainHash: ChainHash
    /// The hash of the state.
    public let stateHash: [UInt8]
    /// The format of the state.
    public let format: UInt64

    /// A manifest of the state after `position`; a state hash has at most 64 bytes.
    public init(
        position: Position, epoch: UInt64, chainHash: ChainHash, stateHash: [UInt8],
        format: UInt64
    ) {
        self.position = position
        self.epoch = epoch
        self.chainHash = chainHash
        self.stateHash = stateHash
        self.format = format
    }

    /// "PISCCKPT"
    private static let magic: UInt64 = 0x5450_4B43_4353_4950
    static let bytesMost = 4096

    /// The manifest's file.
    func encode() -> [UInt8] {
        var writer = CBORWriter()
        writer.beginList(5)
        writer.write(unsigned: position.rawValue)
        writer.write(unsigned: epoch)
        writer.write(bytes: chainHash.bytes)
        writer.write(bytes: stateHash)
        writer.write(unsigned: format)
        return SmallFile.encode(magic: Self.magic, body: writer.bytes)
    }

    /// Reads a manifest's file.
    static func decode(_ bytes: [UInt8]) -> Result<CheckpointManifest, FormatFlaw> {
        switch SmallFile.decode(bytes, magic: magic) {
        case .failure(let flaw): return .failure(flaw)
        case .success(let body):
            do throws(CBORError) {
                if let manifest = try decode(body: body) { return .success(manifest) }
                return .failure(FormatFlaw("this is not a checkpoint manifest"))
            } catch {
                return .failure(FormatFlaw(error.reason.rawValue))
            }
        }
    }

    private static func decode(body: [UInt8]) throws(CBORError) -> CheckpointManifest? {
        var reader = CBORReader(body)
        guard try reader.beginList() == 5 else { return nil }
        let position = Position(try reader.readUnsigned())
        let epoch = try reader.readUnsigned()
        let chainBytes = try reader.readBytes()
        let stateHash = try reader.readBytes()
        let format = try reader.readUnsigned()
        try reader.finish()
        guard let chainHash = ChainHash(bytes: chainBytes), stateHash.count <= 64 else {
            return nil
        }
        return CheckpointManifest(
            position: position, epoch: epoch, chainHash: chainHash, stateHash: stateHash,
            format: format)
    }
}
