internal import Host
public import Resources
internal import Synchronization

extension CommandLog {
    /// Opens the log of a directory, recovering it after any crash, or makes it.
    ///
    /// The identifiers are those of a log that is made now; an existing one keeps its own. A
    /// damaged log opens for reading only: see `state`. One that is made now begins behind
    /// `origin`: a copy of a log whose older entries are gone, beside a checkpoint of that position.
    public static func open(
        disk: D, directory: String, mount: Namespace, clusterID: Identifier, logID: Identifier,
        options: LogOptions, origin: LogOrigin = .beginning
    ) throws(LogError) -> CommandLog {
        let lockFile: D.File
        do throws(DiskError) {
            if try !disk.exists(directory) {
                try disk.createDirectory(directory)
            }
            // Always, because an earlier process may have died between making and syncing it.
            try disk.syncDirectory(parent(of: directory))
            lockFile = try disk.lock(directory + "/lock")
        } catch {
            throw error.errno == DiskError.wouldBlock && error.operation == .lock
                ? .locked(path: directory + "/lock") : .disk(error)
        }
        do throws(LogError) {
            var options = options
            let witness = try Checkpoints(disk: disk, directory: directory).witness()
            // A copy of what a cluster ordered is synced in groups: what the graph had of it may
            // be lost here, and comes again.
            let isCopy = try ForwardPointer.read(disk, directory) != nil
            options.knownDurable = isCopy ? witness : max(options.knownDurable, witness)
            let place = LogPlace(disk: disk, directory: directory, mount: mount)
            let chain: Chain
            if let found = try FileChainRegister(disk: disk, directory: directory).read() {
                chain = found
            } else {
                chain = try place.found(
                    cluster: clusterID, log: logID, options: options, origin: origin)
            }
            let parts = try place.open(chain, options: options)
            return CommandLog(
                disk: disk, directory: directory, mount: mount, options: options,
                lockFile: lockFile, parts: parts)
        } catch {
            lockFile.close()
            throw error
        }
    }
}

/// The directory that holds `path`.
func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The directory of a log.
struct LogPlace<D: Disk> {
    let disk: D
    let directory: String
    let mount: Namespace

    /// The name of the file loglet of that number.
    static func name(_ number: UInt64) -> String { "file:\(number)" }

    /// The number of a file loglet; nil for other kinds.
    static func number(_ name: String) -> UInt64? {
        name.hasPrefix("file:") ? UInt64(name.dropFirst(5)) : nil
    }

    func files(_ number: UInt64) -> LogletFiles {
        LogletFiles(
            directory: directory + "/loglets/" + LogletFiles.padded(number),
            quarantine: directory + "/quarantine")
    }

    /// Makes the first loglet and the register. Refuses to start anew over entries whose register
    /// is missing.
    func found(
        cluster: Identifier, log: Identifier, options: LogOptions, origin: LogOrigin
    ) throws(LogError) -> Chain {
        let number: UInt64 = 1
        try refuseLeftovers(number)
        let identity = LogletIdentity(
            cluster: cluster, log: log, number: number, epoch: origin.epoch)
        let first = origin.position.next
        let loglet = try FileLoglet.create(
            disk: disk, files: files(number), identity: identity, mount: mount, options: options,
            first: first, previous: origin.hash)
        loglet.close()
        let (disk, loglets) = (disk, directory + "/loglets")
        try onDisk { () throws(DiskError) in try disk.syncDirectory(loglets) }
        let link = Chain.Link(
            loglet: Self.name(number), epoch: origin.epoch, first: first, last: nil)
        guard
            let chain = Chain(version: origin.epoch, cluster: cluster, log: log, links: [link])
        else {
            preconditionFailure("a chain of one open link is well formed")
        }
        try FileChainRegister(disk: disk, directory: directory).compareAndSet(expected: 0, chain)
        return chain
    }

    /// A crash before the first register leaves an empty loglet; entries without one are damage.
    private func refuseLeftovers(_ number: UInt64) throws(LogError) {
        let files = files(number)
        let entries = try onDisk { () throws(DiskError) -> Bool in
            try disk.createDirectory(directory + "/loglets")
            try disk.syncDirectory(directory)
            let names = try disk.list(directory + "/loglets")
            guard names.contains(LogletFiles.padded(number)) else { return !names.isEmpty }
            for name in try disk.list(files.directory) where name.hasSuffix(".segment") {
                let path = files.directory + "/" + name
                let file = try disk.open(path, writing: false)
                defer { file.close() }
                var scanner = SegmentScanner(
                    file, size: try file.size(), direct: false, chunk: 1 << 20)
                if try scanner.firstNonZero(from: SegmentHeader.bytes) != nil { return true }
            }
            return false
        }
        if entries {
            throw .corrupt(
                Defect(
                    position: Position(1), file: directory + "/chain", offset: 0,
                    reason: "the register is missing, but there are entries; restore the file"))
        }
    }

    /// Removes loglets that the chain does not name: a move or a trim was cut short.
    private func sweep(_ chain: Chain) throws(DiskError) {
        let named = chain.links.compactMap { Self.number($0.loglet).map(LogletFiles.padded) }
        let all = directory + "/loglets"
        for name in try disk.list(all) where !named.contains(name) {
            let orphan = all + "/" + name
            for file in try disk.list(orphan) { try disk.remove(orphan + "/" + file) }
            try disk.removeDirectory(orphan)
        }
    }

    /// Opens every loglet of a chain.
    func open(_ chain: Chain, options: LogOptions) throws(LogError) -> CommandLog<D>.Parts {
        try onDisk { () throws(DiskError) in try sweep(chain) }
        var loglets: [FileLoglet<D>] = []
        for link in chain.links {
            guard let number = Self.number(link.loglet) else {
                throw .corrupt(
                    Defect(
                        position: link.first, file: directory + "/chain", offset: 0,
                        reason: "loglet \(link.loglet) is of a kind this binary does not know"))
            }
            let identity = LogletIdentity(
                cluster: chain.cluster, log: chain.log, number: number, epoch: link.epoch)
            var options = options
            if let last = link.last { options.knownDurable = last }
            loglets.append(
                try FileLoglet.open(
                    disk: disk, files: files(number), identity: identity, mount: mount,
                    options: options))
        }
        guard let active = loglets.last else {
            preconditionFailure("a chain has at least one link")
        }
        return CommandLog<D>.Parts(chain: chain, loglets: loglets, active: active)
    }
}

/// Where a log begins: behind that entry.
public struct LogOrigin: Hashable, Sendable {
    /// The entry before its first one.
    public let position: Position
    /// The chain hash there.
    public let hash: ChainHash
    /// The epoch of that entry.
    public let epoch: UInt64

    /// Where a new log begins.
    public static let beginning = LogOrigin(position: .zero, hash: .zero, epoch: 1)

    /// Behind an entry of another machine's copy.
    public init(position: Position, hash: ChainHash, epoch: UInt64) {
        self.position = position
        self.hash = hash
        self.epoch = epoch
    }
}
