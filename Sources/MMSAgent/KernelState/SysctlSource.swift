internal import Host
internal import Resources

/// Settings of the kernel under `/proc/sys`, with what files configure for them.
final class SysctlSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "sysctl", kinds: [Kind.sysctl],
        mechanism: "file watches on the folders of /proc/sys and on the files that configure them",
        why: "a write through the file system is announced there too",
        privilege: "root for some values", fallback: "the sweep",
        mayMiss: "what the kernel itself changes, or a process with another mount of /proc or "
            + "another network namespace, is seen at the next sweep; counters are left out")
    let sampled: [TypeName: SampledFields] = [Kind.sysctl: .some(["value"])]
    let settle: UInt64 = 20
    private var folders: [[String]] = []
    private var isWatched = false

    /// In the order of sysctl(8): of two files of a name the first folder's counts, all are read in
    /// the order of their names, then the last.
    private static let configured = [
        "/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d",
        "/lib/sysctl.d",
    ]
    private static let lastFile = "/etc/sysctl.conf"

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        folders = Self.tree(kernel)
        return []
    }

    /// The folders that are read, each as its parts.
    private static func tree(_ kernel: any Kernel) -> [[String]] {
        var result: [[String]] = []
        var waiting: [[String]] = [[]]
        while let parts = waiting.popLast(), result.count < 1024 {
            let path = path(parts)
            if !parts.isEmpty { result.append(parts) }
            for name in kernel.list(path) ?? [] {
                let below = parts + [name]
                guard kernel.status("\(path)/\(name)", following: false)?.kind == .directory else {
                    continue
                }
                let dotted = SysctlNames.name(below)
                let above = SysctlNames.name(parts)
                let isKept = SysctlNames.kept.contains(dotted)
                // Under a folder left out only what is named is read.
                if SysctlNames.leftOut[above] == nil || isKept { waiting.append(below) }
            }
        }
        return result.filter { SysctlNames.leftOut[SysctlNames.name($0)] == nil }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func path(_ parts: [String]) -> String {
        parts.reduce("/proc/sys") { "\($0)/\($1)" }
    }

    var watched: WatchedPaths? {
        WatchedPaths(
            named: Set(Self.configured + [Self.lastFile]), exact: Set(folders.map(Self.path)))
    }

    func read(_ kernel: any Kernel) -> Reading {
        if folders.isEmpty { folders = Self.tree(kernel) }
        let wanted = configuration(kernel)
        var result: [Seen] = []
        for parts in folders {
            let folder = Self.path(parts)
            for file in kernel.list(folder) ?? [] {
                let name = SysctlNames.name(parts + [file])
                guard SysctlNames.counters[name] == nil else { continue }
                let path = "\(folder)/\(file)"
                guard let bytes = kernel.read(path, at: 0, count: 8192) else { continue }
                result.append(seen(name, path, bytes, wanted[name]))
            }
        }
        return .whole(result)
    }

    private struct Wish {
        var value: String
        var file: String
    }

    private func seen(_ name: String, _ path: String, _ bytes: [UInt8], _ wish: Wish?) -> Seen {
        let isSecret = SysctlNames.secret.contains { name.hasSuffix($0) }
        let value = Self.plain(bytes)
        var data: ValueMap = [
            "subsystem": .text(String(name.prefix { $0 != "." })), "path": .text(path),
        ]
        data["value"] = .text(isSecret && !value.isEmpty ? "***" : value)
        if let wish {
            data["configured"] = .text(isSecret ? "***" : wish.value)
            data["file"] = .text(wish.file)
            data["agrees"] = .bool(wish.value == value)
        }
        return Seen(
            subject: Observation.Subject(type: Kind.sysctl, name: subjectName(name)),
            identity: name, data: data)
    }

    /// A value on one line: tabs between numbers are one space, lines are joined by a space.
    static func plain(_ bytes: some Collection<UInt8>) -> String {
        let words = bytes.split { $0 == 10 || $0 == 9 || $0 == 32 || $0 == 0 }
        return words.map { lossyText(Array($0)) }.joined(separator: " ")
    }

    // MARK: Configuration

    private func configuration(_ kernel: any Kernel) -> [String: Wish] {
        var files: [String: String] = [:]
        for folder in Self.configured {
            for name in kernel.list(folder) ?? [] where name.hasSuffix(".conf") {
                if files[name] == nil { files[name] = "\(folder)/\(name)" }
            }
        }
        let paths = files.keys.sorted().compactMap { files[$0] } + [Self.lastFile]
        var wishes: [String: Wish] = [:]
        for path in paths {
            guard let bytes = kernel.read(path, at: 0, count: 1 << 20) else { continue }
            for (name, value) in Self.settings(bytes) {
                wishes[name] = Wish(value: value, file: path)
            }
        }
        return wishes
    }

    /// The lines `name = value` of a configuration file; `-name` is one whose failure is ignored.
    static func settings(_ bytes: [UInt8]) -> [(name: String, value: String)] {
        bytes.split(separator: 10).compactMap { line in
            let text = line.drop { $0 == 32 || $0 == 9 }
            guard let first = text.first, first != 35, first != 59,
                let equals = text.firstIndex(of: 61)
            else { return nil }
            let key = plain(text[..<equals])
            let name = key.hasPrefix("-") ? String(key.dropFirst()) : key
            return (SysctlNames.name(configured: name), plain(text[(equals + 1)...]))
        }
    }
}
