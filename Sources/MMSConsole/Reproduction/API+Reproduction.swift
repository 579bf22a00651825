internal import Drivers
internal import Host
internal import MMSGraph
internal import NIOCore
internal import Node
internal import Reproduction
internal import Resources
internal import Synchronization
internal import Trust
internal import ZeroProcs

/// The system that copies itself: what it is, and copies of it.
extension API {
    private var system: RunningSystem { RunningSystem(node) }

    /// What this system consists of, and its generation.
    func describeSelf(_ request: HTTPRequest) throws(Refusal) -> HTTPReply {
        try requireAdminRight(request, to: "describe the system")
        let result = try reproducing { () throws(ReproductionError) in try system.describe() }
        let description = result.description
        let blobs = description.blobs
        return .json { writer in
            writer.object { writer in
                writer.member("generation", description.digest.description)
                writer.member("sequence", description.sequence)
                writer.member("architecture", description.architecture.rawValue)
                writer.member("boots", .bool(description.boot != nil))
                writer.member("files", Int64(description.files.count))
                writer.member("modules", Int64(description.modules.count))
                writer.member("images", Int64(description.images.count))
                writer.member("blobs", Int64(blobs.count))
                writer.member("bytes", blobs.reduce(0) { $0 + $1.size })
                writer.member("apps", .list(description.apps.map(Self.value)))
                writer.member("resources", .list(description.resources.map(Self.value)))
                writer.member("provenance", .list(description.provenance.map(Self.value)))
                writer.member("warnings", .list(result.warnings.map { .text($0) }))
            }
        }
    }

    private static func value(_ origin: Description.Origin) -> Value {
        [
            "digest": .text(origin.digest.description), "package": .text(origin.package),
            "version": .text(origin.version), "source": .text(origin.source),
            "license": .text(origin.license),
        ]
    }

    private static func value(_ app: Description.App) -> Value {
        [
            "namespace": .text(app.namespace.path), "name": .text(app.name.text),
            "version": .text(app.version), "bundle": .text(app.bundle.description),
        ]
    }

    private static func value(_ heir: Description.Heritable) -> Value {
        [
            "type": .text(heir.type.text), "namespace": .text(heir.namespace.path),
            "name": .text(heir.name.text),
        ]
    }

    /// Copies the system, or builds it on a disk, and says how far that is.
    func reproduce(_ request: HTTPRequest, _ responder: Responder) throws(Refusal) {
        try requireAdminRight(request, to: "copy the system")
        guard let text = request["to"] else { throw malformed("to", "is missing") }
        guard let target = CopyTarget(text), !target.isPath || target.path.hasPrefix("/") else {
            throw malformed(
                "to \(printable(text))",
                "must be an absolute path, behind dir:, image: or device:, ssh://host or "
                    + "qemu:NAME")
        }
        try checkOptions(request, of: target)
        if target.kind == .guest {
            return try reproduce(toGuest: target.path, request, responder)
        }
        let way = Way(
            isForced: request.flag("force"),
            access: HostAccess(key: request["key"], knownHosts: request["known-hosts"]),
            bandwidth: try reproducing { () throws(ReproductionError) in
                try system.policy.bandwidth
            })
        let (reproducer, result) = try reproducer()
        try follow(result, target.kind, responder) { (report) throws(ReproductionError) in
            try Self.run(reproducer, target, way, report)
        }
    }

    /// Makes a copy whose states are in the log, and tells who asked how far it is.
    func follow(
        _ result: Describer.Result, _ kind: CopyTarget.Kind, _ responder: Responder,
        _ make: (
            (Reproducer.Progress) throws(ReproductionError) -> Void
        ) throws(ReproductionError) -> CopyProgress
    ) throws(Refusal) {
        let name = try resourceName("\(entropy.identifier(at: clock.now))")
        let record = CopyRecord(node: node, name: name)
        let follower = CopyFollower(responder, clock: clock)
        responder.begin(follower)
        follower.begin(result, name)
        do throws(ReproductionError) {
            let done = try make { (progress) throws(ReproductionError) in
                try record.take(progress)
                try follower.take(progress)
            }
            follower.end(done, result.description, kind)
        } catch {
            record.fail(error)
            follower.fail(Self.refusal(of: error))
        }
    }

    /// What copies this system. Nothing is built on what it runs from; `places` are others than
    /// the usual ones.
    func reproducer(
        sparing places: [String]? = nil
    ) throws(Refusal) -> (Reproducer, Describer.Result) {
        let (system, clock) = (RunningSystem(node), self.clock)
        return try reproducing { () throws(ReproductionError) -> (Reproducer, Describer.Result) in
            let result = try system.describe()
            try system.checkPolicy(bytes: result.description.blobs.reduce(0) { $0 + $1.size })
            return (
                Reproducer(
                    result.description, from: try system.sources,
                    scanner: try SecretScanner(try system.secrets()),
                    running: places ?? system.places,
                    clock: clock), result
            )
        }
    }

