extension [UInt8] {
    /// Bytes for the kernel to fill. They are not zeroed, so that pages it never fills take no
    /// memory: a netlink feed has room for 64 datagrams and mostly gets one.
    static func unfilled(_ count: Int) -> [UInt8] {
        // SAFETY: any bits are a UInt8, and readers look only at what the kernel wrote.
        unsafe [UInt8](unsafeUninitializedCapacity: count) { _, initialized in
            initialized = count
        }
    }
}
