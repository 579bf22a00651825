internal import Bus
internal import MMSGraph
internal import Resources

/// Gets the state of a log from another machine, piece by piece, and holds it against the digest
/// that came with it. A piece that did not come is asked for again; a state that the other side
/// gave up is begun anew.
struct ImageFetch: Sendable {
    let mount: Namespace
    let peers: any Peers

    /// The state of the log at `peer` as of now, with the last requests of its clients when they
    /// are asked for.
    func image(
        of peer: ResourceName, withRequests: Bool
    ) throws(BusError) -> StateImage {
        var failure: BusError?
        for _ in 0..<Limits.imageBegins.value {
            do throws(BusError) {
                let image = try whole(peer, withRequests)
                try check(image, of: peer)
                return image
            } catch {
                // Given up there because others asked: only that can be better the next time.
                guard error.kind == .refused else { throw error }
                failure = error
            }
        }
        throw failure ?? refusal(peer, "was not given", "ask again")
    }

    private func whole(
        _ peer: ResourceName, _ withRequests: Bool
    ) throws(BusError) -> StateImage {
        var question = ImageForm.Question(
            mount: mount, number: 0, part: withRequests ? .begin : .resources, behind: nil,
            bytes: Limits.entriesBytes.value)
        var piece = try patiently(peer, question)
        var image = StateImage(piece)
        var bytes = 0
        while true {
            guard piece.position == image.position, piece.digest == image.digest else {
                throw refusal(peer, "changed while it was read", "ask again")
            }
            image.resources += piece.resources
            image.requests += piece.requests
            bytes += piece.resources.reduce(piece.requests.count * 32) { $0 + $1.count }
            guard bytes <= Limits.imageBytes.value else {
                throw BusError(
                    .tooLarge, operation: "take", subject: "the state of \(mount) on \(peer)",
                    cause: "it has more than \(Limits.imageBytes.value) bytes",
                    remedy: "delete what is not needed, or move a namespace to a log of its own")
            }
            if piece.number == 0 { return image }
            if piece.last == nil { question.part = .requests }
            question.number = piece.number
            question.behind = piece.last
            piece = try patiently(peer, question)
        }
    }

    /// Asks again for a piece that did not come: the other side still has it.
    private func patiently(
        _ peer: ResourceName, _ question: ImageForm.Question
    ) throws(BusError) -> ImageForm.Piece {
        var failure: BusError?
        for _ in 0..<Limits.imageTries.value {
            do throws(BusError) { return try ask(peer, question) } catch {
                guard error.kind == .unanswered || error.kind == .unreachable else { throw error }
                failure = error
            }
        }
        throw failure ?? refusal(peer, "was not given", "ask again")
    }

    /// Asks for one piece, once.
    func ask(
        _ peer: ResourceName, _ question: ImageForm.Question
    ) throws(BusError) -> ImageForm.Piece {
        let request = PeerRequest(
            path: FleetNode.imagePath, body: ImageForm.encode(question),
            milliseconds: Limits.busArrival.value)
        return try ImageForm.piece(peers.call(peer, request).body)
    }

    /// What came must be what was sent.
    private func check(_ image: StateImage, of peer: ResourceName) throws(BusError) {
        let sum = image.resources.reduce(into: StateHash.empty) { $0 += StateHash(of: $1) }
        guard sum.bytes == image.digest else {
            throw BusError(
                .malformed, operation: "take", subject: "the state of \(mount) on \(peer)",
                cause: "it was damaged on its way: its digest is another one",
                remedy: "ask another machine")
        }
    }

    private func refusal(
        _ peer: ResourceName, _ cause: String, _ remedy: String
    ) -> BusError {
        BusError(
            .refused, operation: "take", subject: "the state of \(mount) on \(peer)", cause: cause,
            remedy: remedy)
    }
}
