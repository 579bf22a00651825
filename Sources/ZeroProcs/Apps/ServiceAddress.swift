internal import Crypto
public import Resources

/// The names and loopback addresses of services (design/04).
public enum ServiceAddress {
    /// The zone in which services have names.
    public static let zone = "pisces.internal"
    /// The first two numbers of every service's own address.
    static let network = "127.77."

    /// The DNS name of a service: `web` in `/prod/eu` is `web.eu.prod.pisces.internal`.
    public static func host(_ name: ResourceName, in namespace: Namespace) -> String {
        let labels = namespace.path.split(separator: "/").reversed().map(String.init)
        return ([name.text] + labels + [zone]).joined(separator: ".")
    }

    /// The address of a service: a hash of namespace and name, and when that is taken the next one
    /// that is free (linear probing). Nil when all 65,534 are taken. The network's first and last
    /// address are left out, because tools take them for the network itself and for a broadcast.
    static func own(
        _ name: ResourceName, in namespace: Namespace, isTaken: (String) -> Bool
    ) -> String? {
        let digest = Array(SHA256.hash(data: Array((namespace.path + "\n" + name.text).utf8)))
        let start = Int(digest[0]) << 8 | Int(digest[1])
        for step in 0...0xFFFF {
            let slot = (start + step) & 0xFFFF
            if slot == 0 || slot == 0xFFFF { continue }
            let address = network + "\(slot >> 8).\(slot & 0xFF)"
            if !isTaken(address) { return address }
        }
        return nil
    }

    /// Reads the text of a place to listen at.
    static func listen(_ text: String) -> App.Service.Listen? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...])
        else { return nil }
        let address = text[..<colon].filter { $0 != "[" && $0 != "]" }
        return App.Service.Listen(address: String(address), port: port)
    }
}