    /// How a copy goes to its target.
    private struct Way {
        let isForced: Bool
        let access: HostAccess
        let bandwidth: Int64?
    }

    private static func run(
        _ reproducer: Reproducer, _ target: CopyTarget, _ way: Way,
        _ report: (Reproducer.Progress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) -> CopyProgress {
        switch target.kind {
        case .image: try reproducer.toImage(target.path, isForced: way.isForced, report: report)
        case .device: try reproducer.toDevice(target.path, isForced: way.isForced, report: report)
        case .host:
            try reproducer.toHost(
                try HostAddress(target.path), access: way.access, bandwidth: way.bandwidth,
                isForced: way.isForced, report: report)
        case .directory:
            try reproducer.toDirectory(target.path, isForced: way.isForced, report: report)
        case .guest: preconditionFailure("a guest is made by reproduce(toGuest:)")
        }
    }

    func reproducing<Answer>(
        _ work: () throws(ReproductionError) -> Answer
    ) throws(Refusal) -> Answer {
        do throws(ReproductionError) { return try work() } catch { throw Self.refusal(of: error) }
    }

    static func refusal(of error: ReproductionError) -> Refusal {
        let code: Refusal.Code =
            switch error.kind {
            case .missing: .notFound
            case .noSpace: .diskFull
            case .refused, .outdated, .expired, .busy: .conflict
            case .untrusted, .notAllowed, .secretFound: .forbidden
            case .badForm, .damaged, .tooLarge: .invalidValue
            case .failed, .cancelled: .unavailable
            }
        return Refusal(
            code, filter: "reproduction", subject: error.subject,
            reason: "cannot \(error.operation) it: \(error.cause)", remedy: error.remedy)
    }
}

/// Tells of a copy on the thread that makes it, at most ten times a second.
private final class CopyFollower: EventStream {
    private let responder: Responder
    private let clock: any Clock
    private let told = Mutex(Ticks(nanoseconds: 0))
    private let isClosed = Atomic<Bool>(false)

    init(_ responder: Responder, clock: any Clock) {
        self.responder = responder
        self.clock = clock
    }

    func resume() {}

    func close() { isClosed.store(true, ordering: .releasing) }

    func begin(_ result: Describer.Result, _ name: ResourceName) {
        emit(
            "description",
            [
                "reproduction": .text(name.text),
                "generation": .text(result.description.digest.description),
                "sequence": .int(result.description.sequence),
                "warnings": .list(result.warnings.map { .text($0) }),
            ])
    }

    /// Nobody listens any more: then nobody waits for the copy, which can be gone on with.
    func take(_ progress: Reproducer.Progress) throws(ReproductionError) {
        if isClosed.load(ordering: .acquiring) {
            throw ReproductionError(
                .cancelled, operation: "copy to", subject: progress.controller.plan.target,
                cause: "who asked is gone", remedy: "ask again; it goes on where it ended")
        }
        let now = clock.ticks
        let isDue = told.withLock { told in
            guard now.nanoseconds(since: told) > 100_000_000 else { return false }
            told = now
            return true
        }
        if isDue { emit("progress", Self.value(progress.copy, progress.controller.state.word)) }
    }

    func end(
        _ copy: CopyProgress, _ description: Description, _ kind: CopyTarget.Kind
    ) {
        var value = Self.value(copy, "good")
        value["kind"] = .text(kind.rawValue)
        value["generation"] = .text(description.digest.description)
        emit("end", value)
        responder.end()
    }

    func fail(_ refusal: Refusal) {
        emit("failure", ["message": .text(refusal.message)])
        responder.end()
    }

    private static func value(_ copy: CopyProgress, _ state: String) -> ValueMap {
        var map: ValueMap = [
            "state": .text(state), "done": .int(copy.done), "total": .int(copy.total),
            "copied": .int(copy.copied), "rate": .float(copy.rate),
            "milliseconds": .int(Int64(copy.elapsed / 1_000_000)),
        ]
        map["estimate"] = copy.estimate.map { .float($0) }
        return map
    }

    private func emit(_ event: String, _ value: ValueMap) {
        responder.eventLoop.execute { [responder] in
            var buffer = ByteBuffer()
            buffer.writeEvent(event) { $0.write(.map(value)) }
            _ = responder.write(buffer)
        }
    }
}
