internal import Bus
internal import Host
internal import Log
internal import MMSGraph
internal import Resources
internal import Synchronization

/// The service `/bus/state`: gives other nodes what is in a log of this machine, at one position,
/// piece by piece.
final class ImageService<D: Disk, S: OrderedStore>: Sendable {
    private let graph: Graph<S>
    private let log: @Sendable (Namespace) -> CommandLog<D>?
    private let state = Mutex(State())

    private struct State {
        var last: UInt64 = 0
        /// Images that are being read, in the order in which they began.
        var open: [(number: UInt64, image: LogImage<S>)] = []
    }

    /// The service of the logs that `log` gives by their mount points, applied to `graph`.
    init(_ graph: Graph<S>, _ log: @escaping @Sendable (Namespace) -> CommandLog<D>?) {
        self.graph = graph
        self.log = log
    }

    func answer(_ body: [UInt8]) throws(BusError) -> [UInt8] {
        let question = try ImageForm.question(body)
        guard let log = log(question.mount) else {
            throw BusError(
                .refused, operation: "read", subject: "log \(question.mount)",
                cause: "it is not on this machine", remedy: "ask a machine that mirrors it")
        }
        let (number, image) = try find(question, log)
        var piece = try reading(question) { () throws(GraphError) in
            try Self.piece(question, of: image, log.id)
        }
        // A state whose requests are asked for stays open until they were.
        let isDone = piece.last == nil && (question.part != .begin || question.bytes == 0)
        piece.number = isDone ? 0 : number
        if isDone { close(number) }
        do throws(LogError) {
            piece.epoch = piece.position == .zero ? 0 : try log.epoch(at: piece.position)
        } catch { throw refusal(question, error.description) }
        return ImageForm.encode(piece)
    }

    private static func piece(
        _ question: ImageForm.Question, of image: LogImage<S>, _ log: Identifier
    ) throws(GraphError) -> ImageForm.Piece {
        var piece = ImageForm.Piece(
            number: 0, log: log, position: image.state.applied, epoch: 0,
            chain: image.state.chain, time: image.time, digest: image.state.hash.bytes, last: nil)
        if question.bytes == 0 { return piece }
        switch question.part {
        case .resources, .begin:
            (piece.resources, piece.last) = try image.page(
                behind: question.behind, bytes: question.bytes)
        case .requests:
            (piece.requests, piece.last) = try image.sessions(
                behind: question.behind, count: max(1, question.bytes / 64))
        }
        return piece
    }

    private func reading<Answer>(
        _ question: ImageForm.Question, _ body: () throws(GraphError) -> Answer
    ) throws(BusError) -> Answer {
        do throws(GraphError) { return try body() } catch {
            throw refusal(question, "\(error.operation) failed: \(error.cause)")
        }
    }

    private func refusal(_ question: ImageForm.Question, _ cause: String) -> BusError {
        BusError(
            .refused, operation: "read", subject: "the state of \(question.mount)", cause: cause,
            remedy: "ask again from the begin")
    }

    private func find(
        _ question: ImageForm.Question, _ log: CommandLog<D>
    ) throws(BusError) -> (UInt64, LogImage<S>) {
        if question.number > 0 {
            let known = state.withLock { state in
                state.open.first { $0.number == question.number && $0.image.log == question.mount }
            }
            if let known { return known }
            throw refusal(question, "it was given up, because others asked meanwhile")
        }
        let image = try reading(question) { () throws(GraphError) in
            try graph.image(of: question.mount)
        }
        // What a crash here could still lose must not be known elsewhere.
        if log.durable < image.state.applied {
            do throws(LogError) { try log.sync() } catch {
                throw refusal(question, error.description)
            }
        }
        let number = state.withLock { state in
            state.last += 1
            state.open.append((state.last, image))
            if state.open.count > Limits.openImages.value { state.open.removeFirst() }
            return state.last
        }
        return (number, image)
    }

    private func close(_ number: UInt64) {
        state.withLock { $0.open.removeAll { $0.number == number } }
    }
}
