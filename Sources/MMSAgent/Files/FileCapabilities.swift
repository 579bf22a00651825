internal import Resources

/// What a program may do whoever starts it, as `security.capability` says (capabilities(7)).
enum FileCapabilities {
    static let attribute = "security.capability"

    /// In getcap's words: `cap_chown,cap_fowner=ep`; nil for what is malformed.
    static func text(_ bytes: [UInt8]) -> String? {
        let word = { (at: Int) -> UInt64 in
            bytes[at..<at + 4].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard bytes.count >= 4 else { return nil }
        let pairs: Int
        switch (bytes[3], bytes.count) {
        case (1, 12): pairs = 1
        case (2, 20), (3, 24): pairs = 2
        default: return nil
        }
        var (permitted, inheritable): (UInt64, UInt64) = (0, 0)
        for pair in 0..<pairs {
            permitted |= word(4 + pair * 8) << UInt64(pair * 32)
            inheritable |= word(8 + pair * 8) << UInt64(pair * 32)
        }
        let isEffective = bytes[0] & 1 != 0
        var groups: [String: [String]] = [:]
        for bit in UInt64(0)..<64 where (permitted | inheritable) >> bit & 1 != 0 {
            var flags = isEffective ? "e" : ""
            if inheritable >> bit & 1 != 0 { flags += "i" }
            if permitted >> bit & 1 != 0 { flags += "p" }
            let name = bit < UInt64(names.count) ? "cap_" + names[Int(bit)] : "\(bit)"
            groups[flags, default: []].append(name)
        }
        let texts = groups.sorted { $0.key < $1.key }.map { flags, names in
            "\(names.joined(separator: ","))=\(flags)"
        }
        return texts.joined(separator: " ")
    }

    /// By number.
    private static let names = [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
        "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
        "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace",
        "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
        "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
        "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
        "perfmon", "bpf", "checkpoint_restore",
    ]
}
