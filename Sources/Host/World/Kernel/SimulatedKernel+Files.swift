extension SimulatedKernel {
    public func processes() -> [Int32] {
        beforeRead?()
        return table.keys.sorted()
    }

    public func read(
        _ file: ProcessFile, of pid: Int32, into buffer: inout [UInt8]
    ) -> ReadOutcome {
        beforeRead?()
        guard let one = table[pid] else { return .gone }
        if refused[pid]?.contains(file) == true { return .refused }
        let text: String
        switch file {
        case .stat:
            text =
                "\(pid) (\(one.name)) \(one.isZombie ? "Z" : "S") \(one.parent) 1 1 0 -1 0 0 0 0 0 "
                + "1 1 0 0 20 0 1 0 \(one.start) 0 0\n"
        case .status:
            let (user, group) = (one.user, one.group)
            text =
                "Name:\t\(one.name)\nUid:\t\(user)\t\(user)\t\(user)\t\(user)\n"
                + "Gid:\t\(group)\t\(group)\t\(group)\t\(group)\n"
        case .cmdline: text = one.isZombie ? "" : one.arguments.joined(separator: "\0") + "\0"
        case .cgroup: text = "0::/\n"
        case .executable:
            if one.isZombie { return .gone }
            text = one.executable
        }
        let bytes = text.utf8.prefix(buffer.count)
        buffer.replaceSubrange(0..<bytes.count, with: bytes)
        return .bytes(bytes.count)
    }

    public func read(_ path: String) -> [UInt8]? {
        beforeRead?()
        if let file = resolved(path) { return file.isRefused ? nil : file.bytes }
        switch path {
        case "/etc/passwd": return Array("root:x:0:0::/:/bin/sh\n".utf8)
        case "/proc/self/mountinfo":
            return mounts.flatMap { mount in
                let point = Self.escaped(mount.point)
                let parent = mount.number == 20 ? 1 : 20
                return Array("\(mount.number) \(parent) 0:1 / \(point) rw - tmpfs none rw\n".utf8)
            }
        case "/proc/sys/kernel/random/boot_id": return Array("boot\n".utf8)
        default: return nil
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case " ": result += "\\040"
            case "\t": result += "\\011"
            case "\n": result += "\\012"
            case "\\": result += "\\134"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    public func mountIdentifiers() -> [UInt64: UInt64] {
        beforeRead?()
        return Dictionary(mounts.map { ($0.number, $0.unique) }, uniquingKeysWith: { $1 })
    }

    public func networkNamespace() -> UInt64 { 7 }

    public func systemName() -> SystemName {
        SystemName(release: "1.0", version: "#1", architecture: "world", host: "world")
    }

    // MARK: rtnetlink

    public func dump(_ kind: NetworkDump, _ take: (RawSpan) -> Void) -> DumpOutcome {
        let before = networkChanges
        for message in messages(kind) {
            unsafe take(message.span.bytes)
            beforeRead?()
        }
        // NLM_F_DUMP_INTR: the kernel says so when the table changed under the dump.
        return networkChanges == before ? .complete : .interrupted
    }

    private func messages(_ kind: NetworkDump) -> [[UInt8]] {
        let sorted = interfaces.values.sorted { $0.index < $1.index }
        return switch kind {
        case .links: sorted.map { encode($0, kind: 16) }
        case .addresses:
            sorted.flatMap { one in one.addresses.map { encode($0, on: one.index, kind: 20) } }
        case .routes: routes.map { encode($0, kind: 24) }
        }
    }

    func encode(_ one: Interface, kind: UInt16) -> [UInt8] {
        var body = Bytes()
        body.add(UInt8(0), UInt8(0), UInt16(1), one.index, UInt32(one.isUp ? 0x1_0001 : 0))
        body.add(UInt32(0))
        body.attribute(3, Array(one.name.utf8) + [0])
        body.attribute(4, [0xDC, 5, 0, 0])
        body.attribute(16, [one.isUp ? 6 : 2])
        return message(kind, body.all)
    }

    func encode(_ address: [UInt8], on index: Int32, kind: UInt16) -> [UInt8] {
        var body = Bytes()
        body.add(UInt8(2), address[4], UInt8(0x80), UInt8(0), index)
        body.attribute(1, Array(address.prefix(4)))
        body.attribute(2, Array(address.prefix(4)))
        return message(kind, body.all)
    }

    func encode(_ route: Route, kind: UInt16) -> [UInt8] {
        var body = Bytes()
        body.add(UInt8(2), route.destination[4], UInt8(0), UInt8(0), UInt8(254), UInt8(4))
        body.add(UInt8(253), UInt8(1), UInt32(0))
        body.attribute(1, Array(route.destination.prefix(4)))
        var index = Bytes()
        index.add(route.interface)
        body.attribute(4, index.all)
        return message(kind, body.all)
    }

    private func message(_ kind: UInt16, _ body: [UInt8]) -> [UInt8] {
        var bytes = Bytes()
        bytes.add(UInt32(16 + body.count), kind, UInt16(0), UInt32(0), UInt32(0))
        return bytes.all + body
    }
}
