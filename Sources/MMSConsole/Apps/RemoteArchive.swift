internal import AsyncHTTPClient
internal import Drivers
internal import Host
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Resources
internal import Synchronization

/// The archive of a bundle at an address of the web, read part by part (RFC 9110, section 14).
/// Calls block: use it from a thread of your own, and close it.
final class RemoteArchive {
    private let url: String
    private let token: String?
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let http: HTTPClient
    /// What the last answer gave, and where it begins.
    private var window: (start: Int, bytes: [UInt8]) = (0, [])
    /// What the server calls this content; another name later means other content.
    private var tag: String?
    private var size: Int?

    /// The archive at an `http` or `https` address. The token is shown to that host alone.
    init(_ url: String, token: String?) throws(BundleError) {
        guard Self.isAddress(url) else {
            throw BundleError(
                .badForm, operation: "fetch", subject: printable(url),
                cause: "it is no http or https address", remedy: "write http://HOST/PATH")
        }
        self.url = url
        self.token = token
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .follow(
            max: Limits.fetchRedirects.value, allowCycles: false)
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .milliseconds(Int64(Limits.fetchWait.value) / 4)
        // What is refused is asked for again here, a known number of times.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }

    /// True for what may be fetched at all.
    static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("http://") || text.hasPrefix("https://")
    }

    /// Ends the connection and its thread.
    func close() {
        // Fails only for a client that was shut down before.
        http.shutdown { [group] _ in group.shutdownGracefully { _ in } }
    }

    /// Up to `count` bytes from an offset; none behind the end.
    func read(at offset: Int, count: Int) throws(BundleError) -> [UInt8] {
        if let size, offset >= size { return [] }
        let end = window.start + window.bytes.count
        if offset < window.start || offset >= end {
            window = (offset, try fetch(at: offset, count: max(count, Limits.fetchRange.value)))
        }
        return Array(window.bytes[(offset - window.start)...].prefix(count))
    }

    /// Asks for a range, several times when the network fails.
    private func fetch(at offset: Int, count: Int) throws(BundleError) -> [UInt8] {
        var pause: UInt32 = 100
        for attempt in 1... {
            do throws(FetchFailure) {
                return try fetchOnce(at: offset, count: count)
            } catch {
                guard error.isPassing, attempt < Limits.fetchAttempts.value else {
                    throw failure(error.cause, error.remedy)
                }
                LinuxSystem.pause(milliseconds: pause)
                pause *= 4
            }
        }
        return []
    }

    private func fetchOnce(at offset: Int, count: Int) throws(FetchFailure) -> [UInt8] {
        let part = try ask(
            range: "bytes=\(offset)-\(offset + count - 1)", room: max(count, 1 << 16))
        switch part.status {
        case 206: break
        case 200 where offset == 0 && part.bytes.count <= count:
            // A server without ranges gave all of it, and all of it is small.
            try check(part, size: part.bytes.count)
            return part.bytes
        case 200: throw .refused(Self.rangeless)
        case 416: return []
        default: throw FetchFailure(status: part.status)
        }
        guard let range = part.range, range.start == offset, part.bytes.count == range.count
        else { throw .broken("it answers with another part than it was asked for") }
        try check(part, size: range.size)
        return part.bytes
    }

    private static let rangeless =
        "it serves no parts of files (ranges), and the bundle is larger than "
        + "\(Limits.fetchRange.value) bytes"

    private func check(_ part: FetchedPart, size found: Int?) throws(FetchFailure) {
        guard tag == nil || tag == part.tag, size == nil || found == nil || size == found else {
            throw .refused("it was replaced by other content while it was read")
        }
        (tag, size) = (part.tag ?? tag, found ?? size)
    }

