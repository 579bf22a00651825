/// Which settings of the kernel are reported, and the names they have.
enum SysctlNames {
    /// Folders that are not read, each with why. Names are as sysctl(8) writes them.
    static let leftOut: [String: String] = [
        "kernel.random": "entropy, and identifiers that differ at each reading",
        "fs.binfmt_misc": "a file system of its own",
        "net.ipv4.conf": "one copy for each interface; all and default are read",
        "net.ipv6.conf": "one copy for each interface; all and default are read",
        "net.ipv4.neigh": "one copy for each interface; default is read",
        "net.ipv6.neigh": "one copy for each interface; default is read",
        "net.mpls.conf": "one copy for each interface",
        "kernel.sched_domain": "one copy for each processor",
        "sunrpc": "reading its debug flags has effects",
    ]

    /// Folders within those that are read.
    static let kept: Set<String> = [
        "net.ipv4.conf.all", "net.ipv4.conf.default", "net.ipv6.conf.all",
        "net.ipv6.conf.default", "net.ipv4.neigh.default", "net.ipv6.neigh.default",
    ]

    /// Single settings that are not read, each with why.
    static let counters: [String: String] = [
        "fs.aio-nr": "a counter", "fs.dentry-state": "a counter", "fs.file-nr": "a counter",
        "fs.inode-nr": "a counter", "fs.inode-state": "a counter", "fs.mqueue.queues": "a counter",
        "fs.quota.allocated_dquots": "a counter", "fs.quota.cache_hits": "a counter",
        "fs.quota.drops": "a counter", "fs.quota.free_dquots": "a counter",
        "fs.quota.lookups": "a counter", "fs.quota.reads": "a counter",
        "fs.quota.syncs": "a counter", "fs.quota.writes": "a counter",
        "fs.fuse.conn_waiting": "a counter",
        "kernel.ns_last_pid": "the last process number", "kernel.pty.nr": "a counter",
        "kernel.hung_task_detect_count": "a counter", "kernel.hung_task_warnings": "a counter",
        "kernel.perf_event_max_sample_rate": "the kernel lowers it when it is busy",
        "net.netfilter.nf_conntrack_count": "a counter",
        "net.ipv4.route.flush": "writing only", "net.ipv6.route.flush": "writing only",
        "vm.compact_memory": "writing only", "vm.drop_caches": "writing only",
        "vm.stat_refresh": "reading it has effects",
        "kernel.domainname": "the machine sensor reads it",
        "kernel.cad_pid": "a process number",
    ]

    /// Settings whose values may be secret: reported without.
    static let secret = ["stable_secret", "tcp_fastopen_key"]

    /// The name of a path under `/proc/sys`: a dot in a part is written as a slash.
    static func name(_ parts: [String]) -> String {
        parts.map { part in String(part.map { $0 == "." ? "/" : $0 }) }.joined(separator: ".")
    }

    /// The name that a line of a configuration file means: it may be written with slashes.
    static func name(configured text: String) -> String {
        guard let first = text.first(where: { $0 == "." || $0 == "/" }), first == "/" else {
            return text
        }
        return name(text.split(separator: "/").map { String($0) })
    }
}
