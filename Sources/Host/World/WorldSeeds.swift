/// Which seeds the runs of the World try.
public enum WorldSeeds {
    /// The seeds of one of several equal parts. In all they are as many as `PISCES_SEEDS` says, for
    /// long runs, else `standard`.
    public static func part(_ number: Int, of parts: Int, standard: Int) -> Range<UInt64> {
        let asked = LinuxSystem.environment["PISCES_SEEDS"].flatMap { Int($0) }
        let each = max(1, (asked ?? standard) / max(1, parts))
        return UInt64(number * each)..<UInt64((number + 1) * each)
    }
}
