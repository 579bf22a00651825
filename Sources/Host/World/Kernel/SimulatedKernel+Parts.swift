extension SimulatedKernel {
    public func interfaceInstance(_ index: Int32) -> UInt64? {
        beforeRead?()
        return interfaces[index]?.instance
    }

    public func read(_ path: String, at offset: UInt64, count: Int) -> [UInt8]? {
        guard let bytes = read(path), let start = Int(exactly: offset) else { return nil }
        return Array(bytes.dropFirst(start).prefix(count))
    }

    public func ask(
        _ family: Int32, once request: [UInt8], _ take: (RawSpan) -> Void
    ) -> DumpOutcome {
        ask(family, request, take)
    }

    public func attributes(of path: String) -> [String] {
        fileAttributes[path].map { $0.keys.sorted() } ?? []
    }

    public func attribute(_ name: String, of path: String) -> [UInt8]? {
        fileAttributes[path]?[name]
    }
}

extension SimulatedKernel {
    /// The World's clock is set by nobody.
    public func isClockSynchronised() -> Bool? { nil }
}

extension SimulatedKernel {
    public func packetTable(_ name: String, isSix: Bool) throws(KernelError) -> [UInt8] {
        guard !isUnprivileged, let bytes = packetTables["\(isSix ? "ip6" : "ip") \(name)"] else {
            throw KernelError(
                operation: "read table \(name) of iptables-legacy",
                cause: "Operation not permitted", remedy: "grant CAP_NET_ADMIN")
        }
        return bytes
    }
}
