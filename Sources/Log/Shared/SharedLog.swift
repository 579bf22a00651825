public import Host
public import Resources
internal import Synchronization

/// A log that one machine orders in its files or several order through a cluster, and that moves
/// between the two while it is written (design/01). Each machine keeps a copy: a ``CommandLog``
/// with the same positions, epochs and chain hashes.
///
/// Calls that ask the cluster block, each with a deadline of its own; any thread may make them. What
/// changes the copy belongs to the thread that appends to it.
public final class SharedLog<D: Disk>: EntrySource {
    /// The copy in the files of this machine.
    public let copy: CommandLog<D>
    /// The machine it is on.
    public let machine: ResourceName
    let connect: @Sendable (String) throws(LogError) -> any LogCluster
    private let history: (any EntrySource)?
    /// The log whose history this one goes on from, and the last entry of that; nil for one that
    /// has its own beginning.
    let parent: (log: SharedLog<D>, origin: Position)?
    let state: Mutex<State>

    struct State {
        /// The cluster that keeps the chain, by the forward pointer; nil: it is kept here.
        var pointer: String?
        var cluster: (any LogCluster)?
        /// The chain as the cluster had it last.
        var chain: Chain?
        /// The loglets that were used so far, by name.
        var loglets: [String: any SharedLoglet] = [:]
        /// A loglet that was found sealed while the chain still ended with it.
        var ended: String?
        /// False while it is not known who orders a log that goes on from another one.
        var hasArrived = true
    }

    /// Who orders the next entry.
    public enum Place: Hashable, Sendable {
        /// This machine, in its files.
        case here
        /// Whoever writes first to the loglet of the cluster.
        case shared
        /// Another machine, in its files.
        case at(ResourceName)
        /// Not known now: the log is on the move, or its chain could not be read yet.
        case unsettled
    }

    /// The log whose copy is `copy` on `machine`. `connect` gives the cluster that a forward pointer
    /// names; `history` has what no loglet has any more, or never had. One that goes on from the
    /// history of `parent` finds out who orders it, see ``arrive()``.
    public init(
        copy: CommandLog<D>, machine: ResourceName, history: (any EntrySource)? = nil,
        parent: (log: SharedLog<D>, origin: Position)? = nil,
        connect: @escaping @Sendable (String) throws(LogError) -> any LogCluster
    ) throws(LogError) {
        self.copy = copy
        self.machine = machine
        self.connect = connect
        self.history = history
        self.parent = parent
        var found = State(pointer: try copy.forward())
        found.hasArrived = parent == nil || found.pointer != nil
        state = Mutex(found)
    }

    /// Who orders the next entry, as far as this machine knows.
    public var place: Place {
        let (pointer, chain, hasArrived) = state.withLock {
            ($0.pointer, $0.chain, $0.hasArrived)
        }
        guard pointer != nil else { return hasArrived ? .here : .unsettled }
        guard let active = chain?.active else { return .unsettled }
        guard active.isFile else { return .shared }
        guard let owner = active.machine, owner != machine else {
            let isReady = copy.activeEpoch >= active.epoch && !copy.isSealed
            return isReady ? .here : .unsettled
        }
        return .at(owner)
    }

    /// The chain as this machine knows it; nil when it is kept elsewhere and was not read yet.
    public var chain: Chain? {
        let (pointer, chain) = state.withLock { ($0.pointer, $0.chain) }
        return pointer == nil ? copy.chain.qualified(by: machine) : chain
    }

    /// The cluster that keeps the chain; nil when it is kept here.
    public var cluster: String? { state.withLock { $0.pointer } }

    /// Reads the chain anew. True when it changed.
    @discardableResult
    public func refresh() throws(LogError) -> Bool {
        guard let cluster = try connected() else { return false }
        guard let found = try cluster.register.read() else {
            throw .unreachable(cause: "the register of \(cluster.name) has no chain")
        }
        guard found.log == copy.id, found.cluster == copy.clusterID else {
            throw .unreachable(cause: "the register of \(cluster.name) is of another log")
        }
        return state.withLock { state in
            guard found.version > state.chain?.version ?? 0 else { return false }
            state.chain = found
            let named = Set(found.links.map(\.loglet))
            state.loglets = state.loglets.filter { named.contains($0.key) }
            return true
        }
    }

