/// Bounds of images and what they hold (`Docs/drivers.md`).
extension Limits {
    /// Bytes of one blob of an image.
    public static let imageBlob = Limit(
        name: "blob of an image", unit: "bytes", value: 8 << 30, range: 1 << 20...64 << 30,
        why: "a layer of a large language runtime with its models")
    /// Bytes of a manifest, an index or a configuration.
    public static let imageDocument = Limit(
        name: "manifest of an image", unit: "bytes", value: 4 << 20, range: 65_536...16 << 20,
        why: "registries take no more than 4 MiB; it is held in memory")
    /// Layers of one image.
    public static let imageLayers = Limit(
        name: "layers of an image", unit: "layers", value: 127, range: 1...127,
        why: "their list must fit into the page of a mount's options; docker has the same")
    /// Files, folders and links of one layer.
    public static let layerEntries = Limit(
        name: "entries of a layer", unit: "entries", value: 500_000, range: 1...5_000_000,
        why: "each is an inode of this machine")
    /// Bytes of one layer unpacked.
    public static let layerBytes = Limit(
        name: "layer unpacked", unit: "bytes", value: 16 << 30, range: 1 << 20...256 << 30,
        why: "a layer must not fill the disk")
    /// Bytes that an instance of an image may write beside its volumes when its task does not say.
    public static let imageRoom = Limit(
        name: "own layer of an image's instance", unit: "bytes", value: 4 << 30,
        range: 64 << 20...1 << 40,
        why: "a program that writes without end must fill its own layer, not the machine's disk")
    /// How many times its compressed size a layer may have, beyond 64 MiB.
    public static let layerRatio = Limit(
        name: "compression of a layer", unit: "times", value: 100, range: 10...100_000,
        why: "programs and texts compress three to ten times, only bombs a hundred")
    /// Names from the root to a file of a layer.
    public static let layerDepth = Limit(
        name: "depth of a path in a layer", unit: "names", value: 96, range: 8...120,
        why: "a tree is removed by a walk of bounded depth")
    /// Bytes of a path in a layer.
    public static let layerPath = Limit(
        name: "path in a layer", unit: "bytes", value: 4095, range: 255...4095,
        why: "the kernel takes no longer path")
    /// Bytes of one extended header of an archive.
    public static let archiveHeader = Limit(
        name: "extended header of an archive", unit: "bytes", value: 1 << 20,
        range: 8192...16 << 20, why: "it is held in memory")
    /// Images of one machine.
    public static let images = Limit(
        name: "images", unit: "images", value: 1024, range: 1...65_536,
        why: "each is a record that listing reads")
    /// Configs and secrets of one instance.
    public static let instanceFiles = Limit(
        name: "files made for an instance", unit: "files", value: 256, range: 1...4096,
        why: "each is a link or a mount of its container")
    /// Bytes of the configs and secrets of one instance together.
    public static let instanceFileBytes = Limit(
        name: "bytes of files made for an instance", unit: "bytes", value: 8 << 20,
        range: 4096...256 << 20, why: "secrets are memory that is never swapped out")
    /// Bytes of what one life of a task said that are kept.
    public static let outputBytes = Limit(
        name: "output of a life", unit: "bytes", value: 16 << 20, range: 65_536...4 << 30,
        why: "the last hours of a talkative program; 500 tasks then have 8 GiB at the most")
    /// Ended lives of one task whose output is kept.
    public static let outputLives = Limit(
        name: "lives with output", unit: "lives", value: 8, range: 1...1000,
        why: "what ended at each of the last restarts says why")
    /// Lines that one look at the end of an output gives.
    public static let outputLines = Limit(
        name: "lines of an answer", unit: "lines", value: 10_000, range: 1...100_000,
        why: "an answer is held in memory")
    /// Bytes of output that one answer reads.
    public static let outputRead = Limit(
        name: "output of an answer", unit: "bytes", value: 4 << 20, range: 65_536...64 << 20,
        why: "an answer is held in memory")
    /// Bytes of one line of output.
    public static let outputLine = Limit(
        name: "line of output", unit: "bytes", value: 65_536, range: 1024...1 << 20,
        why: "a program that never ends its line must not be held back for ever")
    /// Turns of 5 ms to wait for the program of a container whose runtime is done.
    public static let containerTurns = Limit(
        name: "wait for a container's program", unit: "turns of 5 ms", value: 100,
        range: 1...2000, why: "a runtime that died lets it never begin")
    /// Turns of 10 ms to wait for another import.
    public static let lockTurns = Limit(
        name: "wait for another import", unit: "turns of 10 ms", value: 60_000,
        range: 100...360_000, why: "a large image takes minutes on a slow disk")

    static let ofImages = [
        imageBlob, imageDocument, imageLayers, layerEntries, layerBytes, imageRoom, layerRatio,
        layerDepth,
        layerPath, archiveHeader, images, lockTurns, instanceFiles,
        instanceFileBytes, outputBytes, outputLives, outputLines, outputRead, outputLine,
        containerTurns,
    ]
}
