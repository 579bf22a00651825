extension SimulatedKernel {
    /// The links that tests made under `/proc/<pid>/fd`.
    public func descriptors(
        of pid: Int32, _ take: (Int32, RawSpan) -> Void
    ) -> DescriptorOutcome {
        beforeRead?()
        guard table[pid] != nil else { return .gone }
        if isUnprivileged { return .refused }
        for name in list("/proc/\(pid)/fd") ?? [] {
            guard let number = Int32(name), let target = link("/proc/\(pid)/fd/\(name)") else {
                continue
            }
            unsafe take(number, Array(target.utf8).span.bytes)
        }
        return .complete
    }
}
