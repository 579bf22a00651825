internal import Glibc

extension LinuxKernel {
    public func descriptors(
        of pid: Int32, _ take: (Int32, RawSpan) -> Void
    ) -> DescriptorOutcome {
        guard let directory = unsafe opendir("/proc/\(pid)/fd") else {
            return errno == EACCES || errno == EPERM ? .refused : .gone
        }
        defer { _ = unsafe closedir(directory) }
        let folder = unsafe dirfd(directory)
        // A longer target is cut: it names no file that could be found.
        var target = [CChar](repeating: 0, count: 4096)
        while let entry = unsafe readdir(directory) {
            let digits = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                unsafe name.prefix { (48...57).contains($0) }.reduce(0) { $0 &* 10 &+ Int($1) - 48 }
            }
            // The folder itself and the one above it.
            if unsafe entry.pointee.d_name.0 == 46 { continue }
            let count = unsafe readlinkat(folder, String(digits), &target, target.count)
            guard count > 0 else { continue }
            unsafe take(Int32(truncatingIfNeeded: digits), target.span.bytes.extracting(0..<count))
        }
        return .complete
    }
}
