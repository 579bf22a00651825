/// What the World's disk holds. Pure: every random choice comes from its own seed.
struct SimulatedDiskState {
    var random: SeededRandom
    var capacity: Int
    var faults = SimulatedDisk.Faults()
    var refusesDirect = false
    var isReadOnly = false
    /// Whose steps the changes are.
    var life: WorldLife?
    var planned: [(operation: DiskError.Operation, errno: Int32)] = []
    /// Operations so far, of all kinds, and the one that fails.
    var operations = 0
    var failing: (operation: Int, errno: Int32)?
    private var inodes: [Int: Inode] = [:]
    private var nextInode = 1
    /// Names as the process sees them, and as they are after a crash.
    private var names: [String: Node] = ["/": .directory]
    private var durableNames: [String: Node] = ["/": .directory]
    /// Changes of names not yet synced, oldest first.
    private var pendingNames: [NameChange] = []
    private var locks: [Int: Int] = [:]
    private var openHandles: Set<Int> = []
    private var nextHandle = 1

    static let sector = 512

    /// A file's bytes.
    struct Inode {
        /// What reads see.
        var cache: [UInt8] = []
        /// What a crash leaves.
        var durable: [UInt8] = []
        /// Written, not synced; in order.
        var pending: [Write] = []
    }

    enum Write {
        case bytes([UInt8], at: Int)
        case size(Int)
    }

    enum Node: Equatable {
        case directory
        case file(Int)
    }

    /// A name's new meaning; nil removes it.
    struct NameChange {
        var directory: String
        var changes: [(path: String, node: Node?)]
    }

    /// An open file.
    struct Handle: Sendable {
        let number: Int
        let inode: Int
        let path: String
    }

    init(seed: UInt64, capacity: Int) {
        random = SeededRandom(seed: seed)
        self.capacity = capacity
    }

    var free: Int { max(0, capacity - inodes.values.reduce(0) { $0 + $1.cache.count }) }

    private mutating func happens(_ rate: KeyPath<SimulatedDisk.Faults, UInt64>) -> Bool {
        let rate = faults[keyPath: rate]
        return rate > 0 && random.oneIn(rate)
    }

    private mutating func failPlanned(
        _ operation: DiskError.Operation, _ path: String
    ) throws(DiskError) {
        if let life, !(operation.changes ? life.takesStep() : !life.isOver) {
            throw DiskError(operation, path, errno: DiskError.inputOutput)
        }
        operations += 1
        if let failing, failing.operation == operations {
            throw DiskError(operation, path, errno: failing.errno)
        }
        guard let index = planned.firstIndex(where: { $0.operation == operation }) else { return }
        throw DiskError(operation, path, errno: planned.remove(at: index).errno)
    }

    func refuseReadOnly(_ operation: DiskError.Operation, _ path: String) throws(DiskError) {
        if isReadOnly { throw DiskError(operation, path, errno: DiskError.readOnly) }
    }
}

// MARK: Files

extension SimulatedDiskState {
    func inode(
        _ handle: Handle, _ operation: DiskError.Operation
    ) throws(DiskError) -> Inode {
        guard openHandles.contains(handle.number), let inode = inodes[handle.inode] else {
            throw DiskError(operation, handle.path, errno: 9)
        }
        return inode
    }

    mutating func read(
        _ handle: Handle, at offset: Int, count: Int
    ) throws(DiskError) -> [UInt8] {
        try failPlanned(.read, handle.path)
        let inode = try inode(handle, .read)
        if happens(\.readErrors) {
            throw DiskError(.read, handle.path, errno: DiskError.inputOutput)
        }
        return Self.part(inode.cache, offset, count)
    }

    mutating func readDirect(
        _ handle: Handle, at offset: Int, count: Int
    ) throws(DiskError) -> [UInt8] {
        try failPlanned(.readDirect, handle.path)
        let inode = try inode(handle, .readDirect)
        if refusesDirect { throw DiskError(.readDirect, handle.path, errno: DiskError.invalid) }
        if happens(\.readErrors) {
            throw DiskError(.readDirect, handle.path, errno: DiskError.inputOutput)
        }
        // The device, with the dirty pages that Linux writes back before a direct read.
        var device = inode.durable
        for write in inode.pending { Self.apply(write, to: &device) }
        return Self.part(device, offset, count)
    }

    mutating func write(_ handle: Handle, _ bytes: [UInt8], at offset: Int) throws(DiskError) {
        try failPlanned(.write, handle.path)
        try refuseReadOnly(.write, handle.path)
        let old = try inode(handle, .write)
        if happens(\.writeErrors) {
            throw DiskError(.write, handle.path, errno: DiskError.inputOutput)
        }
        let room = free - max(0, offset - old.cache.count)
        let growth = max(0, offset + bytes.count - old.cache.count)
        let fits = growth <= room ? bytes.count : max(0, bytes.count - (growth - max(0, room)))
        let write = Write.bytes(Array(bytes.prefix(fits)), at: offset)
        let isLost = happens(\.lostWrites)
        let isMisdirected = happens(\.misdirectedWrites)
        let shift = Self.sector * (Int(random.next() % 15) - 7)
        modify(handle.inode) { inode in
            Self.apply(write, to: &inode.cache)
            if isMisdirected, offset + shift >= 0 {
                let most = max(0, inode.cache.count - offset - shift)
                inode.pending.append(
                    .bytes(Array(bytes.prefix(min(fits, most))), at: offset + shift))
            } else if !isLost {
                inode.pending.append(write)
            }
        }
        if fits < bytes.count {
            throw DiskError(.write, handle.path, errno: DiskError.noSpace, written: fits)
        }
    }

