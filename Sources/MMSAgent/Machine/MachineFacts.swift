internal import Host
internal import Resources

/// What a machine is: read from files that change rarely.
struct MachineFacts: Hashable, Sendable {
    var identity: String
    var fields: ValueMap

    /// Reads the machine that `kernel` shows.
    init(_ kernel: any Kernel, _ setting: ProcessTable.Setting) {
        let system = kernel.systemName()
        let line = { (path: String) in firstLine(kernel.read(path)) }
        identity = line("/etc/machine-id") ?? line("/sys/class/dmi/id/product_uuid") ?? system.host
        fields = [
            "hostname": .text(system.host), "kernel": .text(system.release),
            "kernelVersion": .text(system.version), "architecture": .text(system.architecture),
            "bootId": .text(setting.boot), "bootTime": .int(setting.bootTime),
        ]
        let release = Self.release(kernel.read("/etc/os-release") ?? [])
        fields["os"] = release["ID"].map { .text($0) }
        fields["osName"] = release["PRETTY_NAME"].map { .text($0) }
        fields["osVersion"] = release["VERSION_ID"].map { .text($0) }
        fields["vendor"] = line("/sys/class/dmi/id/sys_vendor").map { .text($0) }
        fields["product"] = line("/sys/class/dmi/id/product_name").map { .text($0) }
        let model = Self.value(of: "model name", in: kernel.read("/proc/cpuinfo") ?? [])
        fields["cpuModel"] = model.map { .text($0) }
        let cores = line("/sys/devices/system/cpu/online").flatMap { Self.count(ofRanges: $0) }
        fields["cores"] = cores.map { .int($0) }
        let memory = Self.value(of: "MemTotal", in: kernel.read("/proc/meminfo") ?? [])
        fields["memory"] = memory.flatMap { kibibytes($0) }.map { .int($0) }
        let swap = Self.value(of: "SwapTotal", in: kernel.read("/proc/meminfo") ?? [])
        fields["swap"] = swap.flatMap { kibibytes($0) }.map { .int($0) }
    }

    /// Reads os-release(5): `KEY=value` with or without quotes.
    static func release(_ bytes: [UInt8]) -> [String: String] {
        var result: [String: String] = [:]
        for line in bytes.split(separator: 10) {
            let text = lossyText(line)
            guard !text.hasPrefix("#"), let equals = text.firstIndex(of: "=") else { continue }
            var value = text[text.index(after: equals)...]
            if let quote = value.first, quote == "\"" || quote == "'", value.last == quote,
                value.count >= 2
            {
                value = value.dropFirst().dropLast()
            }
            result[String(text[..<equals])] = String(value.filter { $0 != "\\" })
        }
        return result
    }

    /// The value of the first line `key : value`.
    static func value(of key: String, in bytes: [UInt8]) -> String? {
        for line in bytes.split(separator: 10) where line.starts(with: key.utf8) {
            guard let colon = line.firstIndex(of: 58) else { continue }
            guard line[..<colon].dropFirst(key.utf8.count).allSatisfy({ $0 <= 32 }) else {
                continue
            }
            return lossyText(line[(colon + 1)...].drop { $0 <= 32 })
        }
        return nil
    }

    /// The numbers in a list of ranges, as in `0-3,6`.
    static func count(ofRanges text: String) -> Int64? {
        var count: Int64 = 0
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").map { decimal($0.utf8) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                last >= first, last < 1 << 20
            else { return nil }
            count += Int64(last - first) + 1
        }
        return count == 0 ? nil : count
    }
}

private func kibibytes(_ text: String) -> Int64? {
    decimal(text.utf8.prefix { (48...57).contains($0) }).flatMap { Int64(exactly: $0) }
        .map { $0.multipliedReportingOverflow(by: 1024).partialValue }
}

private func firstLine(_ bytes: [UInt8]?) -> String? {
    let line = bytes?.prefix { $0 != 10 && $0 != 0 }
    return line.flatMap { $0.isEmpty ? nil : lossyText($0) }
}
