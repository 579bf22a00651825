internal import CHost

/// An address and a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// The address.
    public var address: IPAddress
    /// The port; 0 lets the system choose when it is bound.
    public var port: UInt16

    /// An address and a port.
    public init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// `127.0.0.1:53`, `[::1]:53`.
    public var description: String {
        address.isVersion6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    var shim: chost_endpoint {
        var shim = chost_endpoint()
        shim.count = UInt8(address.bytes.count)
        shim.port = port
        unsafe withUnsafeMutableBytes(of: &shim.bytes) { unsafe $0.copyBytes(from: address.bytes) }
        return shim
    }

    init?(_ shim: chost_endpoint) {
        let bytes = unsafe withUnsafeBytes(of: shim.bytes) { unsafe Array($0) }
        guard let address = IPAddress(bytes: Array(bytes.prefix(Int(shim.count)))) else {
            return nil
        }
        self.init(address, shim.port)
    }
}
