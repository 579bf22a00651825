public import Host
public import Resources

/// Sees what the machine is, and when work begins to wait for CPU, memory or I/O.
public final class MachineSensor: Sensor {
    public private(set) var contract: SensorContract
    public var statistics = SensorStatistics()
    public private(set) var feeds: [any KernelFeed] = []

    private let kernel: any Kernel
    private let name: ResourceName
    private var setting = ProcessTable.Setting(boot: "", bootTime: 0)
    private var levels: [PressureLevel?] = [nil, nil, nil]
    /// What each feed says: a place in `resources`, or nil for the host name.
    private var meaning: [Int?] = []
    private var seen = SeenTable()
    private var looks: Ticks?

    private static let resources = ["cpu", "memory", "io"]

    /// A sensor of the machine that `kernel` shows, under the machine's name.
    public init(_ kernel: any Kernel, name: String) {
        self.kernel = kernel
        self.name = subjectName(name)
        contract = SensorContract(
            name: "machine", kinds: [Kind.machine],
            mechanism: "pressure triggers; poll of the host name; a sweep reads the rest",
            why: "the kernel wakes this sensor when work waits for 15 % of 2 s",
            privilege: "write access to /proc/pressure", fallback: "reads pressure every 10 s",
            mayMiss: "hardware, OS release and boot time are sampled by the sweep; pressure that "
                + "lasts less than a second")
    }

    public var deadline: Ticks? { looks }

    public func start(_ out: inout [Observation]) {
        setting = bootSetting(kernel)
        for (index, resource) in Self.resources.enumerated() {
            watch("/proc/pressure/\(resource)", trigger: "some 300000 2000000", index)
        }
        let triggers = feeds.count
        watch("/proc/sys/kernel/hostname", trigger: nil, nil)
        if triggers < Self.resources.count {
            contract.mechanism = "poll of pressure every 10 s; a sweep reads the rest"
            looks = kernel.clock.ticks.advanced(byMilliseconds: 10_000)
        }
        resync(cause: "start", &out)
    }

    private func watch(_ path: String, trigger: String?, _ index: Int?) {
        do throws(KernelError) {
            feeds.append(try kernel.watch(path, trigger: trigger))
            meaning.append(index)
        } catch {
            contract.why = "\(error.operation): \(error.cause)"
        }
    }

    public func stop() {
        for feed in feeds { feed.close() }
        feeds = []
    }

    public func ready(_ feed: Int, _ out: inout [Observation]) {
        statistics.events += 1
        _ = feeds[feed].receive { _ in }
        guard meaning[feed] != nil else {
            report(.intercepted, &out)
            return
        }
        look()
        report(.intercepted, &out)
    }

    /// Reads the levels. While one is raised nothing announces its fall: it is looked at again.
    private func look() {
        for (index, resource) in Self.resources.enumerated() {
            guard let text = kernel.read("/proc/pressure/\(resource)"),
                let percent = PressureLevel.percent(lossyText(text))
            else {
                levels[index] = nil
                continue
            }
            levels[index] = (levels[index] ?? .none).next(percent)
        }
        let isRaised = levels.contains { ($0 ?? .none) > .none }
        let isPolled = meaning.compactMap(\.self).count < Self.resources.count
        // The average of ten seconds lags behind the trigger of two.
        let isRecent = statistics.events > 0 && looks == nil
        looks =
            isRaised || isPolled || isRecent
            ? kernel.clock.ticks.advanced(byMilliseconds: isRaised || isPolled ? 10_000 : 3000)
            : nil
    }

    @discardableResult
    private func report(_ origin: Origin, _ out: inout [Observation]) -> Int {
        var facts = MachineFacts(kernel, setting)
        let raised = zip(Self.resources, levels)
        for (resource, level) in raised {
            guard let level else { continue }
            facts.fields["\(resource)Pressure"] = .text(level.rawValue)
        }
        let subject = Observation.Subject(type: Kind.machine, name: name)
        let one = Seen(subject: subject, identity: facts.identity, data: facts.fields)
        statistics.subjects = 1
        return seen.become(
            [subject: one], order: [Kind.machine], origin, kernel.clock.now, &out)
    }

    public func resync(cause: String, _ out: inout [Observation]) {
        openGap(cause, at: kernel.clock.now, &out)
        look()
        report(.resync, &out)
        statistics.resyncs += 1
        closeGap(at: kernel.clock.now, &out)
    }

    public func sweep(slices: Bool, _ out: inout [Observation]) {
        // Slewing the clock moves the time of boot by milliseconds; only a step is news.
        let moved = bootSetting(kernel).bootTime
        if abs(moved - setting.bootTime) >= 2000 { setting.bootTime = moved }
        statistics.sampled += UInt64(report(.sampled, &out))
        statistics.sweeps += 1
    }

    public func expire(_ now: Ticks, _ out: inout [Observation]) {
        guard let due = looks, due <= now else { return }
        look()
        report(.sampled, &out)
    }
}
