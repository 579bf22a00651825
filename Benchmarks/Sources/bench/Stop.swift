internal import Host

/// Says why and ends the program: a run that met an error has no figure.
func stop(_ reason: String) -> Never {
    LinuxSystem.note("bench: \(reason)")
    LinuxSystem.exitNow(1)
}