    /// The cluster the forward pointer names.
    func connected() throws(LogError) -> (any LogCluster)? {
        let (pointer, known) = state.withLock { ($0.pointer, $0.cluster) }
        guard let pointer else { return nil }
        if let known { return known }
        let cluster = try connect(pointer)
        state.withLock { if $0.pointer == pointer { $0.cluster = cluster } }
        return cluster
    }

    /// The chain, read when it was not known yet.
    func known() throws(LogError) -> Chain {
        if let chain { return chain }
        try refresh()
        guard let chain else { throw .unreachable(cause: "the chain is not known") }
        return chain
    }

    func loglet(
        _ link: Chain.Link, of chain: Chain
    ) throws(LogError) -> any SharedLoglet {
        if let known = state.withLock({ $0.loglets[link.loglet] }) { return known }
        guard let cluster = try connected() else {
            throw .unreachable(cause: "the chain of this log is kept here")
        }
        let loglet = try cluster.loglet(of: link, in: chain, start: hash(before: link.first))
        state.withLock { $0.loglets[link.loglet] = loglet }
        return loglet
    }
}

extension SharedLog {
    /// The loglet in use, by whose name an append behind `tail` is made. Throws
    /// ``LogError/behind(tail:)`` for a copy that has not reached it, and
    /// ``LogError/sealed(tail:)`` where one machine orders the log.
    public func target(behind tail: Position) throws(LogError) -> Chain.Link {
        let active = try known().active
        guard tail.next >= active.first else {
            throw .behind(tail: Position(active.first.rawValue - 1))
        }
        guard !active.isFile else { throw .sealed(tail: tail) }
        return active
    }

    /// Makes `drafts` the entries behind `tail` for all machines, in the loglet of `link`; see
    /// ``SharedLoglet/append(_:behind:hash:)`` for what errors mean. The copy does not have them
    /// yet when it returns.
    public func append(
        _ drafts: [EntryDraft], behind tail: Position, hash: ChainHash, to link: Chain.Link
    ) throws(LogError) -> [LogEntry] {
        try loglet(link, of: known()).append(drafts, behind: tail, hash: hash)
    }

    /// True when the chain says that a loglet ended at `tail` or before it.
    public func ended(_ loglet: String, at tail: Position) -> Bool {
        let link = chain?.links.first { $0.loglet == loglet }
        return link?.last.map { $0 <= tail } ?? false
    }

    /// Waits at most `milliseconds` for entries behind `position`, whoever ordered them. Goes on
    /// in the next loglet where one ended; reads the chain again where the one in use has ended.
    public func next(
        behind position: Position, milliseconds: Int
    ) throws(LogError) -> [LogEntry] {
        let chain = try known()
        guard let link = chain.links.last(where: { $0.first <= position.next }) else {
            return try past(behind: position, first: chain.links[0].first)
        }
        if link.isFile {
            let isOurs = link.machine.map { $0 == machine } ?? true
            // What is in our own files needs no reading, unless they were lost.
            if isOurs, link.last.map({ position >= $0 }) ?? true { return [] }
            // Nothing in the files of another machine says that it has ended. Where the register
            // is gone with its cluster, there is nothing to say either.
            if link.last == nil, (try? refresh()) == true { return [] }
            guard let last = link.last else {
                return try past(behind: position, first: link.first, milliseconds: milliseconds)
            }
            return try past(behind: position, in: link, upTo: last)
        }
        let loglet = try loglet(link, of: chain)
        do throws(LogError) {
            // Without waiting the tail must be that of a majority; a watch may be behind.
            let waits = link.last == nil && milliseconds > 0
            let found =
                waits
                ? try loglet.follow(behind: position, milliseconds: milliseconds)
                : try loglet.read(from: position.next, maximumBytes: Limits.groupBytes.value)
            // What became durable behind a seal is no part of the log.
            let end = link.last
            let part = found.prefix { entry in end.map { entry.header.position <= $0 } ?? true }
            if !part.isEmpty { return Array(part) }
        } catch {
            switch error {
            case .trimmed(let first): return try past(behind: position, first: first)
            case .sealed:
                if link.last == nil, try !refresh() {
                    state.withLock { $0.ended = link.loglet }
                }
                return []
            default: throw error
            }
        }
        if link.last == nil {
            // Nothing new may be the end: a loglet that ended while nobody wrote says so here.
            if try loglet.checkTail() == (position, true), try !refresh() {
                state.withLock { $0.ended = link.loglet }
            }
        } else if let last = link.last, position < last {
            throw .unreachable(cause: "\(link.loglet) ends before \(last)")
        }
        return []
    }

