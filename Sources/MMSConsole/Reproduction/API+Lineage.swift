internal import Reproduction
internal import Resources
internal import Trust
internal import ZeroProcs

/// Who made this system, and whom it made.
extension API {
    /// The lineage of this machine, verified up to its founder.
    func lineage(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "see the lineage")
        let book = LineageBook(node)
        let (chain, all, current) = try reproducing {
            () throws(ReproductionError) -> ([Lineage], [Lineage], Description?) in
            (try book.chain(), try book.all(), try RunningSystem(node).current)
        }
        let founder = chain.first?.parent ?? book.key
        return .json { writer in
            writer.object { writer in
                writer.member("key", book.key.description)
                writer.member("fingerprint", "\(book.key.fingerprint)")
                writer.member("generation", current?.digest.description ?? "")
                writer.member("number", chain.last?.number ?? 0)
                writer.member("founder", founder.description)
                writer.member("births", .list(chain.map(Self.value)))
                writer.member(
                    "children", .list(all.filter { $0.parent == book.key }.map(Self.value)))
            }
        }
    }

    private static func value(_ link: Lineage) -> Value {
        [
            "number": .int(link.number), "child": .text("\(link.child.fingerprint)"),
            "parent": .text("\(link.parent.fingerprint)"),
            "generation": .text(link.generation.description),
        ]
    }

    /// Certifies a child and gives it all certificates that lead to it.
    func certifyChild(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "certify a child")
        guard let text = request["child"] else { throw malformed("child", "is missing") }
        let child: SignerKey
        do throws(TrustError) { child = try SignerKey(text) } catch {
            throw malformed("child \(printable(text))", error.cause)
        }
        let chain = try reproducing { () throws(ReproductionError) in
            try LineageBook(node).certify(child, birth: request["birth"])
        }
        return .text(Lineage.text(of: chain))
    }

    /// Takes the certificates in the body.
    func takeLineage(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "take a lineage")
        guard let text = String(validating: request.body, as: UTF8.self) else {
            throw malformed("body", "must be lines of hexadecimal digits")
        }
        try reproducing { () throws(ReproductionError) in
            try LineageBook(node).take(
                try Lineage.chain(text), bornAs: try RunningSystem(node).image?.digest)
        }
        return try lineage(request)
    }

    /// Refuses who is no administrator: by the way they came in, or by what their token says.
    func requireAdminRight(_ request: HTTPRequest, to what: String) throws(Refusal) {
        let type = ReproductionTypes.reproduction.name
        if request.caller.may(.admin, type, in: .root) { return }
        throw Refusal(
            .forbidden, filter: "permission", subject: "\(request.caller.identity)",
            reason: "may not \(what)",
            remedy: "ask on the node's own socket, or with a token that may do everything")
    }
}
