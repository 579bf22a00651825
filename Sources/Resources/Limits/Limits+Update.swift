/// Bounds of updates.
extension Limits {
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
    /// Bytes of what a system says when it gives itself up.
    public static let lastWords = Limit(
        name: "last words", unit: "bytes", value: 1024, range: 64...4096,
        why: "a reason is a line; it is shown and kept for ever")
    /// Entries of the loader's folder that are looked at.
    public static let bootEntries = Limit(
        name: "loader entries", unit: "entries", value: 64, range: 2...1024,
        why: "there are two systems, and what people put beside them")
}