    /// The chain hash that the entry at `first` continues, as far as the copy tells: one that began
    /// with a checkpoint behind it needs none.
    private func hash(before first: Position) throws(LogError) -> ChainHash {
        guard first > Position(1) else { return .zero }
        let before = Position(first.rawValue - 1)
        guard copy.tail >= before else { throw .behind(tail: before) }
        guard copy.tail > before else { return copy.chainHash }
        guard copy.first <= before else { return .zero }
        return try copy.read(from: before, maximumBytes: 1).first?.chainHash ?? .zero
    }

    /// Lets what orders the log go of entries before `position`. The copies keep theirs.
    public func trim(before position: Position) throws(LogError) {
        let chain = try known()
        for link in chain.links where !link.isFile && link.first < position {
            try loglet(link, of: chain).trim(before: position)
        }
    }

    /// True when that loglet was found sealed and still is the last one of the chain.
    func hasEnded(_ link: Chain.Link) -> Bool { state.withLock { $0.ended == link.loglet } }

    /// True while a loglet of the cluster is in use that nobody was seen to end.
    public var isAtRest: Bool {
        guard place == .shared, let active = chain?.active else { return false }
        return !hasEnded(active)
    }

    /// True when the register of a cluster has this machine's chain as it is now.
    func isSeeded(_ name: String) -> Bool {
        let here = copy.chain.qualified(by: machine)
        // A register that cannot be read is seeded, or tried, again.
        guard let cluster = try? connect(name), let found = try? cluster.register.read() else {
            return false
        }
        return found.log == here.log && found.active == here.active
    }

    /// Entries that no loglet has.
    private func past(
        behind position: Position, first: Position, milliseconds: Int = 0
    ) throws(LogError) -> [LogEntry] {
        guard let history else { throw .trimmed(first: first) }
        return try history.next(behind: position, milliseconds: milliseconds)
    }

    /// Entries of files that have ended, which are known to be there: nobody waits for them, and what
    /// a machine gives behind their end is no part of them.
    private func past(
        behind position: Position, in link: Chain.Link, upTo last: Position
    ) throws(LogError) -> [LogEntry] {
        let found = try past(behind: position, first: link.first)
        let part = found.prefix { $0.header.position <= last }
        guard part.isEmpty else { return Array(part) }
        throw .unreachable(
            cause: "nobody gives what \(link.loglet) has behind \(position), up to \(last)")
    }

    /// Lets the copy go on in new files where this machine orders the log again, or where a move
    /// that ended before the fleet knew of it left sealed ones. On the appending thread; does
    /// nothing when there is nothing to do.
    public func settle() throws(LogError) {
        if cluster == nil, copy.isSealed { return try copy.extend() }
        guard let active = state.withLock({ $0.pointer == nil ? nil : $0.chain?.active }),
            active.machine == machine, copy.activeEpoch < active.epoch,
            copy.tail.next == active.first
        else { return }
        try copy.extend(epoch: active.epoch)
    }
}
