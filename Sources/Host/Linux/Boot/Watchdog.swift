internal import CBoot

/// The timer that resets a machine whose first program gives no sign of life.
public final class Watchdog: Sendable {
    private let descriptor: Int32

    /// Arms it; it resets the machine after so many seconds without a sign.
    public init(seconds: Int) throws(LinuxMachine.Failure) {
        descriptor = unsafe cboot_arm_watchdog("/dev/watchdog", Int32(clamping: seconds))
        try LinuxMachine.check(descriptor, "arm", "the watchdog")
    }

    /// Gives a sign of life.
    public func feed() throws(LinuxMachine.Failure) {
        try LinuxMachine.check(cboot_feed_watchdog(descriptor), "feed", "the watchdog")
    }

    /// Stops it, for an ordered end.
    public func disarm() throws(LinuxMachine.Failure) {
        try LinuxMachine.check(cboot_disarm_watchdog(descriptor), "disarm", "the watchdog")
    }
}
