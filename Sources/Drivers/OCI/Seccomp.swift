internal import Resources

/// The system calls a container may not make: those Docker's default profile keeps from
/// containers without capabilities, as a list of refusals instead of permissions
/// (moby/profiles/seccomp/default.json). They fail with EPERM, as they would without the right.
enum Seccomp {
    /// Kernel, modules, clocks, mounts, namespaces, tracing, keys, raw I/O and accounting.
    static let refused = [
        "acct", "add_key", "adjtimex", "bpf", "clock_adjtime", "clock_settime", "create_module",
        "delete_module", "fanotify_init", "finit_module", "fsconfig", "fsmount", "fsopen",
        "fspick", "get_kernel_syms", "get_mempolicy", "init_module", "io_uring_enter",
        "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load",
        "kexec_load", "keyctl", "lookup_dcookie", "mbind", "migrate_pages", "mount",
        "mount_setattr", "move_mount", "move_pages", "name_to_handle_at", "nfsservctl",
        "open_by_handle_at", "open_tree", "perf_event_open", "pivot_root", "process_madvise",
        "process_vm_readv", "process_vm_writev", "ptrace", "query_module", "quotactl",
        "quotactl_fd", "reboot", "request_key", "set_mempolicy", "setdomainname", "sethostname",
        "setns", "settimeofday", "stime", "swapoff", "swapon", "sysfs", "syslog", "umount",
        "umount2", "unshare", "uselib", "userfaultfd", "ustat", "vhangup", "vm86", "vm86old",
    ]

    /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (sched.h).
    private static let namespaceFlags: [Int64] = [
        0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
    ]

    static var profile: Value {
        let clone = namespaceFlags.map { flag -> Value in
            let condition: Value = [
                "index": 0, "value": .int(flag), "valueTwo": .int(flag),
                "op": "SCMP_CMP_MASKED_EQ",
            ]
            return [
                "names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                "args": .list([condition]),
            ]
        }
        let calls: [Value] = [
            [
                "names": .list(refused.map { .text($0) }), "action": "SCMP_ACT_ERRNO",
                "errnoRet": 1,
            ],
            // Its flags lie in memory, where a filter cannot look: the C library then uses clone.
            ["names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38],
        ]
        return ["defaultAction": "SCMP_ACT_ALLOW", "syscalls": .list(calls + clone)]
    }
}
