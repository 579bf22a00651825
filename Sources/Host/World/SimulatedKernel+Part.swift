extension SimulatedKernel {
    public func part(of path: String, from offset: Int64, count: Int) -> [UInt8]? {
        guard let file = resolved(path), !file.isRefused else { return nil }
        beforeRead?()
        return Array(file.bytes.dropFirst(Int(clamping: max(0, offset))).prefix(max(0, count)))
    }
}

extension SimulatedKernel {
    /// The World's clock is set by nobody.
    public func isClockSynchronised() -> Bool? { nil }
}
