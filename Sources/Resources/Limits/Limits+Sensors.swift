/// Bounds of sensors and their way into the log.
extension Limits {
    /// Observations between a sensor and the machine log.
    public static let pendingObservations = Limit(
        name: "pending observations", unit: "observations", value: 32_768, range: 1024...1 << 20,
        why: "at about 500 bytes each it is 16 MiB; beyond it the kernel's buffer holds them")
    /// Observations in one batch of the machine log.
    public static let observationBatch = Limit(
        name: "observation batch", unit: "observations", value: 256, range: 16...8192,
        why: "a batch must stay under the size of one entry")
    /// How often an apply by address is tried when others change the same resource.
    public static let applyAttempts = Limit(
        name: "apply attempts", unit: "attempts", value: 5, range: 1...20,
        why: "each attempt reads the state anew; more means two programs fight")
    /// Bytes a kernel feed of events may hold before it loses some.
    public static let sensorBuffer = Limit(
        name: "sensor receive buffer", unit: "bytes", value: 8 << 20, range: 4096...64 << 20,
        why: "one process event takes 832 bytes there: about 10,000 events")
    /// Kernel datagrams a sensor takes before it reports what it saw.
    public static let sensorBatch = Limit(
        name: "sensor batch", unit: "datagrams", value: 1024, range: 64...16_384,
        why: "what waits for a batch is late; what is reported one by one is dear")
    /// Bytes of a process's command line that are read.
    public static let commandLineBytes = Limit(
        name: "command line", unit: "bytes", value: 4096, range: 256...65_536,
        why: "it is kept for every process that ran; the rest is cut and the cut is said")
    /// Bytes of one table or file of the kernel that are read.
    public static let kernelTextBytes = Limit(
        name: "kernel file", unit: "bytes", value: 16 << 20, range: 1 << 16...64 << 20,
        why: "a mount table of 100,000 mounts fits")
    /// Attempts at a dump that the kernel interrupts because the table changed meanwhile.
    public static let dumpAttempts = Limit(
        name: "dump attempts", unit: "attempts", value: 16, range: 1...100,
        why: "a table that changes faster than it can be read stays a gap until the next sweep")
    /// Mounts that came and went unread and are told of one by one after a reading.
    public static let passedMounts = Limit(
        name: "passed mounts", unit: "mounts", value: 1024, range: 16...16_384,
        why: "each is two records of the log; beyond it they are a gap")
    /// Milliseconds between two full readings that look for drift.
    public static let sweepInterval = Limit(
        name: "sweep interval", unit: "ms", value: 60_000, range: 1000...86_400_000,
        why: "a full reading of 100 processes costs about 5 ms of CPU")
    /// Processes read in one turn of a sweep.
    public static let sweepSlice = Limit(
        name: "sweep slice", unit: "processes", value: 32, range: 1...4096,
        why: "events wait while a slice is read: about 2 ms")
    /// Batches of a feed that a sensor takes to catch up with the machine.
    public static let catchUpTurns = Limit(
        name: "catch-up turns", unit: "batches", value: 64, range: 1...1024,
        why: "a storm brings more than can be taken; what was there at the question comes first")
    /// Milliseconds a question that must be of now waits for the sensors.
    public static let catchUp = Limit(
        name: "catch-up", unit: "ms", value: 3000, range: 100...30_000,
        why: "whole readings of a large machine take a second")
    /// Links that sensors told of whose ends are not in the graph yet.
    public static let waitingLinks = Limit(
        name: "waiting links", unit: "links", value: 65_536, range: 1024...1 << 20,
        why: "about 100 bytes each; the next resync of the sensor says them again")
    /// Times its cost that a reading of a whole source rests before the next.
    public static let sensorRest = Limit(
        name: "sensor rest", unit: "times", value: 10, range: 0...1000,
        why: "a storm of hints takes at most a tenth of one core")
    /// Times its cost that a sweep of a whole source rests before the next.
    public static let sweepRest = Limit(
        name: "sweep rest", unit: "times", value: 2000, range: 0...100_000,
        why: "the sweeps of twenty sources take at most a hundredth of one core")
    /// Milliseconds a node waits for the first picture of its machine before it serves.
    public static let firstPicture = Limit(
        name: "first picture", unit: "ms", value: 500, range: 0...10_000,
        why: "a node is ready within a second, with or without a slow sensor")
    /// Sockets that are resources; past that, connections are left out and the contract says so.
    public static let sockets = Limit(
        name: "sockets", unit: "sockets", value: 50_000, range: 100...1_000_000,
        why: "a reading of 50,000 takes about 0.5 s; a proxy may hold a million")
    /// Control groups of one hierarchy.
    public static let controlGroups = Limit(
        name: "control groups", unit: "groups", value: 16_384, range: 256...1 << 20,
        why: "each is a watch of some 1 KiB in the kernel and some ten small files to read")
    /// Namespaces whose number was seen given out and taken back.
    public static let forgottenNamespaces = Limit(
        name: "counted namespaces", unit: "namespaces", value: 65_536, range: 256...1 << 20,
        why: "only kernels before 6.18 need the count; an entry takes some 100 bytes")
    /// Mounts that are named of one namespace.
    public static let namespacePins = Limit(
        name: "mounts of a namespace", unit: "mounts", value: 16, range: 1...256,
        why: "one is usual; a hostile program may make thousands")
    /// Containers of one engine.
    public static let containers = Limit(
        name: "containers", unit: "containers", value: 4096, range: 64...65_536,
        why: "each is a file of some 10 KiB to read and a folder to watch")
    /// Bytes of a file in which an engine describes a container.
    public static let containerFileBytes = Limit(
        name: "container file", unit: "bytes", value: 1 << 20, range: 1 << 16...16 << 20,
        why: "runc writes some 10 KiB; a longer one is left out")
    /// Units of one manager, and files or folders of one place that are read for services.
    public static let units = Limit(
        name: "units", unit: "units", value: 16_384, range: 256...1 << 20,
        why: "a large machine has some 2,000; each is some 2 KiB")
    /// Bytes of one file that describes a service.
    public static let unitFileBytes = Limit(
        name: "unit file", unit: "bytes", value: 256 << 10, range: 4096...4 << 20,
        why: "they are written by people; a longer one is left out")
    /// Values of one setting of a unit.
    public static let unitSettings = Limit(
        name: "values of a setting", unit: "values", value: 256, range: 16...4096,
        why: "a resource must stay small")
    /// Links of one relation of a unit.
    public static let unitLinks = Limit(
        name: "links of a unit", unit: "links", value: 64, range: 8...1024,
        why: "each is two index entries; targets want some thirty")
    /// Bytes of one D-Bus message.
    public static let dbusMessage = Limit(
        name: "D-Bus message", unit: "bytes", value: 16 << 20, range: 1 << 16...128 << 20,
        why: "a list of 10,000 units takes some 3 MiB")
    /// Calls over D-Bus that wait for their answers together.
    public static let dbusCalls = Limit(
        name: "D-Bus calls", unit: "calls", value: 64, range: 1...1024,
        why: "answers wait in the socket while calls are written; 64 of them fit")
    /// Milliseconds to wait for an answer over D-Bus.
    public static let dbusAnswer = Limit(
        name: "D-Bus answer", unit: "ms", value: 2000, range: 10...30_000,
        why: "a manager answers in microseconds; a hung one must not hold the other sensors")
    /// Readings of units that change under it.
    public static let managerAttempts = Limit(
        name: "readings of units", unit: "readings", value: 8, range: 1...100,
        why: "units that change faster than they can be read stay a gap until they rest")

    static let sensors = [
        pendingObservations, observationBatch, applyAttempts, sensorBuffer, sensorBatch,
        commandLineBytes, kernelTextBytes, dumpAttempts, passedMounts, sweepInterval, sweepSlice,
        catchUpTurns, catchUp, waitingLinks, sensorRest, sweepRest, firstPicture, sockets,
        controlGroups, forgottenNamespaces, namespacePins, containers, containerFileBytes, units,
        unitFileBytes, unitSettings, unitLinks, dbusMessage, dbusCalls, dbusAnswer, managerAttempts,
    ]
}
