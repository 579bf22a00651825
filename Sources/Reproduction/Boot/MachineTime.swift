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

    /// What an operator should know of a clock that stands where it cannot be, with what is done
    /// about it; nil when nothing speaks against the clock.
    public static func finding(clock: WallTime, known: [WallTime]) -> String? {
        let remedy = "set the clock of the machine, by which tokens and certificates end"
        let time = correction(clock: clock, known: known) ?? clock
        if time < seen.lowerBound {
            return "the clock stands at \(time.text), before any system of ours, and nothing here "
                + "knows a later time; \(remedy)"
        }
        guard clock < time.advanced(byMilliseconds: -toleranceMilliseconds) else { return nil }
        return "the clock stood at \(clock.text), before the last time that this machine knew; it "
            + "goes on from \(time.text); \(remedy)"
    }

    /// From 2025-01-01 to 2200-01-01: no machine of ours has seen another time.
    private static let seen =
        WallTime(milliseconds: 1_735_689_600_000)...WallTime(milliseconds: 7_258_118_400_000)
    /// A chip keeps whole seconds and may be a little slow; that is no finding.
    private static let toleranceMilliseconds: Int64 = 60_000

    /// The content of the file that keeps the time for the next boot.
    public static func file(_ time: WallTime) -> [UInt8] { Array("\(time.milliseconds)\n".utf8) }

    /// Reads that file; nil when it is damaged, or names a time no machine of ours has seen.
    public static func time(file bytes: [UInt8]) -> WallTime? {
        guard bytes.count <= 32, bytes.last == UInt8(ascii: "\n"),
            let milliseconds = Int64(String(decoding: bytes.dropLast(), as: UTF8.self)),
            // A jump beyond is a damaged file, not a time.
            seen.contains(WallTime(milliseconds: milliseconds))
        else { return nil }
        return WallTime(milliseconds: milliseconds)
    }
}
