/// Bounds of a machine whose first program is Pisces.
extension Limits {
    /// Seconds without a sign of life after which the watchdog resets the machine.
    public static let watchdog = Limit(
        name: "watchdog", unit: "s", value: 60, range: 10...600,
        why: "long enough for a slow disk, short enough for a machine that nobody visits")
    /// Milliseconds that what runs has to end when the machine goes down.
    public static let machineStopGrace = Limit(
        name: "stop of the machine", unit: "ms", value: 10_000, range: 1000...120_000,
        why: "as long as one instance has, because all end at once")
    /// Milliseconds between looks for processes that nobody waits for.
    public static let orphanSweep = Limit(
        name: "look for orphans", unit: "ms", value: 2000, range: 100...60_000,
        why: "an ended process is some memory and a number, no hurry")
    /// Seconds between writings of the time for the next boot.
    public static let clockSave = Limit(
        name: "saving of the clock", unit: "s", value: 3600, range: 60...86_400,
        why: "a machine without a clock chip restarts at most so far behind; flash is a budget")

    static let machineLife = [watchdog, machineStopGrace, orphanSweep, clockSave]
}
