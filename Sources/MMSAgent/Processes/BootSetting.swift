internal import Host
internal import Resources

/// The identity and time of this boot, read once: boot time follows the wall clock, and a
/// process's start time must not change with it.
func bootSetting(_ kernel: any Kernel) -> ProcessTable.Setting {
    let boot = (kernel.read("/proc/sys/kernel/random/boot_id") ?? []).prefix { $0 > 32 }
    let ahead = kernel.clock.ticks.nanoseconds + kernel.suspended
    return ProcessTable.Setting(
        boot: lossyText(boot),
        bootTime: kernel.clock.now.milliseconds - Int64(clamping: ahead / 1_000_000),
        suspended: kernel.suspended)
}

/// The names of users by number, from `/etc/passwd`; of two for a number the first one stays.
func userNames(_ kernel: any Kernel) -> [UInt32: String] {
    var names: [UInt32: String] = [:]
    for line in (kernel.read("/etc/passwd") ?? []).split(separator: 10) {
        let fields = line.split(separator: 58, omittingEmptySubsequences: false)
        guard fields.count >= 3, !fields[0].isEmpty,
            let number = decimal(fields[2]).flatMap({ UInt32(exactly: $0) }), names[number] == nil
        else { continue }
        names[number] = lossyText(fields[0])
    }
    return names
}
