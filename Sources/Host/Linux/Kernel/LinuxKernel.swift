internal import CHost
internal import Glibc
internal import Resources

/// The kernel this process runs on. Used by one thread.
public final class LinuxKernel: Kernel {
    public let clock: any Clock = LinuxClock()
    private let procfs: Int32

    /// The kernel of this machine.
    public init() {
        procfs = unsafe open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    deinit { _ = Glibc.close(procfs) }

    public var suspended: UInt64 {
        let (boot, monotonic) = (nanoseconds(CLOCK_BOOTTIME), nanoseconds(CLOCK_MONOTONIC))
        return boot > monotonic ? boot - monotonic : 0
    }

    private func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    public func processEvents(bufferBytes: Int) throws(KernelError) -> any KernelFeed {
        let operation = "subscribe to process events"
        let feed = try NetlinkFeed(
            protocol: 11, groups: 1, bufferBytes: bufferBytes, slot: 256, operation: operation)
        // fork, exec, uid, gid, comm, exit; not sessions, ptrace and core dumps.
        let mask: UInt32 = 0x1 | 0x2 | 0x4 | 0x40 | 0x200 | 0x8000_0000
        let sent = chost_connector_listen(feed.socket, mask)
        guard sent == 0 else { throw refusal(operation, -sent) }
        guard chost_wait_readable(feed.socket, 250) == 1 else {
            throw KernelError(
                operation: operation, cause: "the kernel did not answer",
                remedy: "run in the initial user and process namespaces with CAP_NET_ADMIN")
        }
        return feed
    }

    public func networkEvents(bufferBytes: Int) throws(KernelError) -> any KernelFeed {
        // RTMGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE.
        try NetlinkFeed(
            protocol: 0, groups: 0x1 | 0x10 | 0x40 | 0x100 | 0x400, bufferBytes: bufferBytes,
            slot: 32_768, operation: "subscribe to network changes")
    }

    public func watch(_ path: String, trigger: String?) throws(KernelError) -> any KernelFeed {
        try WatchedFile(path, trigger: trigger)
    }

    public func processes() -> [Int32] {
        var pids = [Int32](repeating: 0, count: 4096)
        while true {
            let count = unsafe chost_process_list(procfs, &pids, pids.count)
            if count <= pids.count { return pids.prefix(max(0, count)).sorted() }
            pids = [Int32](repeating: 0, count: count + 1024)
        }
    }

    public func read(
        _ file: ProcessFile, of pid: Int32, into buffer: inout [UInt8]
    ) -> ReadOutcome {
        let count =
            switch file {
            case .executable: unsafe chost_process_link(procfs, pid, &buffer, buffer.count)
            case .stat, .status, .cmdline, .cgroup:
                unsafe chost_process_read(procfs, pid, file.rawValue, &buffer, buffer.count)
            }
        if count >= 0 { return .bytes(count) }
        return count == -Int(EACCES) || count == -Int(EPERM) ? .refused : .gone
    }

    public func read(_ path: String) -> [UInt8]? {
        // A file that is not there or not ours to read is an answer: the field is left out.
        try? LinuxFile.read(path, limit: Limits.kernelTextBytes.value)
    }

    public func mountIdentifiers() -> [UInt64: UInt64] {
        var pairs = [UInt64](repeating: 0, count: 2048)
        var count = unsafe chost_mount_identifiers(&pairs, pairs.count / 2)
        if count > pairs.count / 2 {
            pairs = [UInt64](repeating: 0, count: 2 * count + 256)
            count = unsafe chost_mount_identifiers(&pairs, pairs.count / 2)
        }
        var unique: [UInt64: UInt64] = [:]
        for index in 0..<min(max(0, count), pairs.count / 2) {
            unique[pairs[2 * index]] = pairs[2 * index + 1]
        }
        return unique
    }

    public func networkNamespace() -> UInt64 {
        var status = stat()
        guard unsafe stat("/proc/thread-self/ns/net", &status) == 0 else { return 0 }
        return UInt64(status.st_ino)
    }

    public func systemName() -> SystemName {
        var name = utsname()
        _ = unsafe uname(&name)
        return SystemName(
            release: text(name.release), version: text(name.version),
            architecture: text(name.machine), host: text(name.nodename))
    }

    private func text(_ field: some Any) -> String {
        unsafe withUnsafeBytes(of: field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

func refusal(_ operation: String, _ code: Int32) -> KernelError {
    KernelError(
        operation: operation, cause: unsafe String(cString: strerror(code)),
        remedy: code == EPERM || code == EACCES
            ? "grant CAP_NET_ADMIN" : "see the contract's fallback")
}
