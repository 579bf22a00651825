/// Bounds of descriptions, blobs and births.
extension Limits {
    /// Bytes of a description.
    public static let descriptionBytes = Limit(
        name: "description size", unit: "bytes", value: 16 << 20, range: 1 << 16...64 << 20,
        why: "it is read whole, and a constructor has 64 MiB")
    /// Files, directories and links of a description.
    public static let describedFiles = Limit(
        name: "described files", unit: "files", value: 65_536, range: 16...1 << 20,
        why: "about 100 bytes each; a root has some hundred")
    /// Bytes of a path of a description, and of what a link leads to.
    public static let describedPath = Limit(
        name: "described path", unit: "bytes", value: 4095, range: 64...4095,
        why: "the kernel takes no longer one (PATH_MAX)")
    /// Kernel modules of a description.
    public static let describedModules = Limit(
        name: "described modules", unit: "modules", value: 512, range: 1...4096,
        why: "they are loaded one by one before the root is there")
    /// Apps of a description.
    public static let describedApps = Limit(
        name: "described apps", unit: "apps", value: 4096, range: 1...65_536,
        why: "each has a bundle that is copied and installed")
    /// Images of a description.
    public static let describedImages = Limit(
        name: "described images", unit: "images", value: 1024, range: 1...65_536,
        why: "each is copied and unpacked")
    /// Heritable resources of a description.
    public static let describedResources = Limit(
        name: "described resources", unit: "resources", value: 65_536, range: 16...1 << 20,
        why: "a child commits them before it serves")
    /// Bytes of one blob.
    public static let blobBytes = Limit(
        name: "blob size", unit: "bytes", value: 64 << 30, range: 1 << 20...1 << 50,
        why: "one file that fills a disk is no part of a system")
    /// Bytes of each text that says where content comes from.
    public static let originBytes = Limit(
        name: "origin text", unit: "bytes", value: 256, range: 16...4096,
        why: "a package, a version, a commit or a licence is one line")
    /// Bytes of the kernel's command line, without what is derived.
    public static let kernelCommandLine = Limit(
        name: "kernel command line", unit: "bytes", value: 1536, range: 64...1792,
        why: "the kernel takes 2048 (COMMAND_LINE_SIZE); what is derived takes about 200")

    /// Bytes of the stub of a boot image.
    public static let bootStub = Limit(
        name: "boot stub", unit: "bytes", value: 4 << 20, range: 1 << 16...16 << 20,
        why: "it is read whole, for its headers change; systemd's has 83 KB")

    /// Bytes of all blobs of a machine.
    public static let blobStoreBytes = Limit(
        name: "blob store", unit: "bytes", value: 64 << 30, range: 64 << 20...1 << 50,
        why: "what is kept to be copied must not fill the disk that the logs need")
    /// Blobs that are synced together while many are copied.
    public static let copyBatch = Limit(
        name: "copy batch", unit: "blobs", value: 256, range: 1...512,
        why: "one flush of the disk serves all of them; each is an open file until then")
    /// Bytes of blobs that are synced together.
    public static let copyBatchBytes = Limit(
        name: "copy batch size", unit: "bytes", value: 64 << 20, range: 1...1 << 30,
        why: "what a cut of the power leaves unsynced is read again")
    /// Attempts of a loader to start a new system.
    public static let bootTries = Limit(
        name: "boot tries", unit: "tries", value: 3, range: 1...9,
        why: "a device may be slow once; the counter in the name has one digit")
    /// Copies of copies.
    public static let lineageDepth = Limit(
        name: "lineage depth", unit: "generations", value: 64, range: 1...1024,
        why: "each certificate up to the founder is checked")
    /// Keys and signatures of a signed description.
    public static let descriptionKeys = Limit(
        name: "keys of a description", unit: "keys", value: 16, range: 1...256,
        why: "each signature is checked")
    /// Texts that a scan for secrets looks for, over all secrets and encodings.
    public static let scannedBytes = Limit(
        name: "scanned secrets", unit: "bytes", value: 1 << 18, range: 1 << 12...1 << 24,
        why: "each byte is a state; the trie takes about 200 bytes for it")
    /// Places that a scan reports.
    public static let scanFindings = Limit(
        name: "scan findings", unit: "places", value: 100, range: 1...10_000,
        why: "one is enough to refuse; the rest helps to find the cause")
    /// Bytes of a secret below which it is not looked for.
    public static let scannedLeast = Limit(
        name: "least scanned secret", unit: "bytes", value: 6, range: 4...16,
        why: "shorter ones occur by chance in any image")

    /// Systems that one system may make when no `birthpolicy` says otherwise.
    public static let births = Limit(
        name: "births", unit: "births", value: 16, range: 0...100_000,
        why: "a system that copies itself without end must be meant")
    /// Births between a system and its founder when no `birthpolicy` says otherwise.
    public static let birthDepth = Limit(
        name: "birth depth", unit: "generations", value: 8, range: 0...1024,
        why: "16 children each would be more machines than anyone has")

    /// How long a new system may take until all that is asked of it holds.
    public static let updatePatience = Limit(
        name: "update patience", unit: "ms", value: 300_000, range: 1000...86_400_000,
        why: "apps start after their images are unpacked; a system that hangs must not stay")
    /// How long all has to hold before a new system is kept.
    public static let updateSoak = Limit(
        name: "update soak", unit: "ms", value: 30_000, range: 0...86_400_000,
        why: "what fails soon after its start fails within half a minute")
    /// Bytes of content that are sent to a machine at once.
    public static let updatePiece = Limit(
        name: "update piece", unit: "bytes", value: 1 << 20, range: 1 << 12...4 << 20,
        why: "it is held in memory; what was cut off is sent again")
    /// Milliseconds between two looks at a system on trial.
    public static let updateTrials = Limit(
        name: "update look", unit: "ms", value: 500, range: 10...60_000,
        why: "a look reads the instances of the machine")
    /// How long the tasks of a machine may take to leave before it restarts into an update.
    public static let restartDrain = Limit(
        name: "restart drain", unit: "ms", value: 60_000, range: 0...86_400_000,
        why: "a task whose data is on the machine cannot leave; it restarts with the machine")
    /// Systems that machines fell back from, of which a fleet knows.
    public static let restartFailures = Limit(
        name: "restart failures", unit: "systems", value: 32, range: 1...1024,
        why: "they stand in one resource; older ones are quarantined where they failed")
    /// Machines of a fleet that restart into an update at once.
    public static let restartsAtOnce = Limit(
        name: "restarts at once", unit: "machines", value: 1, range: 1...10_000,
        why: "a bad update takes no more machines than this")
    /// Bytes of what a system says when it gives itself up.
    public static let lastWords = Limit(
        name: "last words", unit: "bytes", value: 1024, range: 64...4096,
        why: "a reason is a line; it is shown and kept for ever")
    /// Entries of the loader's folder that are looked at.
    public static let bootEntries = Limit(
        name: "loader entries", unit: "entries", value: 64, range: 2...1024,
        why: "there are two systems, and what people put beside them")

    static let reproduction = [
        restartDrain, restartFailures, restartsAtOnce, updatePatience, updateSoak, updatePiece,
        updateTrials, lastWords, bootEntries,
        births, birthDepth, blobStoreBytes, copyBatch, copyBatchBytes, bootTries, lineageDepth,
        descriptionKeys, scannedBytes,
        scanFindings,
        scannedLeast, descriptionBytes, describedFiles, describedPath, describedModules,
        describedApps,
        describedImages, describedResources, blobBytes, originBytes, kernelCommandLine, bootStub,
    ]
}
