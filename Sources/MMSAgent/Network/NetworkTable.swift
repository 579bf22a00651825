internal import Host
internal import Resources

/// The interfaces, addresses and routes of a network namespace as messages tell.
///
/// Messages are whole and in order, so they are applied as they are. One thing the kernel does
/// not announce: IPv4 routes that go with a link or an address. What may cause that asks for a
/// dump (`wantsDump`).
struct NetworkTable: Hashable, Sendable {
    var interfaces: [Int32: InterfaceRecord] = [:]
    var addresses: [AddressRecord.Key: AddressRecord] = [:]
    var routes: Set<RouteRecord> = []
    /// What tells the interface of an index from an earlier one of it; 0 where nobody says.
    var instances: [Int32: UInt64] = [:]
    /// True when the routes must be read to be known.
    var wantsDump = false

    /// Takes one message; true when it changed anything.
    @discardableResult
    mutating func step(_ message: NetlinkMessage) -> Bool {
        switch message.kind {
        case 16: keep(InterfaceRecord(message))
        case 17: drop(InterfaceRecord(message))
        case 20: keep(AddressRecord(message))
        case 21: drop(AddressRecord(message))
        case 24: keep(RouteRecord(message), message.flags)
        case 25: drop(RouteRecord(message))
        default: false
        }
    }

    private mutating func keep(_ record: InterfaceRecord?) -> Bool {
        guard let record else { return false }
        let old = interfaces.updateValue(record, forKey: record.index)
        if let old, old.flags & ~record.flags & 0x1_0001 != 0 { wantsDump = true }
        return old != record
    }

    private mutating func drop(_ record: InterfaceRecord?) -> Bool {
        guard let record else { return false }
        instances[record.index] = nil
        guard interfaces.removeValue(forKey: record.index) != nil else { return false }
        wantsDump = true
        return true
    }

    /// Learns which interface each index stands for that is new. No message says it, so what a
    /// loss may have replaced unseen is asked for again.
    mutating func learn(_ kernel: any Kernel) {
        for index in interfaces.keys.sorted() where instances[index] == nil {
            instances[index] = kernel.interfaceInstance(index) ?? 0
        }
    }

    private mutating func keep(_ record: AddressRecord?) -> Bool {
        guard let record else { return false }
        return addresses.updateValue(record, forKey: record.key) != record
    }

    private mutating func drop(_ record: AddressRecord?) -> Bool {
        guard let record, addresses.removeValue(forKey: record.key) != nil else { return false }
        wantsDump = true
        return true
    }

    private mutating func keep(_ record: RouteRecord?, _ flags: UInt16) -> Bool {
        guard let record else { return false }
        // NLM_F_REPLACE says that some other route went; NLM_F_APPEND and next hops added to an
        // IPv6 route are told in forms that differ between kernels.
        let isDoubtful = flags & 0x100 != 0 || flags & 0x800 != 0 || record.hops.count > 1
        if isDoubtful || routes.contains(where: { $0 != record && $0.isReplaced(by: record) }) {
            wantsDump = true
        }
        return routes.insert(record).inserted
    }

    private mutating func drop(_ record: RouteRecord?) -> Bool {
        guard let record else { return false }
        if routes.remove(record) != nil { return true }
        // A deletion of what is not known: the form differs, or one of many next hops went.
        wantsDump = true
        return false
    }
}
