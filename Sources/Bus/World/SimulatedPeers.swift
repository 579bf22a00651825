internal import Host
public import Resources
internal import Synchronization

/// The other nodes over the World's network, as one node sees them.
public struct SimulatedPeers: Peers {
    private let network: SimulatedNetwork
    private let name: ResourceName

    init(network: SimulatedNetwork, name: ResourceName) {
        self.network = network
        self.name = name
    }

    /// What the network does with one call.
    private struct Fate {
        var handler: SimulatedNetwork.Handler?
        /// Nothing of it arrives, and the caller knows at once.
        var isRefused = false
        var requestLost = false
        var answerLost = false
        var duplicated = false
        var toThere: UInt64 = 0
        var andBack: UInt64 = 0
    }

    public func call(
        _ peer: ResourceName, _ request: PeerRequest
    ) throws(BusError) -> PeerAnswer {
        guard request.body.count <= Limits.busMessageBytes.value else {
            throw BusError.beyond(Limits.busMessageBytes, request.body.count, "call", "\(peer)")
        }
        let way = SimulatedNetwork.Way(from: name, to: peer)
        let patience = UInt64(max(0, request.milliseconds))
        let fate = decide(way, request)
        if fate.isRefused {
            throw BusError.unreachable(peer, "there is no way to it")
        }
        guard let handler = fate.handler, !fate.requestLost else {
            network.clock.advance(milliseconds: patience)
            throw BusError.silent(peer.text, request)
        }
        guard fate.toThere <= patience else {
            keep(way, request, for: fate.toThere)
            network.clock.advance(milliseconds: patience)
            throw BusError.silent(peer.text, request)
        }
        network.clock.advance(milliseconds: fate.toThere)
        let answer = handler(name, request)
        if fate.duplicated { _ = handler(name, request) }
        guard !fate.answerLost, fate.toThere + fate.andBack <= patience else {
            network.clock.advance(milliseconds: patience - fate.toThere)
            throw BusError.silent(peer.text, request)
        }
        network.clock.advance(milliseconds: fate.andBack)
        return try answer.get()
    }

    /// All draws of a call, in one order whatever comes of them.
    private func decide(_ way: SimulatedNetwork.Way, _ request: PeerRequest) -> Fate {
        network.state.withLock { state in
            var fate = Fate()
            state.counts.requests += 1
            let faults = state.faults
            fate.requestLost = state.happens(faults.lost)
            fate.answerLost = state.happens(faults.lost)
            let isTwice = state.happens(faults.duplicated)
            let isLate = state.happens(faults.late)
            fate.toThere = state.delay()
            fate.andBack = state.delay()
            let isKnown = state.happens(500)
            if isLate { fate.toThere += UInt64(max(0, request.milliseconds)) + 1 }
            fate.duplicated = isTwice
            fate.handler = state.handlers[way.to]
            if state.cuts.contains(way) || fate.handler == nil {
                state.counts.cut += 1
                // A new connection fails at once; one that was open says nothing.
                fate.isRefused = isKnown
                fate.handler = nil
                state.mix(way, request.path, isKnown ? "no way" : "silence")
                return fate
            }
            let back = SimulatedNetwork.Way(from: way.to, to: way.from)
            if state.cuts.contains(back) { fate.answerLost = true }
            if fate.requestLost || fate.answerLost { state.counts.lost += 1 }
            if isTwice, !fate.requestLost, !isLate { state.counts.duplicated += 1 }
            state.mix(way, request.path, fate.requestLost ? "lost" : isLate ? "kept" : "arrives")
            return fate
        }
    }

    /// A request that arrives when its caller has given up.
    private func keep(_ way: SimulatedNetwork.Way, _ request: PeerRequest, for delay: UInt64) {
        let due = network.clock.ticks.advanced(byMilliseconds: delay)
        network.state.withLock { state in
            guard state.underway.count < Limits.worldMessages.value else {
                state.counts.lost += 1
                return
            }
            state.underway.append(.init(way: way, request: request, due: due))
        }
    }
}
