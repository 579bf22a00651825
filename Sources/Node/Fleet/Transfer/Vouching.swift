internal import Log
internal import Resources

/// Whether a state that one machine gave may be believed. Pure.
///
/// No voter that answers may say otherwise, nor may the log itself, and at least half of all other
/// voters must say the same; whoever gave the state says so by giving it. Half, and not more than
/// half, because who asks may be a voter itself: of three of which one is lost the third must come
/// back.
///
/// A source that nobody bears out, although another voter answers, is believed only where the log
/// has what it says: a state ahead of the log is an invention. Another voter that cannot say is no
/// reason to wait for it: it may itself wait for the only copy there is.
enum Vouching {
    /// What became of the question to a voter.
    enum Testimony: Equatable {
        case said(Statement)
        /// It answers, but knows nothing of that position: not yet, or no longer.
        case cannotSay
        case silent
    }

    enum Verdict: Equatable {
        case believed
        /// Somebody says otherwise.
        case denied(by: ResourceName)
        /// The log has another entry there.
        case contradicted
        /// The log does not go that far.
        case ahead
        /// Too few have said anything.
        case unproven(saying: Int, wanted: Int)
    }

    static func judge(
        _ image: Statement, from source: ResourceName, voters: [ResourceName],
        said: [ResourceName: Testimony], log: LogWitness
    ) -> Verdict {
        let others = voters.filter { $0 != source }
        var saying = voters.contains(source) ? 1 : 0
        var (isBorneOut, answers) = (log == .same || log == .file(of: source), false)
        for voter in others {
            switch said[voter] ?? .silent {
            case .said(let one):
                guard one == image else { return .denied(by: voter) }
                saying += 1
                isBorneOut = true
            case .cannotSay: answers = true
            case .silent: break
            }
        }
        if log == .other { return .contradicted }
        if log == .beyond { return .ahead }
        let wanted = (voters.count + 1) / 2
        guard saying >= wanted else { return .unproven(saying: saying, wanted: wanted) }
        return isBorneOut || !answers
            ? .believed : .unproven(saying: saying, wanted: saying + 1)
    }
}
