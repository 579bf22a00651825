public import Resources

/// The time of a machine that may have no clock chip: it never starts before the last time it knew.
///
/// Tokens and certificates end by wall time; a machine that woke in 1970 would find none of them
/// begun, and one that went back would honour what has ended.
public enum MachineTime {
    /// What the clock is set to at boot; nil when it may stay as it is.
    ///
    /// `known` are times that certainly have been: when the image's parent signed it, when the
    /// last file with the time was written, the last entry of the log.
    public static func correction(clock: WallTime, known: [WallTime]) -> WallTime? {
        guard let last = known.max(), clock < last else { return nil }
        return last
    }

    /// The content of the file that keeps the time for the next boot.
    public static func file(_ time: WallTime) -> [UInt8] { Array("\(time.milliseconds)\n".utf8) }

    /// Reads that file; nil when it is damaged, or names a time no machine of ours has seen.
    public static func time(file bytes: [UInt8]) -> WallTime? {
        guard bytes.count <= 32, bytes.last == UInt8(ascii: "\n"),
            let milliseconds = Int64(String(decoding: bytes.dropLast(), as: UTF8.self)),
            // 2025-01-01 to 2200-01-01: a jump beyond is a damaged file, not a time.
            (1_735_689_600_000...7_258_118_400_000).contains(milliseconds)
        else { return nil }
        return WallTime(milliseconds: milliseconds)
    }
}
