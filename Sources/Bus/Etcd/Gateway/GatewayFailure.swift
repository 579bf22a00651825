internal import Resources

/// Why the gateway of one member gave no result.
enum GatewayFailure: Error, Hashable {
    /// The request was not sent.
    case unsent(String)
    /// It was sent and no answer came; or etcd itself does not know what became of it.
    case unknown(String)
    /// The answer exceeds the limit.
    case tooLarge
    /// The answer is not one of etcd's.
    case malformed(String)
    /// This member does not take such requests; another may.
    case elsewhere(String)
    /// This member must not be asked: it is too old, or of another cluster.
    case unfit(String)
    /// etcd refused; nothing was done.
    case refused(String)
    /// etcd does not let this client ask.
    case forbidden(String)

    /// What an error answer means. Codes are those of gRPC; of some, etcd says whether it has
    /// done anything only by the message (api/v3rpc/rpctypes/error.go).
    init(status: UInt, body: [UInt8]) {
        guard let answer = try? EtcdAnswerReader(body), let code = try? answer.number("code"),
            let message = try? answer.text("message"), code > 0
        else {
            self =
                status == 404
                ? .elsewhere("there is no JSON gateway (status 404)")
                : .malformed("status \(status) without etcd's reason")
            return
        }
        let text = printable(String(message.prefix(200)))
        switch code {
        case 7, 16: self = .forbidden(text)
        case 3, 5, 6, 8, 9, 11, 12: self = .refused(text)
        default: self = Self.isUndone(message) ? .elsewhere(text) : .unknown(text)
        }
    }

    /// Whether an "unavailable" says that nothing was done.
    private static func isUndone(_ message: String) -> Bool {
        message.hasSuffix("rpc not supported for learner") || message.hasSuffix("unhealthy cluster")
            || message.hasSuffix("not connected")
    }

    /// The failure as callers see it.
    func error(_ operation: String, _ subject: String) -> BusError {
        switch self {
        case .unsent(let cause):
            BusError(
                .unreachable, operation: operation, subject: subject, cause: cause,
                remedy: "check that the member runs and that its client port is open")
        case .unknown(let cause):
            BusError(
                .unanswered, operation: operation, subject: subject, cause: cause,
                remedy: "read to see whether it was done")
        case .tooLarge:
            BusError(
                .tooLarge, operation: operation, subject: subject,
                cause: "the answer has more than \(Limits.etcdAnswerBytes.value) bytes",
                remedy: "ask for less, or raise the limit `\(Limits.etcdAnswerBytes.name)`")
        case .malformed(let cause):
            BusError(
                .malformed, operation: operation, subject: subject,
                cause: "the answer is not etcd's: \(cause)",
                remedy: "check that this is the client port of an etcd member")
        case .elsewhere(let cause):
            BusError(
                .unreachable, operation: operation, subject: subject, cause: cause,
                remedy: "name a voting member with its gateway enabled")
        case .unfit(let cause):
            BusError(
                .refused, operation: operation, subject: subject, cause: cause,
                remedy: "name members of one cluster of etcd \(EtcdVersion.oldest) or newer")
        case .refused(let cause):
            BusError(
                .refused, operation: operation, subject: subject, cause: cause,
                remedy: "see the message of etcd")
        case .forbidden(let cause):
            BusError(
                .forbidden, operation: operation, subject: subject, cause: cause,
                remedy: "use a certificate of the CA that etcd trusts, and keep its RBAC off")
        }
    }
}
