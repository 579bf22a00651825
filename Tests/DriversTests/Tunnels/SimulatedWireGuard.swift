import Host
import Trust

@testable internal import Drivers

/// What a kernel does with an interface of WireGuard, as far as this driver asks it: one interface,
/// which is given the key of the test.
final class SimulatedWireGuard {
    let kernel = SimulatedKernel()
    /// The interface; nil while there is none.
    var sight: TunnelSight?
    /// True for a kernel that was made without WireGuard.
    var isMissing = false
    /// What was changed, in words.
    var changes: [String] = []
    /// Which words are refused, with which cause.
    var refusals: [String: String] = [:]
    /// How many allowed addresses fit into one message of an answer.
    var allowedOfMessage = 10
    private let name = "pisces0"
    private let family: UInt16 = 29
    private let privateKey: TunnelKey

    init(_ key: TunnelKey) {
        privateKey = key
        kernel.answers[0] = { [unowned self] in link($0) }
        kernel.answers[16] = { [unowned self] in generic($0) }
    }

    private func message(_ request: [UInt8]) -> NetlinkMessage {
        var found: NetlinkMessage?
        _ = unsafe NetlinkMessage.each(in: request.span.bytes) { found = $0 }
        return found ?? NetlinkMessage(kind: 0, flags: 0, body: [])
    }

    private func change(_ word: String, _ body: () -> Void) -> ([[UInt8]], DumpOutcome) {
        if let cause = refusals[word] { return ([], .failed(cause)) }
        changes.append(word)
        body()
        return ([], .complete)
    }

    private func link(_ request: [UInt8]) -> ([[UInt8]], DumpOutcome) {
        let message = message(request)
        let attributes = message.attributes(after: message.kind < 20 ? 16 : 8)
        let index: UInt32 = message.word(4)
        switch message.kind {
        case 16 where index == 0:
            if isMissing { return ([], .failed("Operation not supported")) }
            let kind = attributes[18].flatMap { NetlinkAttributes($0)[1] }
            guard kind.map({ String(decoding: $0, as: UTF8.self) }) == "wireguard\0" else {
                return ([], .failed("Invalid argument"))
            }
            return change("create") {
                let index = kernel.addInterface(name) ?? 0
                sight = TunnelSight(index: UInt32(index))
            }
        case 16: return change("up") { kernel.setUp(Int32(index), true) }
        case 17:
            return change("delete") {
                kernel.removeInterface(Int32(index))
                sight = nil
            }
        case 20, 21:
            let address = Array(attributes[2] ?? []) + [message.word(1, as: UInt8.self)]
            let text = address.dropLast().map(String.init).joined(separator: ".")
            return change("\(message.kind == 20 ? "+" : "-")\(text)/\(address.last ?? 0)") {
                if message.kind == 20 {
                    kernel.addAddress(address, on: Int32(index))
                } else {
                    kernel.removeAddress(address, on: Int32(index))
                }
            }
        default: return ([], .failed("Invalid argument"))
        }
    }

    private func generic(_ request: [UInt8]) -> ([[UInt8]], DumpOutcome) {
        let message = message(request)
        let attributes = message.attributes(after: 4)
        switch (message.kind, message.word(0, as: UInt8.self)) {
        case (16, 3):
            // The kernel knows the family once the module is there.
            if sight == nil { return ([], .failed("No such file or directory")) }
            var answer = NetlinkRequest(16, [], header: [1, 2, 0, 0])
            answer.add(1, word: family)
            return ([answer.bytes], .complete)
        case (family, 0): return sight.map(answer) ?? ([], .failed("No such device"))
        case (family, 1):
            if attributes[3] != nil {
                return change("key") {
                    sight?.key = privateKey.publicKey
                    sight?.port = attributes.word(6) ?? 0
                }
            }
            let list = NetlinkAttributes.list(attributes[8])
            return change("peers \(list.count)") { for one in list { set(NetlinkAttributes(one)) } }
        default: return ([], .failed("Invalid argument"))
        }
    }

    private func set(_ attributes: NetlinkAttributes) {
        guard let key = attributes[1].map({ Array($0) }) else { return }
        let flags = attributes.word(3, as: UInt32.self) ?? 0
        sight?.peers.removeAll { flags & 1 != 0 && $0.key == key }
        if flags & 1 != 0 { return }
        if sight?.peers.contains(where: { $0.key == key }) == false {
            sight?.peers.append(TunnelSight.Peer(key: key))
        }
        guard let place = sight?.peers.firstIndex(where: { $0.key == key }) else { return }
        if let endpoint = attributes[4] {
            sight?.peers[place].endpoint = SocketAddress(kernelBytes: Array(endpoint))
        }
        sight?.peers[place].keepalive = attributes.word(5) ?? 0
        if flags & 2 != 0 { sight?.peers[place].allowed = [] }
        for one in NetlinkAttributes.list(attributes[9]) {
            let allowed = NetlinkAttributes(one)
            sight?.peers[place].allowed.append(
                .init(address: Array(allowed[2] ?? []), prefix: allowed.word(3) ?? 0))
        }
    }

    /// A peer whose addresses do not fit goes on in the next message.
    private func answer(_ sight: TunnelSight) -> ([[UInt8]], DumpOutcome) {
        var datagrams: [[UInt8]] = []
        var head = NetlinkRequest(family, .dump, header: [0, 1, 0, 0])
        head.add(1, word: sight.index)
        head.add(2, text: name)
        if !sight.key.isEmpty { head.add(4, sight.key) }
        head.add(6, word: sight.port)
        datagrams.append(head.bytes)
        for peer in sight.peers {
            let parts = stride(from: 0, to: max(1, peer.allowed.count), by: allowedOfMessage)
            for start in parts {
                var message = NetlinkRequest(family, .dump, header: [0, 1, 0, 0])
                message.nest(8) { list in
                    list.nest(0) { one in
                        write(peer, peer.allowed.dropFirst(start).prefix(allowedOfMessage), &one)
                    }
                }
                datagrams.append(message.bytes)
            }
        }
        return (datagrams, .complete)
    }

    private func write(
        _ peer: TunnelSight.Peer, _ allowed: ArraySlice<TunnelSight.Allowed>,
        _ one: inout NetlinkRequest
    ) {
        one.add(1, peer.key)
        if let endpoint = peer.endpoint { one.add(4, endpoint.kernelBytes) }
        one.add(5, word: peer.keepalive)
        one.add(6, NetlinkRequest.bytes(peer.agreed) + NetlinkRequest.bytes(Int64(0)))
        one.add(7, word: peer.received)
        one.add(8, word: peer.sent)
        one.nest(9) { list in
            for place in allowed {
                list.nest(0) { request in
                    request.add(1, word: UInt16(place.address.count == 4 ? 2 : 10))
                    request.add(2, place.address)
                    request.add(3, word: place.prefix)
                }
            }
        }
    }
}
