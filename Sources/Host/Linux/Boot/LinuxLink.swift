internal import CBoot
internal import Glibc

/// A network interface of a machine that configures itself.
public struct LinuxLink: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// Its hardware address, 6 bytes.
    public let hardware: [UInt8]

    /// The interface of that name, of which nothing else is asked.
    public init(_ name: String) {
        self.name = name
        hardware = []
    }

    init(name: String, hardware: [UInt8]) {
        self.name = name
        self.hardware = hardware
    }

    /// The Ethernet interfaces that are devices, by name: no bridges, tunnels or halves of pairs.
    public static func all() -> [LinuxLink] {
        let folder = "/sys/class/net"
        // A machine without the folder has no network.
        let names = (try? LinuxFiles().names(in: folder)) ?? []
        return names.sorted().compactMap { name in
            guard LinuxFiles().kind("\(folder)/\(name)/device") != nil else { return nil }
            var address = [UInt8](repeating: 0, count: 6)
            let code = unsafe cboot_hardware_address(name, &address)
            return code == 0 ? LinuxLink(name: name, hardware: address) : nil
        }
    }

    /// Takes the interface of that name up.
    public static func raise(_ name: String) throws(LinuxMachine.Failure) {
        try LinuxMachine.check(unsafe cboot_raise_link(name), "take up", name)
    }

    /// Gives it its address of version 4.
    public func setAddress(_ address: IPAddress, mask: IPAddress) throws(LinuxMachine.Failure) {
        let code = unsafe cboot_set_address(name, wire(address), wire(mask))
        try LinuxMachine.check(code, "give", "\(name) the address \(address)")
    }

    /// Takes its address away, and the routes with it.
    public func dropAddress() throws(LinuxMachine.Failure) {
        let code = unsafe cboot_set_address(name, 0, 0)
        try LinuxMachine.check(code, "take the address from", name)
    }

    /// Sends what is for elsewhere through it; among several the least metric wins.
    public func setGateway(_ gateway: IPAddress, metric: Int) throws(LinuxMachine.Failure) {
        let code = unsafe cboot_set_gateway(name, wire(gateway), Int32(clamping: metric))
        try LinuxMachine.check(code, "route through", "\(gateway) on \(name)")
    }
}

/// The four bytes of an address as the kernel keeps them.
private func wire(_ address: IPAddress) -> UInt32 {
    address.bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
}

/// A socket of the client port of DHCP on one interface, which needs no address yet.
public final class LeaseSocket: Sendable {
    private let descriptor: Int32
    private let interface: String

    /// Opens it.
    public init(interface: String) throws(LinuxMachine.Failure) {
        descriptor = unsafe cboot_lease_socket(interface)
        self.interface = interface
        try LinuxMachine.check(descriptor, "ask for an address on", interface)
    }

    deinit { _ = close(descriptor) }

    /// Sends to a server, or to all.
    public func send(_ bytes: [UInt8], to server: IPAddress?) throws(LinuxMachine.Failure) {
        let code = unsafe cboot_lease_send(
            descriptor, server.map(wire) ?? 0, bytes, bytes.count)
        try LinuxMachine.check(code, "send", "on \(interface)")
    }

    /// Waits so long for a datagram of at most 1500 bytes; nil when none came.
    public func receive(milliseconds: Int) throws(LinuxMachine.Failure) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1500)
        let count = unsafe cboot_lease_receive(
            descriptor, &bytes, bytes.count, Int32(clamping: milliseconds))
        try LinuxMachine.check(count, "receive", "on \(interface)")
        return count > 0 ? Array(bytes[..<Int(count)]) : nil
    }
}
