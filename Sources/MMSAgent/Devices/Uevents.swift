internal import Resources

/// The kernel's announcements of devices (kobject uevents): NUL-closed `KEY=value` behind a title.
///
/// The number of each event is one more than that of the event before. Events of devices in other
/// network namespaces take numbers too and are not sent here, so that a jump alone does not say
/// that one was lost; a reading of everything is the answer to both. An overflow of the socket is
/// told by the socket.
struct Uevents {
    /// NETLINK_KOBJECT_UEVENT, and the group the kernel itself sends to.
    static let family: Int32 = 15
    static let group: UInt32 = 1
    /// The kernel's own bound on an event is 2,048 bytes and the title.
    static let slot = 4096

    /// Subsystems whose events concern the reader.
    let subsystems: Set<String>
    private var last: UInt64?
    /// Numbers that were never seen.
    private(set) var missing: UInt64 = 0

    init(_ subsystems: Set<String>) { self.subsystems = subsystems }

    /// What an event means; anything that is none is nothing.
    mutating func hint(_ datagram: RawSpan) -> Hint {
        let fields = Self.fields(datagram)
        guard let number = fields["SEQNUM"].flatMap({ UInt64($0) }) else { return .nothing }
        var jumped = false
        if let last, number > last, number - last > 1 {
            missing += number - last - 1
            jumped = true
        }
        last = max(last ?? number, number)
        return jumped || subsystems.contains(fields["SUBSYSTEM"] ?? "") ? .changed : .nothing
    }

    /// The keys of an event; empty for what is no event of the kernel.
    static func fields(_ datagram: RawSpan) -> [String: String] {
        let parts = datagram.copy(0..<min(datagram.byteCount, slot)).split(separator: 0)
        guard let title = parts.first, title.contains(0x40) else { return [:] }
        var fields: [String: String] = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: 61) else { continue }
            fields[lossyText(part[..<equals])] = lossyText(part[(equals + 1)...])
        }
        return fields
    }
}
