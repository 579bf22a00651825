internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Resources
internal import Synchronization

extension EtcdClient {
    /// Asks one member after another until one answers.
    func ask<Answer>(
        _ path: String, _ body: [UInt8], _ milliseconds: Int, writes: Bool,
        _ decode: (EtcdAnswerReader) throws(EtcdAnswerFlaw) -> Answer
    ) throws(BusError) -> Answer {
        let deadline = NIODeadline.now() + .milliseconds(Int64(milliseconds))
        var failure = GatewayFailure.unsent("the time is over")
        var subject = "etcd"
        let order = order()
        for (index, member) in order.enumerated() {
            let rest = Int((deadline - .now()).nanoseconds / 1_000_000)
            guard rest > 0 else { break }
            subject = endpoints[member]
            // A write waits as long as it may; a read leaves time to ask the others.
            let share = max(1, rest / (order.count - index))
            do throws(GatewayFailure) {
                try check(member, milliseconds: share)
                let found = try exchange(member, path, body, writes ? rest : share)
                do throws(EtcdAnswerFlaw) {
                    return try decode(EtcdAnswerReader(found))
                } catch {
                    throw .malformed(error.reason)
                }
            } catch {
                failure = error
                guard Self.another(may: error, writes: writes) else {
                    if case .refused = error {} else { note(failureOf: member) }
                    break
                }
                note(failureOf: member)
            }
        }
        throw failure.error("ask \(path) of", subject)
    }

    /// Whether another member may be asked the same after this failure.
    private static func another(may failure: GatewayFailure, writes: Bool) -> Bool {
        switch failure {
        case .unsent, .elsewhere, .unfit: true
        case .unknown, .malformed, .tooLarge: !writes
        case .refused, .forbidden: false
        }
    }

    /// The members, the preferred one first.
    func order() -> [Int] {
        let preferred = state.withLock { $0.preferred }
        return endpoints.indices.map { (preferred + $0) % endpoints.count }
    }

    /// Prefers the next member, and checks this one again before it is used.
    func note(failureOf member: Int) {
        state.withLock { state in
            state.checked.remove(member)
            if state.preferred == member { state.preferred = (member + 1) % endpoints.count }
        }
    }

    /// Refuses a member that is too old or of another cluster. A failure here means that nothing
    /// was asked of it.
    func check(_ member: Int, milliseconds: Int) throws(GatewayFailure) {
        if state.withLock({ $0.checked.contains(member) }) { return }
        let status: EtcdStatus
        do throws(GatewayFailure) {
            status = try self.status(of: member, milliseconds: milliseconds)
        } catch {
            switch error {
            case .unknown(let cause), .malformed(let cause): throw .unsent(cause)
            case .tooLarge: throw .unsent("its status is too large")
            case .unsent, .elsewhere, .unfit, .refused, .forbidden: throw error
            }
        }
        guard status.version >= .oldest else {
            throw .unfit(
                "it is etcd \(status.version); versions before \(EtcdVersion.oldest) lose data")
        }
        let cluster = state.withLock { state in
            let cluster = state.cluster ?? status.cluster
            state.cluster = cluster
            if cluster == status.cluster { state.checked.insert(member) }
            return cluster
        }
        if cluster != status.cluster {
            throw .unfit("it is a member of cluster \(status.cluster), not of \(cluster)")
        }
    }

    /// What a member says of itself, unchecked.
    func status(of member: Int, milliseconds: Int) throws(GatewayFailure) -> EtcdStatus {
        let body = try exchange(
            member, "/v3/maintenance/status", Array("{}".utf8), milliseconds)
        do throws(EtcdAnswerFlaw) {
            return try EtcdAnswerReader(body).status()
        } catch {
            throw .malformed(error.reason)
        }
    }

    /// One request to one member.
    func exchange(
        _ member: Int, _ path: String, _ body: [UInt8], _ milliseconds: Int
    ) throws(GatewayFailure) -> [UInt8] {
        let delegate = GatewayExchange()
        let request = try post(member, path, body)
        let deadline = NIODeadline.now() + .milliseconds(Int64(milliseconds))
        let answer: GatewayExchange.Answer
        do {
            answer = try http.execute(request: request, delegate: delegate, deadline: deadline)
                .wait()
        } catch let failure as GatewayFailure {
            throw failure
        } catch {
            throw delegate.wasSent ? .unknown("\(error)") : .unsent("\(error)")
        }
        guard answer.status == 200 else {
            throw GatewayFailure(status: answer.status, body: answer.body)
        }
        return answer.body
    }

    /// The request of a call.
    func post(
        _ member: Int, _ path: String, _ body: [UInt8]
    ) throws(GatewayFailure) -> HTTPClient.Request {
        if state.withLock({ $0.isClosed }) { throw .unsent("this client was closed") }
        do {
            return try HTTPClient.Request(
                url: endpoints[member] + path, method: .POST,
                headers: ["content-type": "application/json"],
                body: .byteBuffer(ByteBuffer(bytes: body)))
        } catch {
            throw .unsent("the address is not one: \(error)")
        }
    }
}
