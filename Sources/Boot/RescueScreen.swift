/// What a machine that cannot boot says on its console: what failed, why, what was noticed before,
/// and what happens next.
public struct RescueScreen: Hashable, Sendable {
    /// What ended the boot.
    public let failure: BootError
    /// What went wrong before and did not end it.
    public let notes: [String]
    /// Seconds until the reset.
    public let seconds: Int

    /// The screen for that failure.
    public init(_ failure: BootError, notes: [String], seconds: Int) {
        self.failure = failure
        self.notes = notes
        self.seconds = seconds
    }

    /// The lines.
    public var text: String {
        var lines = [
            "", "PISCES CANNOT BOOT THIS SYSTEM", "",
            "  what   cannot \(failure.operation) \(failure.subject)",
            "  why    \(failure.cause)",
        ]
        lines += notes.suffix(16).map { "  note   \($0)" }
        lines += [
            "  next   reset in \(seconds) s; the loader tries what is left of this system, then "
                + "the one before",
            "  help   if it comes back: boot another slot, or build the system anew onto this disk",
            "",
        ]
        return lines.map { $0 + "\n" }.joined()
    }
}
