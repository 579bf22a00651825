/// Signals by the names people and images give them.
public enum SignalName {
    private static let numbers: [(String, Int32)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ABRT", 6), ("KILL", 9), ("USR1", 10),
        ("USR2", 12), ("ALRM", 14), ("TERM", 15), ("CONT", 18), ("STOP", 19), ("WINCH", 28),
        ("PWR", 30), ("RTMIN+3", 37),
    ]

    /// The number of `TERM`, `SIGTERM` or `15`; nil for anything else.
    public static func number(_ text: String) -> Int32? {
        if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        return numbers.first { $0.0 == name }?.1
    }
}
