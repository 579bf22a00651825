internal import Bus
internal import Host
internal import Log
internal import Resources

/// How far voters have a shared log in their own files.
struct HeldCopies<D: Disk>: Sendable {
    let log: CommandLog<D>
    let peers: any Peers

    /// Up to where this machine and each of `voters`, the others, have it durable. Whoever does not
    /// answer has nothing for certain; nor has one that says of a position what does not stand
    /// there, or that names one nobody can hold against the copy here.
    func held(by voters: [ResourceName]) -> [Position] {
        [log.durable] + voters.map { provenPosition(of: $0) ?? .zero }
    }

    /// What a voter says it has, held against the chain of hashes here; nil without proof.
    private func provenPosition(of voter: ResourceName) -> Position? {
        let asked = ImageForm.Question(mount: log.mount, number: 0, behind: nil, bytes: 0)
        guard let piece = try? ImageFetch(mount: log.mount, peers: peers).ask(voter, asked),
            piece.log == log.id, piece.position <= log.tail
        else { return nil }
        // It can say no more than that what is gone here is gone there too.
        if piece.position < log.first { return piece.position }
        let found = try? log.read(from: piece.position, maximumBytes: 1).first
        return found?.hash == piece.chain ? piece.position : nil
    }
}

/// Whether the loss of any one machine can lose nothing of a log. Pure.
enum Replication {
    /// True when the log is ordered by a cluster, whose majority has what is in the loglet in use,
    /// and more than half of the voters have in their files all that is before it, or was let go of
    /// in it before `trimmed`.
    static func isComplete(_ chain: Chain, trimmed: Position, held: [Position]) -> Bool {
        guard held.count > 1, !chain.active.isFile else { return false }
        return HotTail.majority(held).next >= max(chain.active.first, trimmed)
    }
}
