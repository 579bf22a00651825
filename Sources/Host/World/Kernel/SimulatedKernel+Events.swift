internal import Resources

extension SimulatedKernel {
    // MARK: Processes

    /// Forks a process; nil when all numbers are taken. Time passes, so that no two processes of
    /// a number start in the same tick.
    @discardableResult
    public func fork(_ parent: Int32) -> Int32? {
        time.advance(milliseconds: 10)
        guard var child = table[parent], !child.isZombie else { return nil }
        for _ in 0..<pidMost {
            lastPid = lastPid >= pidMost ? 2 : lastPid + 1
            if table[lastPid] == nil { break }
        }
        guard table[lastPid] == nil else { return nil }
        child.pid = lastPid
        child.parent = parent
        child.start = time.ticks.nanoseconds / 10_000_000
        table[lastPid] = child
        tell(0x1, parent, parent, lastPid, lastPid)
        return lastPid
    }

    /// Gives a process a new program.
    public func execute(_ pid: Int32, _ path: String, _ arguments: [String]) {
        guard table[pid]?.isZombie == false else { return }
        table[pid]?.executable = path
        table[pid]?.arguments = arguments
        table[pid]?.name = String(path.split(separator: "/").last?.prefix(15) ?? "")
        tell(0x2, pid, pid, 0, 0)
    }

    /// Changes a process's effective user.
    public func setUser(_ pid: Int32, _ user: UInt32) {
        guard table[pid]?.isZombie == false else { return }
        table[pid]?.user = user
        tell(0x4, pid, pid, Int32(user), Int32(user))
    }

    /// Ends a process; its children go to the first one. It is a zombie until `reap`.
    public func exit(_ pid: Int32, status: Int32) {
        guard pid != 1, table[pid]?.isZombie == false else { return }
        table[pid]?.isZombie = true
        for child in table.keys where table[child]?.parent == pid { table[child]?.parent = 1 }
        tell(0x8000_0000, pid, pid, status, 17)
    }

    /// Removes all zombies.
    public func reap() {
        for pid in table.keys.sorted() where table[pid]?.isZombie == true { table[pid] = nil }
    }

    private func tell(_ kind: UInt32, _ words: Int32...) {
        var bytes = Bytes()
        bytes.add(UInt32(76), UInt16(3), UInt16(0), UInt32(0), UInt32(0))
        bytes.add(UInt32(1), UInt32(1), UInt32(0), UInt32(0), UInt16(40), UInt16(0))
        bytes.add(kind, UInt32(0), time.ticks.nanoseconds)
        for word in words { bytes.add(word) }
        bytes.pad(to: 76)
        send(.processes, bytes.all)
    }

    func send(_ kind: SimulatedFeed.Kind, _ bytes: [UInt8]) {
        for feed in feeds where feed.kind == kind { feed.send(bytes) }
    }

    // MARK: Network

    /// Adds an interface, of an index asked for or the next; nil when one has the name or index.
    @discardableResult
    public func addInterface(_ name: String, index wanted: Int32? = nil) -> Int32? {
        guard !interfaces.values.contains(where: { $0.name == name }),
            wanted.map({ interfaces[$0] == nil }) != false
        else { return nil }
        let index = wanted ?? lastIndex + 1
        lastIndex = max(lastIndex, index)
        lastInstance += 1
        let one = Interface(index: index, name: name, isUp: false, instance: lastInstance)
        interfaces[index] = one
        tellNetwork(encode(one, kind: 16))
        return index
    }

    /// Renames an interface, unless one has the name.
    public func rename(_ index: Int32, _ name: String) {
        guard !interfaces.values.contains(where: { $0.name == name }) else { return }
        interfaces[index]?.name = name
        if let one = interfaces[index] { tellNetwork(encode(one, kind: 16)) }
    }

    /// Sets an interface up or down. Down takes its routes, and as on Linux no message says so.
    public func setUp(_ index: Int32, _ isUp: Bool) {
        interfaces[index]?.isUp = isUp
        if !isUp { routes.removeAll { $0.interface == index } }
        if let one = interfaces[index] { tellNetwork(encode(one, kind: 16)) }
    }

    /// Removes an interface with its addresses, which are told, and its routes, which are not.
    public func removeInterface(_ index: Int32) {
        guard let one = interfaces.removeValue(forKey: index) else { return }
        routes.removeAll { $0.interface == index }
        for address in one.addresses { tellNetwork(encode(address, on: index, kind: 21)) }
        tellNetwork(encode(one, kind: 17))
    }

    /// Adds an address of five bytes: four and the prefix length.
    public func addAddress(_ address: [UInt8], on index: Int32) {
        guard interfaces[index]?.addresses.contains(address) == false else { return }
        interfaces[index]?.addresses.append(address)
        tellNetwork(encode(address, on: index, kind: 20))
    }

    /// Removes an address.
    public func removeAddress(_ address: [UInt8], on index: Int32) {
        guard interfaces[index]?.addresses.contains(address) == true else { return }
        interfaces[index]?.addresses.removeAll { $0 == address }
        tellNetwork(encode(address, on: index, kind: 21))
    }

    /// Adds a route through an interface that is up.
    public func addRoute(_ destination: [UInt8], on index: Int32) {
        let route = Route(destination: destination, interface: index)
        guard interfaces[index]?.isUp == true, !routes.contains(route) else { return }
        routes.append(route)
        tellNetwork(encode(route, kind: 24))
    }

    /// Removes a route.
    public func removeRoute(_ route: Route) {
        guard routes.contains(route) else { return }
        routes.removeAll { $0 == route }
        tellNetwork(encode(route, kind: 25))
    }

    private func tellNetwork(_ message: [UInt8]) {
        networkChanges += 1
        send(.network, message)
    }

    // MARK: Mounts

    /// Mounts something; the lowest free number is used.
    public func mount(_ point: String) {
        let taken = Set(mounts.map(\.number))
        let number = (21...).first { !taken.contains($0) } ?? 21
        lastUnique += 1
        mounts.append(Mount(number: number, unique: lastUnique, point: point))
        tellMount(0x100_0000, lastUnique)
    }

    /// Unmounts what lies on top of a point.
    public func unmount(_ point: String) {
        guard point != "/", let index = mounts.lastIndex(where: { $0.point == point }) else {
            return
        }
        tellMount(0x200_0000, mounts.remove(at: index).unique)
    }

    /// struct fanotify_event_metadata and struct fanotify_event_info_mnt.
    private func tellMount(_ mask: UInt64, _ unique: UInt64) {
        send(.mounts, [0])
        var bytes = Bytes()
        bytes.add(UInt32(40), UInt8(3), UInt8(0), UInt16(24), mask, Int32(-1), Int32(1))
        bytes.add(UInt8(7), UInt8(0), UInt16(16), UInt32(0), unique)
        send(.mountEvents, bytes.all)
    }
}

/// Little-endian bytes.
struct Bytes {
    var all: [UInt8] = []

    mutating func add(_ words: any FixedWidthInteger...) {
        for word in words { put(word) }
    }

    private mutating func put(_ word: some FixedWidthInteger) {
        for shift in stride(from: 0, to: word.bitWidth, by: 8) {
            all.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    mutating func pad(to count: Int) {
        while all.count < count { all.append(0) }
    }

    /// Adds an attribute, padded to four bytes.
    mutating func attribute(_ kind: UInt16, _ value: [UInt8]) {
        add(UInt16(value.count + 4), kind)
        all += value
        pad(to: (all.count + 3) & ~3)
    }
}
