internal import CHost

extension LinuxKernel {
    public func attributes(of path: String) -> [String] {
        // Most files have none: asking for the length alone costs no memory.
        guard unsafe chost_file_attributes(path, nil, 0) > 0 else { return [] }
        var count = 0
        // The kernel gives at most 64 KiB of names (XATTR_LIST_MAX).
        let names = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, filled in
            count = unsafe chost_file_attributes(path, buffer.baseAddress, buffer.count)
            filled = max(0, count)
        }
        return names.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    public func attribute(_ name: String, of path: String) -> [UInt8]? {
        var count = 0
        let value = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, filled in
            count = unsafe chost_file_attribute(path, name, buffer.baseAddress, buffer.count)
            filled = max(0, count)
        }
        return count < 0 ? nil : value
    }
}
