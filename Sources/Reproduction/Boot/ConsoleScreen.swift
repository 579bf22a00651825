/// What the serial console of a machine shows: who it is, where it is, and how it is.
public struct ConsoleScreen: Hashable, Sendable {
    /// The machine's name.
    public var name = ""
    /// "starting", "ready", "stopping".
    public var state = "starting"
    /// The digest of what it runs, in hex.
    public var generation = ""
    /// The slot it was booted from.
    public var slot = ""
    /// The fingerprint of its key, to compare when it is trusted for the first time.
    public var fingerprint = ""
    /// Where its API and pages are.
    public var addresses: [String] = []
    /// What an operator should know.
    public var warnings: [String] = []

    /// Nothing known yet.
    public init() {}

    /// Warnings shown; the API has all.
    private static let warningsMost = 8
    private static let columnsMost = 160

    /// The lines.
    public var text: String {
        var lines = ["", "PISCES  \(name)  \(state)", ""]
        lines.append(
            "  address      "
                + (addresses.isEmpty ? "none yet" : addresses.joined(separator: "  ")))
        lines.append("  fingerprint  \(fingerprint)")
        lines.append("  generation   \(generation)  slot \(slot)")
        lines += warnings.prefix(Self.warningsMost).map { "  warning      \($0)" }
        if warnings.count > Self.warningsMost {
            lines.append("  warning      and \(warnings.count - Self.warningsMost) more")
        }
        lines += ["  sign in      press Enter for a token of one hour and a link", ""]
        return lines.map { Self.printable($0) + "\n" }.joined()
    }

    /// Names come from people and networks: nothing in them may steer the terminal.
    private static func printable(_ line: String) -> String {
        String(
            line.unicodeScalars.prefix(columnsMost)
                .map { $0.value >= 0x20 && $0.value < 0x7F ? Character($0) : "?" })
    }
}
