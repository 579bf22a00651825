// Measures the sensors on the kernel it runs on and prints the figures. Needs root and perl.
import Glibc
import Host
import MMSAgent
import Resources
import Synchronization

let clock = LinuxClock()

func milliseconds(_ nanoseconds: UInt64) -> String {
    "\(Double(nanoseconds / 1000) / 1000) ms"
}

func at(_ part: Double, of sorted: [UInt64]) -> UInt64 {
    sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
}

/// The first full picture: all sensors, one after another, on this thread.
func measureDump() {
    for round in 1...3 {
        let sensors = Sensors.groups(machine: "here").joined().map { $0() }
        var out: [Observation] = []
        let start = clock.ticks
        for sensor in sensors {
            let before = clock.ticks
            let count = out.count
            sensor.start(&out)
            let time = clock.ticks.nanoseconds(since: before)
            print("  \(sensor.contract.name): \(out.count - count) in \(milliseconds(time))")
        }
        let time = clock.ticks.nanoseconds(since: start)
        print("dump \(round): \(out.count) observations in \(milliseconds(time))")
        for sensor in sensors { sensor.stop() }
    }
}

/// When each process was first told of, by its name.
final class FirstSeen: Sendable {
    let times = Mutex<[String: UInt64]>([:])
    let gaps = Mutex(0)

    func take(_ observations: [Observation]) {
        let now = clock.ticks.nanoseconds
        times.withLock { times in
            for case .present(let one) in observations {
                let name = one.subject.name.text
                if times[name] == nil { times[name] = now }
            }
        }
    }
}

func run(_ program: String, _ arguments: [String]) -> pid_t {
    var pid: pid_t = 0
    let all = [program] + arguments
    var pointers = unsafe all.map { unsafe strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
    let code = unsafe posix_spawn(&pid, program, nil, nil, &pointers, &environment)
    for index in unsafe pointers.indices { unsafe free(pointers[index]) }
    return code == 0 ? pid : 0
}

func wait(_ pid: pid_t) {
    var status: Int32 = 0
    _ = unsafe waitpid(pid, &status, 0)
}

func statistics(_ group: SensorGroup) -> SensorStatistics {
    usleep(200_000)
    group.resync("none")
    usleep(200_000)
    return group.reports.first?.statistics ?? SensorStatistics()
}

func measureLatency() throws {
    let seen = FirstSeen()
    let group = try SensorGroup([{ ProcessSensor(LinuxKernel()) }], sweepInterval: nil) {
        seen.take($0)
    }
    try group.start()
    usleep(300_000)
    var starts: [(String, UInt64)] = []
    for _ in 0..<1000 {
        let start = clock.ticks.nanoseconds
        let pid = run("/bin/true", [])
        starts.append((String(pid), start))
        wait(pid)
        usleep(1000)
    }
    usleep(300_000)
    let times = seen.times.withLock { $0 }
    let waits = starts.compactMap { name, start in times[name].map { $0 - start } }.sorted()
    print(
        "before posix_spawn to sink, \(waits.count) of 1000: p50 "
            + "\(milliseconds(at(0.5, of: waits))) p99 \(milliseconds(at(0.99, of: waits)))")
    let all = statistics(group)
    print("lag of the last event: \(milliseconds(all.lagNanoseconds))")
    group.stop()
}

func measureStorm(_ count: Int, _ script: String) throws {
    let seen = FirstSeen()
    let group = try SensorGroup([{ ProcessSensor(LinuxKernel()) }], sweepInterval: nil) {
        seen.take($0)
    }
    try group.start()
    usleep(300_000)
    let before = statistics(group)
    let start = clock.ticks
    wait(run("/usr/bin/perl", ["-e", script, String(count)]))
    let time = clock.ticks.nanoseconds(since: start)
    let after = statistics(group)
    let events = after.events - before.events
    let cpu = after.cpuNanoseconds - before.cpuNanoseconds
    print(
        "storm: \(events) events in \(milliseconds(time)), "
            + "\(events * 1_000_000_000 / max(1, time)) events/s; "
            + "\(cpu / max(1, events)) ns of CPU an event; lost \(after.lost), "
            + "gaps \(after.gaps - before.gaps), most lag "
            + milliseconds(after.lagMostNanoseconds))
    group.sweep()
    usleep(500_000)
    let last = group.reports.first?.statistics
    print("  after a sweep: drift \(last?.drift ?? 0), sampled \(last?.sampled ?? 0)")
    group.stop()
}

measureDump()
try measureLatency()
try measureStorm(
    20_000, "for(1..$ARGV[0]){my $p=fork; exit 0 if !$p; waitpid($p,0)}")
try measureStorm(
    20_000,
    "use Time::HiRes 'usleep'; for(1..$ARGV[0]){my $p=fork; exit 0 if !$p; waitpid($p,0); "
        + "usleep(50) if $_%4==0}")
try measureStorm(
    20_000,
    "for(1..$ARGV[0]/100){my @p; for(1..100){my $p=fork; exit 0 if !$p; push @p,$p} "
        + "waitpid($_,0) for @p}")
