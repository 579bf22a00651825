internal import Drivers
internal import NIOHTTP1
internal import Resources
internal import Trust
internal import ZeroProcs

/// Bundles from one machine to another: handed out in parts, and fetched.
extension API {
    /// The archive of a bundle, or the part of it that is asked for.
    func archiveFromStore(_ request: HTTPRequest, name: String) throws(Refusal) -> HTTPReply {
        guard request.caller.mayRead(AppTypes.bundle.name, .root) else {
            throw Refusal(
                .forbidden, filter: "permission", subject: "bundle of \(printable(name))",
                reason: "you may not read bundles", remedy: "ask for a grant to read /")
        }
        return try translating { () throws(BundleError) in
            let bundle = try store.bundle(app: name, version: request["version"])
            let archive = try store.archive(bundle.digest)
            return try Self.part(of: archive, range: request.headers.first(name: "range"))
        }
    }

    private static func part(
        of archive: StoredArchive, range: String?
    ) throws(BundleError) -> HTTPReply {
        var reply = HTTPReply(contentType: "application/x-tar")
        reply.headers = [
            ("accept-ranges", "bytes"), ("etag", "\"\(archive.bundle.digest.hex)\""),
        ]
        let asked = range.flatMap { ByteRange($0, of: archive.size) }
        guard let asked else {
            guard archive.size <= Limits.serveRange.value else {
                throw BundleError(
                    .tooLarge, operation: "hand out", subject: archive.bundle.manifest.title,
                    cause: "it has \(archive.size) bytes, and one answer at most "
                        + "\(Limits.serveRange.value)",
                    remedy: "ask for parts of it with a Range, or use pisces store export")
            }
            reply.body = try archive.bytes(at: 0, count: archive.size)
            return reply
        }
        guard asked.start < archive.size else {
            reply.status = 416
            reply.headers.append(("content-range", "bytes */\(archive.size)"))
            return reply
        }
        reply.status = 206
        reply.body = try archive.bytes(
            at: asked.start, count: min(asked.count, Limits.serveRange.value))
        let last = asked.start + reply.body.count - 1
        reply.headers.append(("content-range", "bytes \(asked.start)-\(last)/\(archive.size)"))
        return reply
    }

    /// Fetches a bundle from where it is served, checked before and after; what an attempt before
    /// this one left is not fetched again.
    func fetch(_ url: String, _ request: HTTPRequest) throws(Refusal) -> Bundle {
        var token: String?
        if !request.body.isEmpty {
            let body = try RequestReader(body: request.body, subject: "store add")
            try body.allow(["token"])
            token = try body.text("token")
        }
        let digest = try digest(request)
        return try translating { () throws(BundleError) in
            let remote = try RemoteArchive(url, token: token)
            defer { remote.close() }
            return try store.add(
                archiveAt: printable(url), expecting: digest, trust: trust(request)
            ) { (offset, count) throws(BundleError) in try remote.read(at: offset, count: count) }
        }
    }

    /// The digest that a request names.
    func digest(_ request: HTTPRequest) throws(Refusal) -> ContentDigest? {
        guard let text = request["digest"] else { return nil }
        guard let digest = ContentDigest(text) else {
            throw malformed(
                "digest \(printable(text))", "must be sha256: and 64 hexadecimal digits")
        }
        return digest
    }
}

/// One range of bytes that a request asks for (RFC 9110, section 14.1.2).
struct ByteRange: Hashable, Sendable {
    let start: Int
    let count: Int

    /// Reads `bytes=0-99`, `bytes=100-` and `bytes=-100` of something of that size. Nil for
    /// anything else, several ranges too: then all of it is the answer.
    init?(_ text: String, of size: Int) {
        guard text.hasPrefix("bytes=") else { return nil }
        let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        if ends[0].isEmpty {
            guard let suffix = Int(ends[1]), suffix > 0 else { return nil }
            start = max(0, size - suffix)
            count = size - start
            return
        }
        guard let first = Int(ends[0]), first >= 0 else { return nil }
        let last = ends[1].isEmpty ? max(first, size - 1) : Int(ends[1])
        guard let last, last >= first else { return nil }
        start = first
        count = min(last, max(first, size - 1)) - first + 1
    }
}