    private func ask(range: String, room: Int) throws(FetchFailure) -> FetchedPart {
        var headers = HTTPHeaders([("range", range), ("user-agent", "pisces")])
        // Ranges are of the content as it is sent.
        headers.add(name: "accept-encoding", value: "identity")
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        let deadline = NIODeadline.now() + .milliseconds(Int64(Limits.fetchWait.value))
        do {
            let request = try HTTPClient.Request(url: url, headers: headers)
            return try http.execute(
                request: request, delegate: PartTaker(room: room), deadline: deadline
            ).wait()
        } catch let failure as FetchFailure {
            throw failure
        } catch {
            throw .broken("\(error)")
        }
    }

    private func failure(_ cause: String, _ remedy: String) -> BundleError {
        BundleError(
            .failed, operation: "fetch", subject: printable(url), cause: cause, remedy: remedy)
    }
}

/// What came for one request.
struct FetchedPart: Sendable {
    var status: UInt = 0
    /// The server's name for the content (`ETag`, RFC 9110 section 8.8.3).
    var tag: String?
    /// Where the part stands in the whole (`Content-Range`).
    var range: ContentRange?
    var bytes: [UInt8] = []
}

/// Which part of something an answer holds.
struct ContentRange: Hashable, Sendable {
    let start: Int
    let count: Int
    /// Bytes of the whole; nil when the server does not know.
    let size: Int?

    /// Reads `bytes 0-99/1000` (RFC 9110, section 14.4); nil when it says anything else.
    init?(_ text: String) {
        guard text.hasPrefix("bytes ") else { return nil }
        let halves = text.dropFirst(6).split(separator: "/")
        let ends = halves.first?.split(separator: "-").compactMap { Int($0) } ?? []
        guard halves.count == 2, ends.count == 2, ends[0] >= 0, ends[1] >= ends[0],
            ends[1] < .max
        else { return nil }
        start = ends[0]
        count = ends[1] - ends[0] + 1
        size = Int(halves[1])
        if size == nil, halves[1] != "*" { return nil }
    }
}

/// Why a part did not come.
private struct FetchFailure: Error {
    let cause: String
    let remedy: String
    /// True when trying again may help.
    let isPassing: Bool

    static func broken(_ cause: String) -> FetchFailure {
        FetchFailure(
            cause: cause, remedy: "try again: what came is kept and not asked for again",
            isPassing: true)
    }

    static func refused(_ cause: String) -> FetchFailure {
        FetchFailure(
            cause: cause, remedy: "download it yourself and add the file", isPassing: false)
    }

    init(cause: String, remedy: String, isPassing: Bool) {
        (self.cause, self.remedy, self.isPassing) = (cause, remedy, isPassing)
    }

    init(status: UInt) {
        let remedy =
            switch status {
            case 401, 403: "give a token that may read there, with --token-file"
            case 404, 410: "look for the address again"
            default: "try again: what came is kept and not asked for again"
            }
        self.init(
            cause: "it answers with status \(status)", remedy: remedy,
            isPassing: status >= 500 || status == 429)
    }
}

/// Takes one answer of bounded size.
private final class PartTaker: HTTPClientResponseDelegate {
    private let room: Int
    private let part = Mutex(FetchedPart())

    init(room: Int) { self.room = room }

    func didReceiveHead(
        task: HTTPClient.Task<FetchedPart>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        part.withLock { part in
            part.status = head.status.code
            part.tag = head.headers.first(name: "etag")
            part.range = head.headers.first(name: "content-range").flatMap { ContentRange($0) }
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<FetchedPart>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let failure = part.withLock { part -> FetchFailure? in
            // What explains a refusal is not read.
            guard part.status < 300 else { return nil }
            if part.bytes.count + buffer.readableBytes > room {
                return part.status == 200
                    ? .refused("it serves no parts of files (ranges), and the bundle is large")
                    : .broken("it answers with more than it was asked for")
            }
            part.bytes.append(contentsOf: buffer.readableBytesView)
            return nil
        }
        guard let failure else { return task.eventLoop.makeSucceededVoidFuture() }
        return task.eventLoop.makeFailedFuture(failure)
    }

    func didFinishRequest(task: HTTPClient.Task<FetchedPart>) throws -> FetchedPart {
        part.withLock { $0 }
    }
}
