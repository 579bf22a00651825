/// Bounds of secrets and of the app store.
extension Limits {
    /// Bytes of one secret.
    public static let secretBytes = Limit(
        name: "secret size", unit: "bytes", value: 64 << 10, range: 1024...256 << 10,
        why: "a secret is a key, a password or a certificate; it is held in memory and tmpfs")
    /// Machines one secret is sealed to.
    public static let secretMachines = Limit(
        name: "machines of a secret", unit: "machines", value: 256, range: 1...1024,
        why: "each has a box of its own in the secret's resource")
    /// Bytes of all boxes of one secret.
    public static let sealedBytes = Limit(
        name: "sealed size", unit: "bytes", value: 768 << 10, range: 1 << 16...960 << 10,
        why: "the secret's resource is one command of the log")
    /// Files of one bundle.
    public static let bundleFiles = Limit(
        name: "files of a bundle", unit: "files", value: 20_000, range: 100...1_000_000,
        why: "the manifest is read whole, and each file is synced")
    /// Bytes of all files of one bundle.
    public static let bundleBytes = Limit(
        name: "bundle size", unit: "bytes", value: 4 << 30, range: 1 << 20...7 << 30,
        why: "kept once packed and once unpacked; a size in an archive has 33 bits")
    /// Bytes of one bundle's manifest.
    public static let manifestBytes = Limit(
        name: "manifest size", unit: "bytes", value: 8 << 20, range: 1 << 16...64 << 20,
        why: "it is read whole; 20,000 files of 400 bytes each")
    /// Bytes of a path in a bundle.
    public static let bundlePath = Limit(
        name: "path in a bundle", unit: "bytes", value: 1024, range: 255...4000,
        why: "the folder it is unpacked to comes before it, and the kernel takes 4,095 bytes")
    /// Folders a path of a bundle goes through.
    public static let bundleDepth = Limit(
        name: "depth of a bundle", unit: "folders", value: 64, range: 8...128,
        why: "folders are walked and removed by recursion")
    /// Links followed to find where a link of a bundle leads.
    public static let linkHops = Limit(
        name: "links behind a link", unit: "links", value: 40, range: 8...40,
        why: "the kernel follows 40")
    /// Bundles of one store.
    public static let storeBundles = Limit(
        name: "bundles of a store", unit: "bundles", value: 10_000, range: 100...100_000,
        why: "a search reads each manifest")
    /// Milliseconds to wait for another who changes the same store.
    public static let storeWait = Limit(
        name: "wait for the store", unit: "ms", value: 30_000, range: 0...600_000,
        why: "adding a large bundle takes seconds; waiting without an end hides a hang")

    static let trust = [
        secretBytes, secretMachines, sealedBytes, bundleFiles, bundleBytes, manifestBytes,
        bundlePath, bundleDepth, linkHops, storeBundles, storeWait,
    ]
}
