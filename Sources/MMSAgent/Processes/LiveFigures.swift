public import Host
internal import Resources

/// What changes all the time on a machine or in a process: asked for, never in the log.
public struct LiveFigure: Hashable, Sendable {
    /// What it is called: `memory.free`, `load.1` …
    public let name: String
    /// The number.
    public let value: Double
    /// Its unit.
    public let unit: String
}

/// Reads figures that change all the time.
public enum LiveFigures {
    /// Load, pressure, memory, processors' time and uptime (proc(5)); what cannot be read is left
    /// out.
    public static func machine(_ kernel: any Kernel) -> [LiveFigure] {
        load(kernel) + memory(kernel) + processors(kernel) + pressure(kernel)
    }

    /// What a process uses; nil when there is none.
    public static func process(_ pid: Int32, _ kernel: any Kernel) -> [LiveFigure]? {
        guard let metrics = liveMetrics(pid: pid, of: kernel) else { return nil }
        var figures = [
            LiveFigure(
                name: "memory.resident", value: Double(metrics.residentBytes), unit: "bytes"),
            LiveFigure(name: "memory.virtual", value: Double(metrics.virtualBytes), unit: "bytes"),
            LiveFigure(name: "cpu", value: Double(metrics.cpuMilliseconds), unit: "ms"),
            LiveFigure(name: "threads", value: Double(metrics.threads), unit: "threads"),
        ]
        for line in lines("/proc/\(pid)/io", kernel) {
            let words = line.split(separator: " ")
            guard words.count == 2, let value = Double(words[1]) else { continue }
            switch words[0] {
            case "read_bytes:":
                figures.append(LiveFigure(name: "disk.read", value: value, unit: "bytes"))
            case "write_bytes:":
                figures.append(LiveFigure(name: "disk.written", value: value, unit: "bytes"))
            default: break
            }
        }
        return figures
    }

    /// The memory of a process: start, end, permissions, offset, device, inode and path of each
    /// part (proc_pid_maps(5)); nil when it cannot be read.
    public static func maps(_ pid: Int32, _ kernel: any Kernel) -> [[String]]? {
        guard let bytes = kernel.read("/proc/\(pid)/maps") else { return nil }
        return bytes.split(separator: 10).compactMap { line in
            let words = line.split(separator: 32, maxSplits: 5).map { lossyText($0) }
            guard words.count >= 5 else { return nil }
            let range = words[0].split(separator: "-").map { String($0) }
            guard range.count == 2 else { return nil }
            let path = words.count > 5 ? String(words[5].drop { $0 == " " }) : ""
            return range + [words[1], words[2], words[3], words[4], path]
        }
    }

    private static func lines(_ path: String, _ kernel: any Kernel) -> [String] {
        (kernel.read(path) ?? []).split(separator: 10).map { lossyText($0) }
    }

    private static func load(_ kernel: any Kernel) -> [LiveFigure] {
        let words = lines("/proc/loadavg", kernel).first?.split(separator: " ") ?? []
        var figures = zip(["load.1", "load.5", "load.15"], words).compactMap { name, word in
            Double(word).map { LiveFigure(name: name, value: $0, unit: "processes") }
        }
        let uptime = lines("/proc/uptime", kernel).first?.split(separator: " ").first
        if let seconds = uptime.flatMap({ Double($0) }) {
            figures.append(LiveFigure(name: "uptime", value: seconds, unit: "s"))
        }
        return figures
    }

    private static func memory(_ kernel: any Kernel) -> [LiveFigure] {
        let names = [
            "MemTotal:": "memory.total", "MemFree:": "memory.free",
            "MemAvailable:": "memory.available", "Buffers:": "memory.buffers",
            "Cached:": "memory.cached", "SwapCached:": "memory.swapCached",
            "Active:": "memory.active", "Inactive:": "memory.inactive",
            "SwapTotal:": "swap.total", "SwapFree:": "swap.free",
        ]
        return lines("/proc/meminfo", kernel).compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, let name = names[String(words[0])], let value = Double(words[1])
            else { return nil }
            return LiveFigure(name: name, value: value * 1024, unit: "bytes")
        }
    }

    /// `cpu.N.user` and so on, in ticks.
    private static func processors(_ kernel: any Kernel) -> [LiveFigure] {
        let kinds = [
            "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest",
            "guestNice",
        ]
        return lines("/proc/stat", kernel).flatMap { line -> [LiveFigure] in
            let words = line.split(separator: " ")
            guard let first = words.first, first.hasPrefix("cpu"), first != "cpu" else { return [] }
            return zip(kinds, words.dropFirst()).compactMap { kind, word in
                Double(word).map {
                    LiveFigure(name: "cpu.\(first.dropFirst(3)).\(kind)", value: $0, unit: "ticks")
                }
            }
        }
    }

    private static func pressure(_ kernel: any Kernel) -> [LiveFigure] {
        ["cpu", "memory", "io"].compactMap { resource in
            kernel.read("/proc/pressure/\(resource)").flatMap {
                PressureLevel.percent(lossyText($0))
            }
            .map { LiveFigure(name: "pressure.\(resource)", value: Double($0), unit: "%") }
        }
    }
}
