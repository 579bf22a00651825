public import Host
public import Resources
public import Trust

/// A node on an existing host, run from the copy in the directory of its address: what a machine
/// does to it over ssh. Each call is one connection, and may be made again.
public struct HostNode: Sendable {
    /// The host, and where the copy is.
    public let address: HostAddress
    /// Its name in the fleet.
    public let name: ResourceName
    /// Its state directory.
    public let state: String
    /// Where other machines reach it.
    public let bus: String
    /// Where its API listens.
    public let listen: String
    private let launch: Launch
    private let clock: any Clock
    private let isCancelled: @Sendable () -> Bool

    /// Where the state is unless told.
    public static let standardState = "/var/lib/pisces"
    /// Where the API listens unless told.
    public static let standardListen = "127.0.0.1:7117"

    /// What runs there.
    public enum Life: Hashable, Sendable {
        /// No node was ever there.
        case none
        /// There is a node, which does not run.
        case rests
        /// It runs as that process.
        case runs(pid: Int64)
    }

    /// What is there.
    public struct Sight: Hashable, Sendable {
        /// The system that is installed; nil for none, or one that is not whole.
        public var generation: ContentDigest?
        /// Its node.
        public var life: Life
    }

    /// A node there. What a shell or a unit of systemd might take for more is refused.
    /// `isCancelled` ends a call that waits.
    public init(
        _ name: ResourceName, at address: HostAddress, access: HostAccess, state: String?,
        bus: String, listen: String?, clock: any Clock,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(ReproductionError) {
        try self.init(
            name, at: address, over: try access.launch(to: address), state: state, bus: bus,
            listen: listen, clock: clock)
    }

    init(
        _ name: ResourceName, at address: HostAddress, over launch: Launch, state: String?,
        bus: String, listen: String?, clock: any Clock,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws(ReproductionError) {
        self.name = name
        self.address = address
        self.launch = launch
        self.state = state ?? Self.standardState
        self.bus = bus
        self.listen = listen ?? Self.standardListen
        self.clock = clock
        self.isCancelled = isCancelled
        if let flaw = HostAddress.flaw(inPath: self.state) {
            throw refusal("the state directory \(flaw)", "name another")
        }
        if self.state == address.directory || self.state.hasPrefix(address.directory + "/")
            || address.directory.hasPrefix(self.state + "/")
        {
            throw refusal(
                "state and installation are in one another", "name directories beside each other")
        }
        for place in [self.bus, self.listen] where !Self.isPlace(place) {
            throw refusal(
                "'\(printable(place))' is no numeric address and port", "write 10.0.0.8:7118")
        }
        guard Self.isPlain(name.text) else {
            throw refusal("its name has characters that a unit does not take", "name it otherwise")
        }
    }

    private static func isPlace(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (1...65_533).contains(port)
        else { return false }
        return IPAddress(String(text[..<colon].filter { $0 != "[" && $0 != "]" })) != nil
    }

    private static func isPlain(_ text: String) -> Bool {
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    private func refusal(_ cause: String, _ remedy: String) -> ReproductionError {
        ReproductionError(
            .refused, operation: "make a node of", subject: address.description, cause: cause,
            remedy: remedy)
    }

    private func link() throws(ReproductionError) -> HostLink {
        try HostLink(
            launch, host: address.description, clock: clock, isCancelled: isCancelled)
    }

    /// Looks what is there, and changes nothing.
    public func look() throws(ReproductionError) -> Sight {
        let link = try link()
        let line = try link.ask("look")
        guard let look = HostLook(line) else { throw HostFailure.strange(line, host: link.host) }
        var sight = Sight(generation: nil, life: try life(link))
        if case .copy(let generation) = look.holds { sight.generation = generation }
        return sight
    }

    private func life(_ link: HostLink) throws(ReproductionError) -> Life {
        let answer = try link.ask("node \(state)")
        let words = answer.split(separator: " ", maxSplits: 2)
        switch words.first {
        case "none": return .none
        case "rests": return .rests
        case "runs":
            if words.count == 2, let pid = Int64(words[1]) { return .runs(pid: pid) }
        case "other":
            throw refusal(
                "another program holds \(state) there: \(printable(answer))",
                "end that node, or name another state directory")
        default: break
        }
        throw HostFailure.strange(answer, host: link.host)
    }

    /// Makes its empty state that of a node of the fleet that invited. The invitation goes through
    /// the connection and a pipe: no list of processes shows it.
    public func join(_ invitation: String) throws(ReproductionError) {
        let link = try link()
        try link.say("join \(state) \(name) \(bus)")
        try link.tell(invitation, expecting: "joined")
    }

    /// Starts it: under systemd where that runs the host, else in the background. One that runs
    /// goes on.
    public func start() throws(ReproductionError) {
        let link = try link()
        if case .runs = try life(link) { return }
        try link.tell("start \(state) \(name) \(bus) \(listen)", expecting: "started")
    }

    /// Stops it if it runs, and waits for its end. Its data stay, and its apps run on.
    public func stop() throws(ReproductionError) {
        let link = try link()
        _ = try life(link)
        try link.tell("stop \(state)", expecting: "stopped")
    }

    /// Deletes its data and the installation; refused while something of it runs.
    public func erase() throws(ReproductionError) {
        try link().tell("erase \(state)", expecting: "erased")
    }
}
