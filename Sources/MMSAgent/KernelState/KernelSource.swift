internal import Host
internal import Resources

/// The kernel itself, and the security modules that guard it.
final class KernelSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "kernel", kinds: [Kind.kernel, Kind.securityModule, Kind.apparmorProfile],
        mechanism: "file watches on what administrators write",
        why: "writes through the file system are announced, also under /proc and /sys",
        privilege: "root for securityfs", fallback: "the sweep",
        mayMiss: "what the kernel itself sets (taint, a policy loaded) is seen at the next sweep")
    let sampled: [TypeName: SampledFields] = [
        Kind.kernel: .all, Kind.securityModule: .some(["policies", "settings"]),
        Kind.apparmorProfile: .all,
    ]
    private static let security = "/sys/kernel/security"
    private static let selinux = "/sys/fs/selinux"

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        if (kernel.list(Self.security) ?? []).isEmpty {
            contract.why += "; securityfs is not mounted or empty here"
        }
        return []
    }

    var watched: WatchedPaths? {
        WatchedPaths(exact: [
            "\(Self.selinux)/enforce", "\(Self.security)/lockdown",
            "\(Self.security)/apparmor/.replace", "\(Self.security)/apparmor/.load",
            "\(Self.security)/apparmor/.remove", "/proc/sys/kernel/tainted",
        ])
    }

    func read(_ kernel: any Kernel) -> Reading {
        let system = kernel.systemName()
        var data: ValueMap = [
            "release": .text(system.release), "version": .text(system.version),
            "architecture": .text(system.architecture),
        ]
        let line = (kernel.read("/proc/cmdline", at: 0, count: 16_384) ?? []).filter { $0 != 10 }
        let arguments = CommandLine(line.map { $0 == 32 ? 0 : $0 }[...], isCut: false).arguments
            .filter { !$0.isEmpty }
        data.set("arguments", arguments)
        let root = arguments.last { $0.hasPrefix("root=") }
        data.set("root", root.map { String($0.dropFirst(5)) })
        let image = arguments.last { $0.hasPrefix("BOOT_IMAGE=") }
        data.set("image", image.map { String($0.dropFirst(11)) })
        let taint = kernel.number("/proc/sys/kernel/tainted") ?? 0
        data["tainted"] = .bool(taint != 0)
        data.set("taints", Self.taints(taint))
        data.set("lockdown", Self.chosen(kernel.attribute("\(Self.security)/lockdown")))
        data["fips"] = .bool(kernel.flag("/proc/sys/crypto/fips_enabled") ?? false)
        let loaded = kernel.attribute("\(Self.security)/lsm")?.split(separator: ",") ?? []
        data.set("securityModules", loaded.map { String($0) })
        data.set("fileSystems", Self.fileSystems(kernel.read("/proc/filesystems") ?? []))
        data.set("raidPersonalities", Self.personalities(kernel.read("/proc/mdstat") ?? []))
        let one = Seen(
            subject: Observation.Subject(type: Kind.kernel, name: subjectName("kernel")),
            identity: "kernel", data: data)
        return .whole([one] + modules(loaded.map { String($0) }, kernel) + profiles(kernel))
    }

    /// The words of a taint mask (Documentation/admin-guide/tainted-kernels).
    static func taints(_ mask: Int64) -> [String] {
        let words = [
            "proprietary module", "module loaded by force", "kernel out of specification",
            "module unloaded by force", "machine check", "bad page", "asked for by user",
            "kernel died", "ACPI table overridden", "warning", "staging driver",
            "firmware workaround", "external module", "unsigned module", "soft lockup",
            "live patch", "auxiliary", "randomised layout", "in-kernel test", "fwctl",
        ]
        return (0..<63).filter { mask >> $0 & 1 == 1 }.map { bit in
            words.indices.contains(bit) ? words[bit] : "bit \(bit)"
        }
    }

    /// The word in brackets: `none [integrity] confidentiality`.
    static func chosen(_ text: String?) -> String? {
        guard let text, let open = text.firstIndex(of: "["),
            let close = text[open...].firstIndex(of: "]")
        else { return nil }
        return String(text[text.index(after: open)..<close])
    }

    /// File systems it can mount, without those that need no device.
    private static func fileSystems(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 10).filter { $0.first == 9 }.map { lossyText($0.dropFirst()) }
            .sorted()
    }

    /// `Personalities : [raid1] [raid6]`
    static func personalities(_ bytes: [UInt8]) -> [String] {
        let line = lossyText(bytes.prefix { $0 != 10 })
        guard line.hasPrefix("Personalities") else { return [] }
        return line.split(separator: " ").filter { $0.hasPrefix("[") && $0.hasSuffix("]") }
            .map { String($0.dropFirst().dropLast()) }
    }

    // MARK: Security modules

    private func modules(_ loaded: [String], _ kernel: any Kernel) -> [Seen] {
        var names = loaded
        for (name, folder) in [
            ("selinux", Self.selinux), ("apparmor", "\(Self.security)/apparmor"),
        ] where !names.contains(name) && kernel.list(folder) != nil {
            names.append(name)
        }
        return names.map { name in
            var data: ValueMap = ["enabled": .bool(true)]
            switch name {
            case "selinux": addSELinux(&data, kernel)
            case "apparmor": addAppArmor(&data, kernel)
            case "lockdown":
                data.set("mode", Self.chosen(kernel.attribute("\(Self.security)/lockdown")))
            default: break
            }
            return Seen(
                subject: Observation.Subject(
                    type: Kind.securityModule, name: subjectName(name)),
                identity: name, data: data)
        }
    }

    private func addSELinux(_ data: inout ValueMap, _ kernel: any Kernel) {
        let enforce = kernel.flag("\(Self.selinux)/enforce")
        data.set("mode", enforce.map { $0 ? "enforcing" : "permissive" })
        data.set("policyVersion", kernel.attribute("\(Self.selinux)/policyvers"))
        var settings = ValueMap()
        for name in ["checkreqprot", "deny_unknown", "mls", "reject_unknown", "policyvers"] {
            settings.set(name, kernel.attribute("\(Self.selinux)/\(name)"))
        }
        for name in kernel.list("\(Self.selinux)/booleans") ?? [] {
            let value = kernel.attribute("\(Self.selinux)/booleans/\(name)")
            settings.set("booleans/\(name)", value.map { String($0.prefix(1)) })
        }
        data["settings"] = .map(settings)
    }

    private func addAppArmor(_ data: inout ValueMap, _ kernel: any Kernel) {
        data["policies"] = .int(Int64(lines("\(Self.security)/apparmor/profiles", kernel).count))
    }

    private func lines(_ path: String, _ kernel: any Kernel) -> [ArraySlice<UInt8>] {
        (kernel.read(path) ?? []).split(separator: 10)
    }

    /// Profiles from `policy/profiles`, a folder each; their modes and digests are files there.
    private func profiles(_ kernel: any Kernel) -> [Seen] {
        var result: [Seen] = []
        var waiting = ["\(Self.security)/apparmor/policy/profiles"]
        while let folder = waiting.popLast(), result.count < 4096 {
            for entry in kernel.list(folder) ?? [] {
                let path = "\(folder)/\(entry)"
                let text = { (name: String) in kernel.attribute("\(path)/\(name)") }
                guard let name = text("name") else { continue }
                // Profiles within a profile lie under it, and are named after it.
                if kernel.list("\(path)/profiles") != nil { waiting.append("\(path)/profiles") }
                var data: ValueMap = ["path": .text(path)]
                data.set("mode", text("mode"))
                data.set("attachment", text("attach"))
                data.set("digest", text("sha256") ?? text("sha1"))
                result.append(
                    Seen(
                        subject: Observation.Subject(
                            type: Kind.apparmorProfile, name: subjectName(name)),
                        identity: name, data: data))
            }
        }
        return result
    }
}
