internal import Host

/// Ends the program with a reason.
func stop(_ reason: String) -> Never {
    LinuxSystem.note("bench: \(reason)")
    LinuxSystem.exitNow(1)
}
