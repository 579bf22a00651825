internal import Host
internal import Resources
internal import Trust

/// Brings content to a host by its digest, as `Copier` does to a store: what is there stays, what
/// was cut off is gone on with, and a name has all its bytes there.
struct HostCopy {
    let link: HostLink
    let blobs: BlobSources
    let clock: any Clock
    /// The most bytes a second; nil without a bound.
    let bandwidth: Int64?

    /// Content that is not there, and how much of it is.
    struct Missing {
        let blob: Blob
        let have: Int64
    }

    /// Which of the content is not there.
    func missing(_ all: [Blob]) throws(ReproductionError) -> [Missing] {
        var missing: [Missing] = []
        var rest = all[...]
        while !rest.isEmpty {
            let turn = rest.prefix(Limits.hostQuestions.value)
            rest = rest.dropFirst(turn.count)
            for blob in turn { try link.say("has \(blob.digest.hex) \(blob.size)") }
            for blob in turn {
                let answer = try link.answer()
                if answer == "whole" { continue }
                let words = answer.split(separator: " ")
                guard words.count == 2, words[0] == "part", let have = Int64(words[1]), have >= 0
                else { throw HostFailure.strange(answer, host: link.host) }
                missing.append(Missing(blob: blob, have: have <= blob.size ? have : 0))
            }
        }
        return missing
    }

    /// Sends what is missing; `tell` is told of every piece and ends it by throwing.
    func send(
        _ missing: [Missing], _ progress: inout CopyProgress,
        _ tell: (CopyProgress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        for one in missing {
            try send(one.blob, from: one.have, &progress, tell)
            if try link.answer() == "whole" { continue }
            // What an interrupted copy left may have been damaged there: once more, all of it.
            try send(one.blob, from: 0, &progress, tell)
            let answer = try link.answer()
            guard answer == "whole" else { throw damaged(one.blob) }
        }
    }

    /// `BlobSource.read` proves what is sent; the host proves what has come.
    private func send(
        _ blob: Blob, from start: Int64, _ progress: inout CopyProgress,
        _ tell: (CopyProgress) throws(ReproductionError) -> Void
    ) throws(ReproductionError) {
        try link.say("put \(blob.digest.hex) \(blob.size) \(start)")
        progress.skip(bytes: start)
        var place: Int64 = 0
        let (began, before) = (clock.ticks, progress.copied)
        try blobs.read(blob) { (piece) throws(ReproductionError) in
            let skipped = max(0, min(Int64(piece.count), start - place))
            place += Int64(piece.count)
            let bytes = piece.dropFirst(Int(skipped))
            if bytes.isEmpty { return }
            try link.write(Array(bytes))
            progress.add(Int64(bytes.count), now: clock.ticks)
            pace(progress.copied - before, since: began)
            try tell(progress)
        }
    }

    /// Waits while more was sent than the bandwidth allows.
    private func pace(_ bytes: Int64, since began: Ticks) {
        guard let bandwidth, bandwidth > 0 else { return }
        let due = Double(bytes) / Double(bandwidth) * 1000
        let spent = Double(clock.ticks.nanoseconds(since: began)) / 1_000_000
        if due > spent { LinuxSystem.pause(milliseconds: UInt32(min(due - spent, 60_000))) }
    }

    /// Sends a small file of the copy.
    func write(
        _ name: String, _ bytes: [UInt8], mode: String
    ) throws(ReproductionError) {
        try link.say("file \(name) \(mode) \(bytes.count)")
        try link.write(bytes)
        try link.expect("whole")
    }

    /// Lets the host read all content again.
    func prove(_ all: [Blob]) throws(ReproductionError) {
        for blob in all {
            guard try link.ask("prove \(blob.digest.hex)") == "whole" else { throw damaged(blob) }
        }
    }

    private func damaged(_ blob: Blob) -> ReproductionError {
        ReproductionError(
            .damaged, operation: "copy to", subject: link.host,
            cause: "\(blob.digest) does not come back as it was sent",
            remedy: "ask again: it is copied anew; if that does not help, see to the disk there")
    }
}
