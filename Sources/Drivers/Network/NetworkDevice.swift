public import Host
internal import Resources
internal import Synchronization

/// Keeps one interface at its setting: a fixed address, or one that is lent. One thread drives it.
public final class NetworkDevice: Sendable {
    /// The interface.
    public let link: LinuxLink
    private let metric: Int
    private let resolver: String
    private let state = Mutex(State())

    private struct State {
        var setting: NetworkSetting?
        var isStopping = false
        var view = View()
    }

    /// What is known of the interface.
    public struct View: Hashable, Sendable {
        /// Its address with prefix; nil while it has none.
        public var address: String?
        /// Why the last step failed.
        public var failure: String?
    }

    /// How long one wait for a datagram is, so that a changed setting is seen.
    private static let turnMilliseconds: UInt64 = 1000

    /// The device of that interface. `resolver` is the file that programs ask for name servers;
    /// only one interface of a machine writes it, the one of metric 0.
    public init(_ link: LinuxLink, metric: Int, resolver: String) {
        self.link = link
        self.metric = metric
        self.resolver = resolver
    }

    /// What is known now.
    public var view: View { state.withLock { $0.view } }

    /// Wants another setting.
    public func set(_ setting: NetworkSetting) { state.withLock { $0.setting = setting } }

    /// Ends ``run(hostName:entropy:)`` within a second.
    public func stop() { state.withLock { $0.isStopping = true } }

    /// Works until it is stopped.
    public func run(hostName: String, entropy: some Entropy) {
        while let setting = wanted {
            do throws(LinuxMachine.Failure) {
                try LinuxLink.raise(link.name)
                switch setting {
                case .fixed(let fixed): try keep(fixed)
                case .lent: try borrow(hostName, entropy)
                }
            } catch {
                state.withLock { $0.view.failure = "\(error)" }
                LinuxSystem.pause(milliseconds: UInt32(Self.turnMilliseconds))
            }
        }
    }

    /// The setting in force; nil when it is time to stop.
    private var wanted: NetworkSetting? {
        state.withLock { $0.isStopping ? nil : $0.setting ?? .lent }
    }

    private func keep(_ fixed: NetworkSetting.Fixed) throws(LinuxMachine.Failure) {
        try apply(fixed)
        while wanted == .fixed(fixed) {
            LinuxSystem.pause(milliseconds: UInt32(Self.turnMilliseconds))
        }
        try drop()
    }

    private func borrow(_ hostName: String, _ entropy: some Entropy) throws(LinuxMachine.Failure) {
        let socket = try LeaseSocket(interface: link.name)
        let clock = LinuxClock()
        func random() -> UInt32 { UInt32(truncatingIfNeeded: entropy.next()) }
        var client = LeaseClient(
            hardware: link.hardware, hostName: hostName, now: clock.ticks, random: random())
        while wanted == .lent {
            let now = clock.ticks
            guard client.deadline > now else {
                try perform(client.due(now: now, random: random()), socket)
                continue
            }
            let left = client.deadline.nanoseconds(since: now) / 1_000_000 + 1
            let wait = Int(min(left, Self.turnMilliseconds))
            guard let bytes = try socket.receive(milliseconds: wait) else { continue }
            try perform(
                client.received(bytes, now: clock.ticks, random: random()), socket)
        }
        if client.lease != nil { try drop() }
    }

    private func perform(
        _ actions: [LeaseClient.Action], _ socket: LeaseSocket
    ) throws(LinuxMachine.Failure) {
        for action in actions {
            switch action {
            case .send(let request, let server): try socket.send(request.bytes, to: server)
            case .release: try drop()
            case .configure(let lease):
                try apply(
                    NetworkSetting.Fixed(
                        address: lease.address, prefix: lease.prefix, gateway: lease.gateway,
                        nameServers: lease.nameServers))
            }
        }
    }

    private func apply(_ fixed: NetworkSetting.Fixed) throws(LinuxMachine.Failure) {
        let word = "\(fixed.address)/\(fixed.prefix)"
        if view.address != word {
            try link.setAddress(fixed.address, mask: Lease.mask(fixed.prefix))
        }
        if let gateway = fixed.gateway { try link.setGateway(gateway, metric: metric) }
        if metric == 0 { try writeResolver(fixed.nameServers) }
        state.withLock { state in
            state.view.address = word
            state.view.failure = nil
        }
    }

    private func drop() throws(LinuxMachine.Failure) {
        state.withLock { $0.view.address = nil }
        try link.dropAddress()
    }

    private func writeResolver(_ servers: [IPAddress]) throws(LinuxMachine.Failure) {
        let text = servers.map { "nameserver \($0)\n" }.joined()
        do throws(ProcessError) {
            try LinuxFiles().replace(resolver, with: Array(text.utf8), mode: 0o644)
        } catch {
            throw LinuxMachine.Failure(operation: "write", subject: resolver, code: 5)
        }
    }
}