    mutating func sync(_ handle: Handle) throws(DiskError) {
        let inode = try inode(handle, .sync)
        do throws(DiskError) {
            try failPlanned(.sync, handle.path)
            if happens(\.syncErrors) {
                throw DiskError(.sync, handle.path, errno: DiskError.inputOutput)
            }
        } catch {
            // The pages are clean now: what did not reach the device never will.
            let kept = survivors(inode.pending)
            modify(handle.inode) { inode in
                for write in kept { Self.apply(write, to: &inode.durable) }
                inode.pending = []
            }
            throw error
        }
        modify(handle.inode) { inode in
            for write in inode.pending { Self.apply(write, to: &inode.durable) }
            inode.pending = []
        }
    }

    mutating func truncate(_ handle: Handle, to size: Int) throws(DiskError) {
        try failPlanned(.truncate, handle.path)
        try refuseReadOnly(.truncate, handle.path)
        let old = try inode(handle, .truncate)
        if size - old.cache.count > free {
            throw DiskError(.truncate, handle.path, errno: DiskError.noSpace)
        }
        modify(handle.inode) { inode in
            Self.apply(.size(size), to: &inode.cache)
            inode.pending.append(.size(size))
        }
    }

    mutating func close(_ handle: Handle) {
        guard openHandles.remove(handle.number) != nil else { return }
        if locks[handle.inode] == handle.number { locks[handle.inode] = nil }
    }

    private mutating func modify(_ number: Int, _ body: (inout Inode) -> Void) {
        guard var inode = inodes.removeValue(forKey: number) else { return }
        body(&inode)
        inodes[number] = inode
    }

    private static func part(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> [UInt8] {
        guard offset < bytes.count, count > 0 else { return [] }
        return Array(bytes[offset..<offset + min(count, bytes.count - offset)])
    }

    private static func apply(_ write: Write, to bytes: inout [UInt8]) {
        switch write {
        case .bytes(let new, let offset):
            let missing = offset + new.count - bytes.count
            if missing > 0 { bytes.append(contentsOf: [UInt8](repeating: 0, count: missing)) }
            bytes.replaceSubrange(offset..<offset + new.count, with: new)
        case .size(let size):
            if size < bytes.count { bytes.removeLast(bytes.count - size) }
            let missing = size - bytes.count
            if missing > 0 { bytes.append(contentsOf: [UInt8](repeating: 0, count: missing)) }
        }
    }

    /// What reaches the device of writes that were not synced: each whole, not at all, or torn.
    private mutating func survivors(_ writes: [Write]) -> [Write] {
        var kept: [Write] = []
        for write in writes {
            let fate = random.next() % 3
            guard case .bytes(let bytes, let offset) = write, fate == 2 else {
                if fate != 0 { kept.append(write) }
                continue
            }
            var start = 0
            while start < bytes.count {
                let room = Self.sector - (offset + start) % Self.sector
                let end = min(start + room, bytes.count)
                if random.oneIn(2) {
                    kept.append(.bytes(Array(bytes[start..<end]), at: offset + start))
                }
                start = end
            }
        }
        return kept
    }
}

// MARK: Names

extension SimulatedDiskState {
    mutating func open(_ path: String) throws(DiskError) -> Handle {
        try failPlanned(.open, path)
        guard case .file(let inode) = names[path] else {
            throw DiskError(.open, path, errno: DiskError.notFound)
        }
        return handle(inode, path)
    }

    mutating func create(
        _ path: String, _ operation: DiskError.Operation
    ) throws(DiskError) -> Handle {
        try failPlanned(operation, path)
        try refuseReadOnly(operation, path)
        if names[path] != nil { throw DiskError(operation, path, errno: DiskError.exists) }
        try requireParent(path, operation)
        let inode = nextInode
        nextInode += 1
        inodes[inode] = Inode()
        change(path, [(path, .file(inode))])
        return handle(inode, path)
    }

    mutating func lock(_ path: String) throws(DiskError) -> Handle {
        let handle = names[path] == nil ? try create(path, .lock) : try open(path)
        if locks[handle.inode] != nil {
            close(handle)
            throw DiskError(.lock, path, errno: DiskError.wouldBlock)
        }
        locks[handle.inode] = handle.number
        return handle
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        guard names[directory] == .directory else {
            throw DiskError(.list, directory, errno: DiskError.notFound)
        }
        let prefix = directory == "/" ? "/" : directory + "/"
        return names.keys.filter { $0 != "/" && $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }.filter { !$0.contains("/") }.sorted()
    }

