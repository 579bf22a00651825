internal import Host
internal import Resources

/// The files and pipes that processes have open, and shared memory.
final class OpenFileSource: LevelSource {
    private(set) var contract = SensorContract(
        name: "open-files", kinds: [Kind.pipe, Kind.openFile, Kind.sharedMemory],
        mechanism: "reads /proc/<pid>/fd and /proc/sysvipc/shm in the sweep, every 60 s",
        why: "the kernel announces no open or close without watching all file systems",
        privilege: "CAP_SYS_PTRACE for the processes of other users",
        fallback: "the processes it may look into",
        mayMiss: "what is open for less than a minute; folders, devices, files of /proc and /sys, "
            + "anonymous memory",
        edges: [Kind.process: ["OPENS", "READS", "WRITES"]])
    let sampled: [TypeName: SampledFields] = [
        Kind.pipe: .all, Kind.openFile: .all, Kind.sharedMemory: .all, Kind.process: .all,
    ]
    private var reader: DescriptorReader?
    private var boot = ""

    func open(_ kernel: any Kernel) -> [any KernelFeed] {
        reader = DescriptorReader(kernel)
        boot = bootSetting(kernel).boot
        return []
    }

    func read(_ kernel: any Kernel) -> Reading {
        guard var reader else { return .torn(cause: "not open") }
        var picture = OpenFiles(kernel, boot: boot)
        reader.eachProcess { process, descriptors in picture.add(process, descriptors) }
        if reader.refused > 0 {
            contract.why = "no privilege to look into \(reader.refused) of the processes"
        }
        self.reader = reader
        let segments = SharedMemory.seen(kernel.read(SharedMemory.path) ?? [], boot: boot)
        return .whole(picture.seen + segments)
    }
}

/// What the descriptors of all processes make together.
private struct OpenFiles {
    private let kernel: any Kernel
    private let boot: String
    private var edges: [Seen] = []
    private var pipes: [UInt64: (readers: Int64, writers: Int64)] = [:]
    private var files: [Observation.Subject: Seen] = [:]

    init(_ kernel: any Kernel, boot: String) {
        self.kernel = kernel
        self.boot = boot
    }

    var seen: [Seen] {
        let pipes = self.pipes.map { inode, ends in
            Seen(
                subject: Self.pipe(inode), identity: "\(boot):pipe-\(inode)",
                data: [
                    "inode": .int(Int64(clamping: inode)), "readers": .int(ends.readers),
                    "writers": .int(ends.writers),
                ])
        }
        return pipes + files.values + edges
    }

    private static func pipe(_ inode: UInt64) -> Observation.Subject {
        Observation.Subject(type: Kind.pipe, name: subjectName(String(inode)))
    }

    mutating func add(
        _ process: DescriptorReader.Process, _ descriptors: [DescriptorReader.Descriptor]
    ) {
        var opens: Set<Observation.Subject> = []
        var reads: Set<UInt64> = []
        var writes: Set<UInt64> = []
        var paths: Set<String> = []
        for one in descriptors {
            let link = "/proc/\(process.pid)/fd/\(one.number)"
            switch one.target {
            case .socket, .other: break
            case .pipe(let inode):
                opens.insert(Self.pipe(inode))
                // The bits of the link say how it was opened.
                let mode = kernel.status(link, following: false)?.mode ?? 0
                if mode & 0o400 != 0 { reads.insert(inode) }
                if mode & 0o200 != 0 { writes.insert(inode) }
            case .path(let path):
                guard paths.insert(path).inserted else { continue }
                if let file = file(path, link) { opens.insert(file) }
            }
        }
        for inode in reads { pipes[inode, default: (0, 0)].readers += 1 }
        for inode in writes { pipes[inode, default: (0, 0)].writers += 1 }
        guard !opens.isEmpty else { return }
        var links = SortedMap<[Observation.Subject]>()
        links["OPENS"] = inOrder(opens)
        if !reads.isEmpty { links["READS"] = inOrder(Set(reads.map(Self.pipe))) }
        if !writes.isEmpty { links["WRITES"] = inOrder(Set(writes.map(Self.pipe))) }
        edges.append(Seen(edgesOf: process.subject, identity: process.identity, links))
    }

    /// The subject of an open file; nil for what is no regular file of a disk.
    private mutating func file(_ path: String, _ link: String) -> Observation.Subject? {
        if ["/proc/", "/sys/", "/memfd:"].contains(where: { path.hasPrefix($0) }) { return nil }
        guard let open = kernel.status(link, following: true), open.kind == .file else {
            return nil
        }
        let device = "\(major(open.device)):\(minor(open.device))"
        var data: ValueMap = [
            "device": .text(device), "inode": .int(Int64(clamping: open.inode)),
            "uid": .int(Int64(open.user)),
        ]
        var path = path
        var links = SortedMap<[Observation.Subject]>()
        if open.links == 0 {
            let mark = " (deleted)"
            if path.hasSuffix(mark) { path = String(path.dropLast(mark.count)) }
            data["deleted"] = true
            data["sizeAtLeast"] = .int(powerOfTwo(open.size))
        } else if let named = kernel.status(path, following: true), named.inode == open.inode,
            named.device == open.device
        {
            // In another mount namespace the path may name another file, or none.
            links["AT"] = [Observation.Subject(type: Kind.openedFile, name: subjectName(path))]
        }
        data["path"] = .text(path)
        let name = links.isEmpty ? "\(path) \(device):\(open.inode)" : path
        let subject = Observation.Subject(type: Kind.openFile, name: subjectName(name))
        files[subject] = Seen(
            subject: subject, identity: "\(boot):\(device):\(open.inode)", data: data,
            links: links)
        return subject
    }

    /// Sizes change while a file is written: only the doubling is told.
    private func powerOfTwo(_ size: Int64) -> Int64 {
        size <= 0 ? 0 : 1 << (63 - size.leadingZeroBitCount)
    }

    private func major(_ device: UInt64) -> UInt64 {
        (device >> 8) & 0xFFF | (device >> 32) & 0xFFFF_F000
    }

    private func minor(_ device: UInt64) -> UInt64 {
        device & 0xFF | (device >> 12) & 0xFFFF_FF00
    }
}
