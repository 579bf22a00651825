/// Bounds of volumes.
extension Limits {
    /// Volumes of one machine.
    public static let volumes = Limit(
        name: "volumes", unit: "volumes", value: 1024, range: 16...16_384,
        why: "each is a folder that is read whole at the start, and maybe a mount")
    /// Bytes of one volume at the most.
    public static let volumeBytes = Limit(
        name: "volume size", unit: "bytes", value: 16 << 40, range: 1 << 30...16 << 40,
        why: "ext4 with blocks of 4 KiB has no larger files, so no larger image")
    /// Bytes of a volume on a loop device at the least.
    public static let loopVolumeBytes = Limit(
        name: "least loop volume", unit: "bytes", value: 8 << 20, range: 4 << 20...1 << 30,
        why: "ext4 takes some 4 MiB of it for its journal")
    /// Tries to take a free loop device before another program does.
    public static let loopTries = Limit(
        name: "loop device tries", unit: "tries", value: 32, range: 1...1024,
        why: "asking for one and binding it are two calls")
    /// Snapshots of one volume.
    public static let volumeSnapshots = Limit(
        name: "snapshots of a volume", unit: "snapshots", value: 64, range: 1...4096,
        why: "where the disk cannot share bytes each takes as many as the volume")
    /// Bytes of a volume's record.
    public static let volumeRecordBytes = Limit(
        name: "volume record", unit: "bytes", value: 4096, range: 1024...65_536,
        why: "some ten fields; more is damage")
    /// Files and folders that are copied or counted in one volume.
    public static let volumeEntries = Limit(
        name: "entries of a volume", unit: "entries", value: 4_000_000, range: 1000...100_000_000,
        why: "a walk takes some 5 µs an entry; larger volumes want driver loop")
    /// Levels of folders that are copied or counted in one volume.
    public static let volumeDepth = Limit(
        name: "depth of a volume", unit: "folders", value: 120, range: 8...1000,
        why: "each holds two descriptors and a frame of the stack while it is copied")
    /// Milliseconds a program of the file system (mkfs, resize2fs) may take.
    public static let fileSystemCall = Limit(
        name: "file system program", unit: "ms", value: 120_000, range: 1000...3_600_000,
        why: "they write little more than tables; a slow disk may need a minute")
    /// Bytes of the kernel's table of mounts.
    public static let mountTableBytes = Limit(
        name: "mount table", unit: "bytes", value: 32 << 20, range: 1 << 16...256 << 20,
        why: "the kernel allows 100,000 mounts of some 200 bytes")

    static let volumeLimits = [
        volumes, volumeBytes, loopVolumeBytes, loopTries, volumeSnapshots, volumeRecordBytes,
        volumeEntries, volumeDepth, fileSystemCall, mountTableBytes,
    ]
}
