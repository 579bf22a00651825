internal import Resources
internal import Synchronization
public import Trust

/// Where nodes were seen, by their keys: what the fleet log says of addresses may be old.
///
/// Addresses are tried in this order: the one that worked last or that the node itself gave, those
/// that were told here, those of the log, and where the node was seen to come from with the ports
/// that the log says. One that did not work is tried after all others.
public final class AddressBook: Sendable {
    private struct Page {
        /// The address that worked last, or that the node itself gave since.
        var present: String?
        /// Hosts that the node came from, newest first, without ports.
        var seen: [String] = []
        /// Addresses that were told on this machine, newest first.
        var told: [String] = []
        /// Addresses that did not work, the one that was tried last at the end.
        var failed: [String] = []
    }

    private let pages = Mutex<[SignerKey: Page]>([:])

    /// An empty book.
    public init() {}

    /// A node connected from that host, given as its numeric address.
    public func saw(_ key: SignerKey, from host: String) {
        change(key) { $0.seen = Self.first(host, $0.seen) }
    }

    /// Somebody says where a node is, as `host:port`: a person, or another node.
    public func tell(_ key: SignerKey, _ address: String) {
        change(key) { page in
            page.told = Self.first(address, page.told)
            page.failed.removeAll { $0 == address }
        }
    }

    /// The node is there: a connection found it, or it says so itself on one that proves its key.
    public func heard(_ key: SignerKey, at address: String) {
        change(key) { page in
            page.present = address
            page.failed.removeAll { $0 == address }
        }
    }

    /// A connection to that address did not find the node.
    public func missed(_ key: SignerKey, at address: String) {
        change(key) { page in
            if page.present == address { page.present = nil }
            page.failed.removeAll { $0 == address }
            page.failed = Array(
                (page.failed + [address]).suffix(4 * Limits.nodeAddresses.value))
        }
    }

    /// Where the node surely was a moment ago; nil when nobody knows.
    public func present(_ key: SignerKey) -> String? { pages.withLock { $0[key]?.present } }

    /// What to try, in order, given what the log says.
    public func candidates(_ key: SignerKey, hints: [String]) -> [String] {
        let page = pages.withLock { $0[key] } ?? Page()
        let ports = hints.compactMap { HostPort($0)?.port }
        let seen = page.seen.flatMap { host in
            ports.map { HostPort(host: host, port: $0).description }
        }
        var all: [String] = []
        for one in [page.present].compactMap(\.self) + page.told + hints + seen
        where !all.contains(one) {
            all.append(one)
        }
        // A dead address may use up all the time of a request: the next request begins with others.
        let failed = page.failed.filter(all.contains)
        all.removeAll(where: failed.contains)
        return Array((all + failed).prefix(2 * Limits.nodeAddresses.value))
    }

    private func change(_ key: SignerKey, _ body: (inout Page) -> Void) {
        pages.withLock { pages in
            guard pages[key] != nil || pages.count < Limits.addressBook.value else { return }
            body(&pages[key, default: Page()])
        }
    }

    private static func first(_ one: String, _ others: [String]) -> [String] {
        Array(([one] + others.filter { $0 != one }).prefix(Limits.nodeAddresses.value))
    }
}

/// A numeric address and a port: `192.0.2.1:7300`, `[2001:db8::1]:7300`; `localhost` is 127.0.0.1.
/// Names are not resolved: a static program asks no name service.
struct HostPort: Hashable, CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host == "localhost" ? "127.0.0.1" : host
        self.port = port
    }

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[colon...].dropFirst()),
            port > 0
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
