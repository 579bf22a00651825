internal import Bus
internal import Log
internal import MMSGraph
public import Resources
internal import Synchronization

/// Where two machines may vote, and one does.
extension FleetNode {
    /// Who votes alone, and who follows; nil in a fleet of other members.
    var loneVoter: LoneVoter? {
        shared?.cluster == nil ? nil : view?.loneVoter
    }

    /// What those are told who write a log of the fleet.
    var advice: WriterAdvice {
        if let leftBehind { return .barred(leftBehind.refusal) }
        if let lone = loneVoter { return lone.voter == name ? .none : .remedy(lone.remedy) }
        return lostVoters.map { .remedy($0.remedy) } ?? .none
    }

    /// What a person must know while the only voter, or too many of several, are not heard here.
    public var voterLoss: String? {
        guard let lone = loneVoter else {
            return lostVoters.map { "fleet: \($0.meaning); \($0.remedy)" }
        }
        guard lone.voter != name, isClusterSilent else { return nil }
        return "fleet: \(lone.voter), which alone votes, is not heard: nothing is written; "
            + lone.remedy
    }

    /// What the fleet log rests on, and what that means; nil for a node of no fleet.
    public var rest: ValueMap? {
        guard let view, view.authority != nil else { return nil }
        var map: ValueMap = ["rests": .text(Self.words(shared?.place))]
        map["reason"] = view.replication?.data["reason"]
        map["authority"] = replacementWords.map(Value.text)
        return map
    }
}
