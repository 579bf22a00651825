/// Bounds of machines that this one makes: copies to other hosts, and nodes there.
extension Limits {
    /// Seconds until a host has to answer a connection.
    public static let hostConnect = Limit(
        name: "host connection", unit: "s", value: 15, range: 1...300,
        why: "a host that sleeps or is far takes some; one that is gone must not be waited for")
    /// Seconds between two signs of life of a connection; three that stay out end it.
    public static let hostPulse = Limit(
        name: "host pulse", unit: "s", value: 5, range: 1...60,
        why: "a host that vanishes half-way is noticed after three of them")
    /// Milliseconds for one answer of a host, which may have to read a whole blob for it.
    public static let hostAnswer = Limit(
        name: "host answer", unit: "ms", value: 600_000, range: 1000...3_600_000,
        why: "a slow card reads some 20 MB a second; whether the host lives is told by its pulse")
    /// Bytes of one answer of a host.
    public static let hostLine = Limit(
        name: "host answer size", unit: "bytes", value: 16_384, range: 1024...1 << 20,
        why: "answers are a line; what a host greets with may be a page")
    /// Bytes of an address of a host, as `ssh://user@host:22/directory`.
    public static let hostAddress = Limit(
        name: "host address", unit: "bytes", value: 1024, range: 64...4096,
        why: "a name has at most 253 bytes and the directory is short")
    /// Content asked about at once.
    public static let hostQuestions = Limit(
        name: "host questions", unit: "questions", value: 64, range: 1...512,
        why: "questions and answers of one turn fit into the pipes between")

    /// Machines that one machine makes and keeps.
    public static let madeMachines = Limit(
        name: "made machines", unit: "machines", value: 64, range: 1...1024,
        why: "they are looked at one after the other")
    /// Milliseconds between two looks at a machine that is as it should be.
    public static let machineLook = Limit(
        name: "machine look", unit: "ms", value: 30_000, range: 1000...3_600_000,
        why: "each look at a host is a connection")
    /// Milliseconds until the first try after a failure; doubled with each.
    public static let machineRetry = Limit(
        name: "machine retry", unit: "ms", value: 2000, range: 100...60_000,
        why: "a host that starts up is soon there")
    /// Milliseconds between two tries at the most.
    public static let machineRetryMost = Limit(
        name: "longest machine retry", unit: "ms", value: 300_000, range: 1000...3_600_000,
        why: "what takes a person to mend need not be tried each second")
    /// Milliseconds for which a machine that is made is invited.
    public static let machineInvitation = Limit(
        name: "invitation of a made machine", unit: "ms", value: 600_000,
        range: 10_000...86_400_000,
        why: "it is used at once; what lies around must soon be worth nothing")
    /// Milliseconds for which a machine that is let go may give its tasks away.
    public static let machineDrain = Limit(
        name: "drain of a made machine", unit: "ms", value: 120_000, range: 0...86_400_000,
        why: "tasks with data stay where the data are, and must not hold a machine for ever")
    /// Memory of a guest.
    public static let guestMemory = Limit(
        name: "guest memory", unit: "MiB", value: 512, range: 128...1_048_576,
        why: "a node of our image runs in 128 MiB; apps want some")
    /// Processors of a guest.
    public static let guestProcessors = Limit(
        name: "guest processors", unit: "processors", value: 1, range: 1...64,
        why: "an emulated one takes one of this machine")
    /// Milliseconds that qemu has to end when it is asked.
    public static let guestGrace = Limit(
        name: "guest stop grace", unit: "ms", value: 5000, range: 0...60_000,
        why: "it writes what it has for the disk; the guest itself is not asked")
    /// Bytes of what a guest shows that are kept.
    public static let guestSerial = Limit(
        name: "guest serial output", unit: "bytes", value: 1 << 20, range: 1 << 16...64 << 20,
        why: "a guest could write for ever; a screen has some 600 bytes")
    /// Milliseconds from the start of a guest to its first answer.
    public static let guestBoot = Limit(
        name: "guest boot", unit: "ms", value: 300_000, range: 10_000...3_600_000,
        why: "12 s under emulation alone, minutes beside others on a slow machine")

    static let machines = [
        hostConnect, hostPulse, hostAnswer, hostLine, hostAddress, hostQuestions, madeMachines,
        machineLook, machineRetry, machineRetryMost, machineInvitation, machineDrain,
        guestMemory, guestProcessors, guestGrace, guestSerial, guestBoot,
    ]
}