    mutating func rename(_ path: String, to newPath: String) throws(DiskError) {
        try failPlanned(.rename, path)
        try refuseReadOnly(.rename, path)
        guard case .file(let inode) = names[path] else {
            throw DiskError(.rename, path, errno: DiskError.notFound)
        }
        change(path, [(path, nil), (newPath, .file(inode))])
        collect()
    }

    mutating func remove(_ path: String) throws(DiskError) {
        try failPlanned(.remove, path)
        try refuseReadOnly(.remove, path)
        guard case .file = names[path] else {
            throw DiskError(.remove, path, errno: DiskError.notFound)
        }
        change(path, [(path, nil)])
        collect()
    }

    mutating func createDirectory(_ path: String) throws(DiskError) {
        if names[path] == .directory { return }
        try refuseReadOnly(.createDirectory, path)
        try requireParent(path, .createDirectory)
        change(path, [(path, .directory)])
    }

    mutating func removeDirectory(_ path: String) throws(DiskError) {
        try refuseReadOnly(.remove, path)
        guard try list(path).isEmpty else { throw DiskError(.remove, path, errno: 39) }
        change(path, [(path, nil)])
    }

    mutating func syncDirectory(_ path: String) throws(DiskError) {
        try failPlanned(.syncDirectory, path)
        guard names[path] == .directory else {
            throw DiskError(.syncDirectory, path, errno: DiskError.notFound)
        }
        for change in pendingNames where change.directory == path { commit(change) }
        pendingNames.removeAll { $0.directory == path }
        collect()
    }

    private func requireParent(
        _ path: String, _ operation: DiskError.Operation
    ) throws(DiskError) {
        guard names[Self.parent(path)] == .directory else {
            throw DiskError(operation, path, errno: DiskError.notFound)
        }
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private mutating func change(_ path: String, _ changes: [(path: String, node: Node?)]) {
        for (path, node) in changes { names[path] = node }
        pendingNames.append(NameChange(directory: Self.parent(path), changes: changes))
    }

    private mutating func commit(_ change: NameChange) {
        for (path, node) in change.changes { durableNames[path] = node }
    }

    private mutating func handle(_ inode: Int, _ path: String) -> Handle {
        defer { nextHandle += 1 }
        openHandles.insert(nextHandle)
        return Handle(number: nextHandle, inode: inode, path: path)
    }

    /// Lets go of files that no name can bring back.
    private mutating func collect() {
        var live: Set<Int> = []
        for case .file(let inode) in names.values { live.insert(inode) }
        for case .file(let inode) in durableNames.values { live.insert(inode) }
        for change in pendingNames {
            for case .file(let inode)? in change.changes.map(\.node) { live.insert(inode) }
        }
        inodes = inodes.filter { live.contains($0.key) }
    }
}

// MARK: Crashes and damage

extension SimulatedDiskState {
    mutating func endProcess() {
        openHandles = []
        locks = [:]
    }

    mutating func crash() {
        endProcess()
        for number in inodes.keys.sorted() {
            let kept = survivors(inodes[number]?.pending ?? [])
            modify(number) { inode in
                for write in kept { Self.apply(write, to: &inode.durable) }
                inode.pending = []
                inode.cache = inode.durable
            }
        }
        // Of each directory a prefix of its changes reaches the journal.
        for directory in Set(pendingNames.map(\.directory)).sorted() {
            let changes = pendingNames.filter { $0.directory == directory }
            let kept = Int(random.next() % UInt64(changes.count + 1))
            for change in changes.prefix(kept) { commit(change) }
        }
        pendingNames = []
        dropOrphans()
        names = durableNames
        collect()
    }

    /// A name is gone when a directory above it is.
    private mutating func dropOrphans() {
        for path in durableNames.keys.sorted() where path != "/" {
            if durableNames[Self.parent(path)] != .directory { durableNames[path] = nil }
        }
    }

    func bytes(of path: String) -> [UInt8]? {
        guard case .file(let inode) = names[path] else { return nil }
        return inodes[inode]?.cache
    }

    mutating func flip(_ path: String, at offset: Int, mask: UInt8) {
        guard case .file(let number) = names[path] else { return }
        modify(number) { inode in
            if offset < inode.cache.count { inode.cache[offset] ^= mask }
            if offset < inode.durable.count { inode.durable[offset] ^= mask }
        }
    }

    mutating func overwrite(_ path: String, with bytes: [UInt8]) {
        guard case .file(let number) = names[path] else { return }
        modify(number) { inode in
            inode.cache = bytes
            inode.durable = bytes
            inode.pending = []
        }
    }

    var digest: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for path in durableNames.keys.sorted() {
            for byte in path.utf8 { mix(byte) }
            guard case .file(let inode) = durableNames[path] else { continue }
            for byte in inodes[inode]?.durable ?? [] { mix(byte) }
        }
        return hash
    }
}

extension DiskError.Operation {
    /// True for what leaves the disk another than it was.
    fileprivate var changes: Bool {
        switch self {
        case .create, .rename, .remove, .write, .sync, .truncate, .createDirectory,
            .syncDirectory:
            true
        case .open, .list, .lock, .size, .read, .freeBytes, .readDirect: false
        }
    }
}
