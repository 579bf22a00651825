internal import Resources

/// What an image may hold at the most: the limits, or smaller ones.
public struct ImageCeilings: Hashable, Sendable {
    /// Bytes of a blob.
    public var blob = Limits.imageBlob.value
    /// Bytes of an unpacked layer.
    public var layer = Limits.layerBytes.value
    /// Entries of a layer.
    public var entries = Limits.layerEntries.value
    /// Layers.
    public var layers = Limits.imageLayers.value
    /// Times a layer may grow when it is unpacked, beyond `ratioFree`.
    public var ratio = Limits.layerRatio.value
    /// Unpacked bytes below which the ratio is not looked at.
    public var ratioFree = 64 << 20

    /// The limits.
    public init() {}
}
